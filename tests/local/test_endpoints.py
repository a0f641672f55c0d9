"""Endpoints: their states, their traffic, and that a version that does not work never takes over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.support import HERE, ROLE, Server, poll, running_server, uri_of
from tests.local.test_server import processes_with

IMAGES = ("--images", str(HERE / "images.yaml"))


def variant(model: str, name: str = "AllTraffic", weight: float = 1.0, **more: Any) -> dict[str, Any]:
    size = {} if "ServerlessConfig" in more else {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {"VariantName": name, "ModelName": model, "InitialVariantWeight": weight, **size, **more}


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture(scope="module")
def models(server: Server) -> dict[str, str]:
    """`red` and `blue` answer with what they were sent and their colour, `sick` never serves."""
    job = server.train("artifact", "team/inspect")
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    for colour in ("red", "blue"):
        server.create_model(colour, "team/inspect", artifact, COLOUR=colour)
    server.create_model("sick", "crash", artifact)
    return {"artifact": artifact}


@pytest.fixture(scope="module")
def endpoint(server: Server, models: dict[str, str]) -> Iterator[str]:
    assert server.create_endpoint("steady", variant("red"))["EndpointStatus"] == "InService"
    yield "steady"
    server.sagemaker.delete_endpoint(EndpointName="steady")


def test_an_endpoint_answers_over_http(server: Server, endpoint: str) -> None:
    assert server.invoke(endpoint, "1,2", ContentType="text/csv", Accept="text/plain") == (
        "[text/csv|text/plain|red|1,2]",
        "AllTraffic",
    )


def test_custom_attributes_go_to_the_model_and_come_back(server: Server, endpoint: str) -> None:
    runtime = server.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x", CustomAttributes="trace=1")
    assert answer["CustomAttributes"] == "trace=1"


def test_many_callers_are_answered_at_the_same_time(server: Server, endpoint: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: server.invoke(endpoint, f"n{number}")[0], range(40)))
    assert [answer.rpartition("|")[2] for answer in answers] == [f"n{number}]" for number in range(40)]


def test_an_endpoint_is_described_as_by_aws(server: Server, endpoint: str) -> None:
    seen = server.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert seen["EndpointArn"] == "arn:aws:sagemaker:us-east-1:123456789012:endpoint/steady"
    assert seen["EndpointConfigName"] == "steady"
    [shown] = seen["ProductionVariants"]
    assert shown["DeployedImages"][0]["SpecifiedImage"] == uri_of("team/inspect")
    assert (shown["CurrentWeight"], shown["DesiredInstanceCount"]) == (1.0, 1)
    config = server.sagemaker.describe_endpoint_config(EndpointConfigName="steady")
    assert config["ProductionVariants"] == [variant("red")]
    assert endpoint in [row["EndpointName"] for row in server.sagemaker.list_endpoints()["Endpoints"]]
    found = server.sagemaker.list_endpoint_configs(NameContains="stead")["EndpointConfigs"]
    assert [row["EndpointConfigName"] for row in found] == ["steady"]


def test_an_error_of_the_model_is_a_model_error(server: Server, endpoint: str) -> None:
    with pytest.raises(ClientError) as error:
        server.invoke(endpoint, "refuse")
    answer = error.value.response
    assert answer["Error"]["Code"] == "ModelError"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == 400  # type: ignore[typeddict-item]
    assert 'Received client error (400) from primary with message "[' in answer["Error"]["Message"]


def test_a_model_that_crashes_is_started_again(server: Server, endpoint: str) -> None:
    assert refusal(lambda: server.invoke(endpoint, "crash"))[0] == "ModelError"
    assert server.invoke(endpoint, "again")[0].endswith("again]")
    poll(
        lambda: server.log_lines("/aws/sagemaker/Endpoints/steady", "AllTraffic/"),
        lambda lines: any("was started again" in line for line in lines),
    )


def test_traffic_is_shared_by_weight_and_a_variant_can_be_asked_for(server: Server, models: dict[str, str]) -> None:
    server.create_endpoint("shared", variant("red", "one", 3), variant("blue", "two", 1))
    turns = [server.invoke("shared", "x")[1] for _ in range(8)]
    assert turns == ["one", "one", "two", "one"] * 2
    assert server.invoke("shared", "x", TargetVariant="two")[1] == "two"
    assert refusal(lambda: server.invoke("shared", "x", TargetVariant="three"))[0] == "ValidationError"
    weights = [{"VariantName": "one", "DesiredWeight": 0}, {"VariantName": "two", "DesiredWeight": 1}]
    server.sagemaker.update_endpoint_weights_and_capacities(EndpointName="shared", DesiredWeightsAndCapacities=weights)
    assert server.await_endpoint("shared")["ProductionVariants"][1]["CurrentWeight"] == 1.0
    assert {server.invoke("shared", "x")[1] for _ in range(4)} == {"two"}
    server.sagemaker.delete_endpoint(EndpointName="shared")


def test_an_update_replaces_the_model_and_loses_no_request(server: Server, models: dict[str, str]) -> None:
    server.create_endpoint("moving", variant("red"))
    server.create_config("moving-2", variant("blue"))
    server.sagemaker.update_endpoint(EndpointName="moving", EndpointConfigName="moving-2")
    colours = []
    while server.sagemaker.describe_endpoint(EndpointName="moving")["EndpointStatus"] == "Updating":
        colours.append(server.invoke("moving", "x")[0].split("|")[2])
    seen = server.await_endpoint("moving")
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", "moving-2")
    assert "PendingDeploymentSummary" not in seen
    assert colours == sorted(colours, reverse=True)
    assert server.invoke("moving", "x")[0] == "[None|None|blue|x]"
    server.sagemaker.delete_endpoint(EndpointName="moving")


def test_a_version_that_does_not_start_leaves_the_old_one_serving(server: Server, models: dict[str, str]) -> None:
    server.create_endpoint("safe", variant("red"))
    server.create_config("safe-2", variant("red", "fine"), variant("sick", "broken"))
    server.sagemaker.update_endpoint(EndpointName="safe", EndpointConfigName="safe-2")
    seen = server.await_endpoint("safe")
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", "safe")
    assert seen["FailureReason"].startswith(
        "The primary container for production variant broken did not pass the ping health check."
    )
    assert server.invoke("safe", "x")[0].endswith("red|x]")
    log = server.log_lines("/aws/sagemaker/Endpoints/safe", "deployment")
    assert any("the update is rolled back" in line for line in log)
    server.sagemaker.delete_endpoint(EndpointName="safe")


def test_an_endpoint_that_never_serves_fails_and_can_only_be_deleted(server: Server, models: dict[str, str]) -> None:
    seen = server.create_endpoint("failed", variant("sick"))
    assert seen["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in seen["FailureReason"]
    assert refusal(lambda: server.invoke("failed", "x")) == (
        "ValidationError",
        "Endpoint failed of account 123456789012 not found.",
    )
    update = refusal(lambda: server.sagemaker.update_endpoint(EndpointName="failed", EndpointConfigName="failed"))
    assert "DeleteEndpoint is the only operation" in update[1]
    assert any("FileNotFoundError" in line for line in server.log_lines("/aws/sagemaker/Endpoints/failed"))
    server.sagemaker.delete_endpoint(EndpointName="failed")
    poll(lambda: gone(server, "failed"), bool)


def gone(server: Server, name: str) -> bool:
    try:
        server.sagemaker.describe_endpoint(EndpointName=name)
    except server.sagemaker.exceptions.ClientError as error:
        return str(error.response["Error"]["Message"]).startswith("Could not find endpoint")
    return False


def test_an_endpoint_in_progress_is_neither_updated_nor_deleted(server: Server, models: dict[str, str]) -> None:
    server.create_config("busy", variant("red"))
    server.sagemaker.create_endpoint(EndpointName="busy", EndpointConfigName="busy")
    message = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/busy".'
    sagemaker = server.sagemaker
    weights = [{"VariantName": "AllTraffic", "DesiredWeight": 2.0}]
    calls: list[Callable[[], Any]] = [
        lambda: sagemaker.update_endpoint(EndpointName="busy", EndpointConfigName="busy"),
        lambda: sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="busy", DesiredWeightsAndCapacities=weights
        ),
        lambda: sagemaker.delete_endpoint(EndpointName="busy"),
    ]
    for call in calls:
        assert refusal(call) == ("ValidationException", message)
    server.await_endpoint("busy")
    sagemaker.delete_endpoint(EndpointName="busy")


def test_a_deleted_endpoint_leaves_no_process(tmp_path: Path) -> None:
    mark = f"mark-{uuid4().hex}"
    images = tmp_path / "images.yaml"
    images.write_text(f"echo: [python, {HERE}/programs/inspect_contract.py]\n")
    with running_server(tmp_path / "tmp", "--images", str(images)) as server:
        image = {"Image": uri_of("echo"), "Environment": {"MARK": mark}}
        server.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=image)
        for name in ("one", "two"):
            server.create_endpoint(name, variant("m"))
        workspace = str(server.temporary)
        assert len(servers_in(workspace)) == 2
        server.sagemaker.delete_endpoint(EndpointName="one")
        poll(lambda: gone(server, "one"), bool)
        assert len(servers_in(workspace)) == 1
        server.process.terminate()
        assert server.process.wait(5) == 0
    assert servers_in(workspace) == []
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_server_that_ends_while_an_endpoint_starts_leaves_no_process(tmp_path: Path, end: str) -> None:
    images = tmp_path / "images.yaml"
    images.write_text("silent: [python, -c, 'import time; time.sleep(600)']\n")
    with running_server(tmp_path / "tmp", "--images", str(images)) as server:
        container = {"Image": uri_of("silent")}
        server.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        server.create_config("e", variant("m"))
        server.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="e")
        workspace = str(server.temporary)
        poll(lambda: servers_in(workspace), lambda found: len(found) == 1)
        getattr(server.process, end)()
        server.process.wait(5)
        poll(lambda: servers_in(workspace), lambda found: not found, seconds=5)


def servers_in(workspace: str) -> list[str]:
    """Guards of processes whose directory is below `workspace`."""
    return [line for line in processes_with(f"{workspace}/") if "guard.py" in line]


INVALID: list[tuple[str, list[dict[str, Any]], dict[str, Any], str]] = [
    ("model", [variant("nobody")], {}, 'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".'),
    ("twice", [variant("red"), variant("blue")], {}, "Variant names must be unique"),
    ("neither", [{"VariantName": "v", "ModelName": "red"}], {}, "needs machines (InstanceType) or a ServerlessConfig"),
    (
        "both",
        [{**variant("red"), "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}}],
        {},
        "a serverless variant has no machines, and so no InstanceType",
    ),
    ("weights", [variant("red", weight=0)], {}, "must have an InitialVariantWeight above 0"),
    ("type", [variant("red", InstanceType="ml.tiny")], {}, "Member must satisfy enum value set"),
    (
        "components",
        [{"VariantName": "v", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}],
        {"ExecutionRoleArn": ROLE},
        "Not simulated by the local SageMaker: variant v: no ModelName",
    ),
]


@pytest.mark.parametrize(("name", "variants", "more", "message"), INVALID, ids=[case[0] for case in INVALID])
def test_an_invalid_configuration_is_refused(
    server: Server,
    models: dict[str, str],
    name: str,
    variants: list[dict[str, Any]],
    more: dict[str, Any],
    message: str,
) -> None:
    code, text = refusal(lambda: server.create_config(f"invalid-{name}", *variants, **more))
    assert code == "ValidationException"
    assert message in text


def test_names_are_unique_and_what_is_named_must_be_there(server: Server, endpoint: str) -> None:
    sagemaker = server.sagemaker
    prefix = "arn:aws:sagemaker:us-east-1:123456789012"
    assert refusal(lambda: server.create_config("steady", variant("red")))[1] == (
        f'Cannot create already existing endpoint configuration "{prefix}:endpoint-config/steady".'
    )
    assert refusal(lambda: sagemaker.create_endpoint(EndpointName="steady", EndpointConfigName="steady"))[1] == (
        f'Cannot create already existing endpoint "{prefix}:endpoint/steady".'
    )
    assert refusal(lambda: sagemaker.create_endpoint(EndpointName="x", EndpointConfigName="Nothing"))[1] == (
        f'Could not find endpoint configuration "{prefix}:endpoint-config/nothing".'
    )
    assert refusal(lambda: sagemaker.update_endpoint(EndpointName="nobody", EndpointConfigName="steady"))[1] == (
        f'Could not find endpoint "{prefix}:endpoint/nobody".'
    )
    for call in (sagemaker.delete_endpoint_config, sagemaker.describe_endpoint_config):
        with pytest.raises(ClientError, match="Could not find endpoint configuration"):
            call(EndpointConfigName="nobody")


def test_a_model_of_an_unmapped_image_is_refused_with_advice(server: Server) -> None:
    container = {"Image": uri_of("unheard-of:3")}
    server.sagemaker.create_model(ModelName="unheard", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    server.create_config("unheard", variant("unheard"))
    code, text = refusal(lambda: server.sagemaker.create_endpoint(EndpointName="unheard", EndpointConfigName="unheard"))
    assert code == "ValidationException"
    assert "has no command for the image" in text
    assert gone(server, "unheard")


def test_the_journal_holds_endpoints_and_invocations(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with running_server(tmp_path / "tmp", "--journal", str(journal), *IMAGES) as server:
        image = {"Image": uri_of("team/inspect")}
        server.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=image)
        server.create_endpoint("one", variant("m"))
        server.invoke("one", "1,2", ContentType="text/csv")
        server.invoke("one", b"\xff\xfe")
        server.sagemaker.delete_endpoint(EndpointName="one")
        server.sagemaker.delete_endpoint_config(EndpointConfigName="one")
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [entry["action"] for entry in entries] == [
        "CreateModel", "CreateEndpointConfig", "CreateEndpoint", "InvokeEndpoint", "InvokeEndpoint", "DeleteEndpoint",
        "DeleteEndpointConfig",
    ]  # fmt: skip
    assert entries[3] == {
        "service": "sagemaker-runtime",
        "action": "InvokeEndpoint",
        "request": {"EndpointName": "one", "ContentType": "text/csv", "Body": "1,2"},
    }
    assert "Body" not in entries[4]["request"]
