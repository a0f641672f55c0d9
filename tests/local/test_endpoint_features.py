"""Endpoints beyond one variant that answers at once: asynchronous, serverless, captured, deployed with a policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.support import ROLE, Server, poll, uri_of
from tests.local.test_endpoints import refusal, variant


@pytest.fixture(scope="module")
def models(server: Server) -> None:
    for colour in ("red", "blue"):
        container = {"Image": uri_of("team/inspect"), "Environment": {"COLOUR": colour, "ANSWER_TYPE": "text/csv"}}
        server.sagemaker.create_model(ModelName=colour, ExecutionRoleArn=ROLE, PrimaryContainer=container)


def written(server: Server, uri: str) -> str:
    """The object's text, when it is there."""
    key = uri.removeprefix("s3://lab/")
    poll(lambda: server.keys(key), lambda keys: keys == [key])
    return server.get(key)


def test_an_asynchronous_request_ends_as_an_object(server: Server, models: None) -> None:
    output = {"S3OutputPath": "s3://lab/async/out", "S3FailurePath": "s3://lab/async/failed"}
    server.create_endpoint("later", variant("red"), AsyncInferenceConfig={"OutputConfig": output})
    runtime = server.client("sagemaker-runtime")
    uri = server.put("async/in.csv", "1,2")
    answer = runtime.invoke_endpoint_async(EndpointName="later", InputLocation=uri, ContentType="text/csv")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"]
    assert answer["OutputLocation"].startswith("s3://lab/async/out/")
    assert written(server, answer["OutputLocation"]) == "[text/csv|None|red|1,2]"

    refused = runtime.invoke_endpoint_async(EndpointName="later", InputLocation=server.put("async/bad", "refuse"))
    assert "Received client error (400) from primary" in written(server, refused["FailureLocation"])
    missing = runtime.invoke_endpoint_async(EndpointName="later", InputLocation="s3://lab/async/nothing")
    assert "s3://lab/async/nothing" in written(server, missing["FailureLocation"])
    assert server.keys(refused["OutputLocation"].removeprefix("s3://lab/")) == []

    assert refusal(lambda: server.invoke("later", "x"))[0] == "ValidationError"
    server.sagemaker.delete_endpoint(EndpointName="later")


def test_an_endpoint_that_is_not_asynchronous_refuses_asynchronous_requests(server: Server, models: None) -> None:
    server.create_endpoint("now", variant("red"))
    runtime = server.client("sagemaker-runtime")
    code, text = refusal(lambda: runtime.invoke_endpoint_async(EndpointName="now", InputLocation="s3://lab/x"))
    assert code == "ValidationError"
    assert "AsyncInferenceConfig" in text
    server.sagemaker.delete_endpoint(EndpointName="now")


def captured(server: Server, prefix: str) -> list[dict[str, Any]]:
    return [json.loads(server.get(key)) for key in server.keys(prefix)]


def test_requests_and_answers_are_captured(server: Server, models: None) -> None:
    capture = {
        "InitialSamplingPercentage": 50,
        "DestinationS3Uri": "s3://lab/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    seen = server.create_endpoint("watched", variant("red"), DataCaptureConfig=capture)
    assert seen["DataCaptureConfig"]["CaptureStatus"] == "Started"
    for number in range(4):
        server.invoke("watched", f"{number}", ContentType="text/csv", InferenceId=f"id-{number}")
    server.invoke("watched", b"\xff", ContentType="application/x-image")
    entries = captured(server, "captured/watched/AllTraffic/")
    assert sorted(entry["eventMetadata"].get("inferenceId", "") for entry in entries) == ["", "id-0", "id-2"]
    text = next(entry for entry in entries if entry["eventMetadata"].get("inferenceId") == "id-0")
    assert text["captureData"] == {
        "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": "0", "encoding": "CSV"},
        "endpointOutput": {
            "observedContentType": "text/csv",
            "mode": "OUTPUT",
            "data": "[text/csv|None|red|0]",
            "encoding": "CSV",
        },
    }
    binary = next(entry for entry in entries if "inferenceId" not in entry["eventMetadata"])
    assert binary["captureData"]["endpointInput"]["encoding"] == "BASE64"
    assert binary["captureData"]["endpointInput"]["data"] == "/w=="
    server.sagemaker.delete_endpoint(EndpointName="watched")


def test_a_serverless_variant_is_served_and_what_is_different_is_told(server: Server, models: None) -> None:
    size = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    seen = server.create_endpoint("small", variant("red", ServerlessConfig=size))
    assert seen["ProductionVariants"][0]["CurrentServerlessConfig"] == size
    assert server.invoke("small", "x")[0] == "[None|None|red|x]"
    log = server.log_lines("/aws/sagemaker/Endpoints/small", "deployment")
    assert "simulated: the serverless variant AllTraffic is a process that always runs" in log
    server.sagemaker.delete_endpoint(EndpointName="small")


def shifting(kind: str, alarms: tuple[str, ...] = (), **size: Any) -> dict[str, Any]:
    routing = {"Type": kind, "WaitIntervalInSeconds": 60, **size}
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}, **rollback}


