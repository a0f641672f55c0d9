"""Batch transforms: what the container is sent, what is written, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.support import ROLE, Server, poll, transform_request, uri_of


@pytest.fixture(scope="module")
def model(server: Server) -> str:
    """A model that answers with what it was sent."""
    job = server.train("echo", "team/inspect")
    server.create_model("echo", "team/inspect", job["ModelArtifacts"]["S3ModelArtifacts"], COLOUR="red")
    return "echo"


SENT = [
    ("line", {}, {"AssembleWith": "Line"}, {}, "[text/csv|None|red|1\n2\n3\n]\n"),
    (
        "single",
        {},
        {},
        {"BatchStrategy": "SingleRecord"},
        "[text/csv|None|red|1\n][text/csv|None|red|2\n][text/csv|None|red|3\n]",
    ),
    ("whole", {"SplitType": "None"}, {"Accept": "text/csv"}, {}, "[text/csv|text/csv|red|1\n\n2\n3\n]"),
    ("environment", {}, {}, {"Environment": {"COLOUR": "blue"}}, "[text/csv|None|blue|1\n2\n3\n]"),
]


@pytest.mark.parametrize(("name", "source", "output", "more", "written"), SENT, ids=[case[0] for case in SENT])
def test_the_container_is_sent_what_aws_would_send(
    server: Server,
    model: str,
    name: str,
    source: dict[str, str],
    output: dict[str, str],
    more: dict[str, Any],
    written: str,
) -> None:
    uri = server.put("transform/input.csv", "1\n\n2\n3\n")
    job = server.transform(f"sent-{name}", model, uri, source=source, output=output, **more)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert server.get(f"sent-{name}/input.csv.out") == written


def test_payloads_stay_below_the_limit(server: Server, model: str) -> None:
    line = f"{'x' * 400_000}\n"
    uri = server.put("transform/large.csv", line * 5)
    server.transform("large", model, uri, MaxPayloadInMB=1)
    assert server.get("large/large.csv.out").count("[text/csv") == 3
    reason = server.transform("too-large", model, uri, MaxPayloadInMB=1, source={"SplitType": "None"})["FailureReason"]
    assert "2000005 bytes, more than MaxPayloadInMB allows (1 MB)" in reason


def test_outputs_keep_their_place_below_the_input_prefix(server: Server, model: str) -> None:
    server.put("tree/a.csv", "1\n")
    server.put("tree/deep/b.csv", "2\n")
    job = server.transform("tree-out", model, "s3://lab/tree/")
    assert job["TransformStartTime"] <= job["TransformEndTime"]
    assert server.keys("tree-out/") == ["tree-out/a.csv.out", "tree-out/deep/b.csv.out"]


def test_an_object_that_fails_leaves_no_output_and_the_finished_ones_stay(server: Server, model: str) -> None:
    server.put("partly/a.csv", "1\n")
    server.put("partly/b.csv", "2\nrefuse\n")
    job = server.transform("partly-out", model, "s3://lab/partly/")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Bad HTTP status received from algorithm: 400")
    assert server.keys("partly-out/") == ["partly-out/a.csv.out"]
    assert any("Bad HTTP status received from algorithm: 400" in line for line in server.log("Transform", "partly-out"))


FAILED = [
    ("no-input", "s3://lab/nothing", {}, "ClientError: Data download failed: No S3 objects found"),
    ("no-output", "s3://lab/transform/input.csv", {"output": {"S3OutputPath": "s3://nowhere/x"}}, "'nowhere'"),
    ("crash", "s3://lab/transform/crash.csv", {}, "AlgorithmError: "),
]


@pytest.mark.parametrize(("name", "uri", "more", "reason"), FAILED, ids=[case[0] for case in FAILED])
def test_a_transform_that_cannot_end_well_fails(
    server: Server, model: str, name: str, uri: str, more: dict[str, Any], reason: str
) -> None:
    server.put("transform/input.csv", "1\n")
    server.put("transform/crash.csv", "crash\n")
    job = server.transform(f"failed-{name}", model, uri, **more)
    assert job["TransformJobStatus"] == "Failed"
    assert reason in job["FailureReason"]
    assert server.keys(f"failed-{name}/") == []


def test_an_artifact_that_is_no_archive_fails_the_transform(server: Server) -> None:
    server.create_model("broken", "team/inspect", server.put("broken/model.tar.gz", "not a tar archive"))
    reason = server.transform("broken-out", "broken", server.put("transform/input.csv", "1\n"))["FailureReason"]
    assert reason.startswith("ClientError: Failed to extract model data archive from s3://lab/broken/model.tar.gz")


def test_a_transform_can_be_stopped(server: Server, model: str) -> None:
    uri = server.put("transform/many.csv", "1\n" * 100_000)
    server.sagemaker.create_transform_job(**transform_request("stopped", model, uri, BatchStrategy="SingleRecord"))
    poll(lambda: server.log("Transform", "stopped"), lambda lines: "serving" in lines)
    server.sagemaker.stop_transform_job(TransformJobName="stopped")
    waiter = server.sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.config.delay = 0.1
    waiter.wait(TransformJobName="stopped")
    assert server.sagemaker.describe_transform_job(TransformJobName="stopped")["TransformJobStatus"] == "Stopped"
    assert server.keys("stopped/") == []


REFUSED = [
    ({"ModelName": "nobody"}, 'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".'),
    ({"source": {"SplitType": "RecordIO"}}, "Not simulated by the local SageMaker: TransformInput.SplitType RecordIO"),
    (
        {"source": {"SplitType": "None"}, "BatchStrategy": "MultiRecord"},
        "several records in a request need",
    ),
    ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, "2 x 60 MB at once are more than the 100 MB"),
]


@pytest.mark.parametrize(("more", "message"), REFUSED)
def test_what_cannot_run_is_refused(server: Server, model: str, more: dict[str, Any], message: str) -> None:
    name = more.pop("ModelName", model)
    with pytest.raises(ClientError) as error:
        server.sagemaker.create_transform_job(**transform_request("refused", name, "s3://lab/x", **more))
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert message in error.value.response["Error"]["Message"]


def test_a_model_with_an_unknown_image_says_how_to_map_it(server: Server) -> None:
    container = {"Image": uri_of("unheard-of:2")}
    server.sagemaker.create_model(ModelName="unheard-of", ExecutionRoleArn=ROLE, Containers=[container])
    with pytest.raises(ClientError, match=r"`unheard-of: python my_algorithm.py` to .*images.yaml"):
        server.sagemaker.create_transform_job(**transform_request("unheard-of", "unheard-of", "s3://lab/x"))