CANARY: dict[str, Any] = {"CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}


def test_a_deployment_policy_is_kept_and_its_simulation_told(server: Server, models: None) -> None:
    server.create_endpoint("policy", variant("red"))
    server.create_config("policy-2", variant("blue"))
    policy = shifting("CANARY", ("no-such-alarm",), **CANARY)
    server.sagemaker.update_endpoint(EndpointName="policy", EndpointConfigName="policy-2", DeploymentConfig=policy)
    seen = server.await_endpoint("policy")
    assert (seen["EndpointConfigName"], seen["LastDeploymentConfig"]) == ("policy-2", policy)
    log = server.log_lines("/aws/sagemaker/Endpoints/policy", "deployment")
    assert "simulated: canary shifting is done at once, without waiting times" in log
    assert any("has no alarm no-such-alarm" in line for line in log)
    server.sagemaker.delete_endpoint(EndpointName="policy")


def test_an_alarm_rolls_an_update_back(server: Server, models: None) -> None:
    cloudwatch = server.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        MetricName="Invocation5XXErrors",
        Namespace="AWS/SageMaker",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="for a test")
    server.create_endpoint("guarded", variant("red"))
    server.create_config("guarded-2", variant("blue"))
    policy = shifting("ALL_AT_ONCE", ("errors",))
    server.sagemaker.update_endpoint(EndpointName="guarded", EndpointConfigName="guarded-2", DeploymentConfig=policy)
    seen = server.await_endpoint("guarded")
    assert seen["EndpointConfigName"] == "guarded"
    assert "errors" in seen["FailureReason"]
    assert server.invoke("guarded", "x")[0] == "[None|None|red|x]"
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="for a test")
    server.sagemaker.update_endpoint(EndpointName="guarded", EndpointConfigName="guarded-2", DeploymentConfig=policy)
    seen = server.await_endpoint("guarded")
    assert seen["EndpointConfigName"] == "guarded-2"
    assert "FailureReason" not in seen
    server.sagemaker.delete_endpoint(EndpointName="guarded")


def test_an_update_can_keep_weights_and_counts(server: Server, models: None) -> None:
    server.create_endpoint("kept", variant("red", "one", 3), variant("blue", "two", 1))
    server.create_config("kept-2", variant("blue", "one", 1, InitialInstanceCount=2), variant("red", "two", 1))
    server.sagemaker.update_endpoint(
        EndpointName="kept",
        EndpointConfigName="kept-2",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
    )
    one = server.await_endpoint("kept")["ProductionVariants"][0]
    assert (one["CurrentWeight"], one["DesiredInstanceCount"]) == (3.0, 2)
    server.sagemaker.delete_endpoint(EndpointName="kept")


POLICIES: list[tuple[dict[str, Any], str]] = [
    (shifting("CANARY"), "must have a CanarySize"),
    (shifting("ALL_AT_ONCE", **CANARY), "must have a CanarySize when, and only when"),
    (shifting("LINEAR"), "must have a LinearStepSize"),
]


@pytest.mark.parametrize(("policy", "message"), POLICIES)
def test_an_invalid_deployment_policy_is_refused(server: Server, policy: dict[str, Any], message: str) -> None:
    call: Callable[[], Any] = lambda: server.sagemaker.update_endpoint(  # noqa: E731
        EndpointName="x", EndpointConfigName="x", DeploymentConfig=policy
    )
    code, text = refusal(call)
    assert code == "ValidationException"
    assert message in text


def test_what_serverless_endpoints_cannot_serve_is_refused(server: Server, models: None) -> None:
    size = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    containers = [{"Image": uri_of("team/inspect")}] * 2
    server.sagemaker.create_model(ModelName="several", ExecutionRoleArn=ROLE, Containers=containers)
    code, text = refusal(lambda: server.create_config("several", variant("several", ServerlessConfig=size)))
    assert code == "ValidationException"
    assert "a serverless endpoint serves no model with several containers" in text
    two = [variant("red", name, ServerlessConfig=size) for name in ("one", "two")]
    assert "a serverless endpoint has no other variants" in refusal(lambda: server.create_config("two", *two))[1]


def test_a_capture_that_cannot_be_written_costs_no_answer(server: Server, models: None) -> None:
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://nowhere/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    server.create_endpoint("lost", variant("red"), DataCaptureConfig=capture)
    assert server.invoke("lost", "x")[0] == "[None|None|red|x]"
    poll(
        lambda: server.log_lines("/aws/sagemaker/Endpoints/lost", "deployment"),
        lambda lines: any("a request is not captured" in line for line in lines),
    )
    server.sagemaker.delete_endpoint(EndpointName="lost")


def test_an_answer_in_pieces_is_not_simulated(server: Server, models: None) -> None:
    runtime = server.client("sagemaker-runtime")
    code, text = refusal(lambda: runtime.invoke_endpoint_with_response_stream(EndpointName="x", Body=b""))
    assert code == "ValidationError"
    assert "Not simulated by the local SageMaker: InvokeEndpointWithResponseStream" in text


def test_endpoints_and_their_configurations_have_tags(server: Server, models: None) -> None:
    sagemaker = server.sagemaker
    tags = [{"Key": "team", "Value": "flowers"}]
    server.create_config("tagged", variant("red"), Tags=tags)
    sagemaker.create_endpoint(EndpointName="tagged", EndpointConfigName="tagged", Tags=tags)
    server.await_endpoint("tagged")
    for kind in ("endpoint", "endpoint-config"):
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:{kind}/tagged"
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    sagemaker.delete_endpoint(EndpointName="tagged")
