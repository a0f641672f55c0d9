"""The provider's sharp edges: each holds for our operator, and the same test shows the edge on the provider's."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.airflow.jobs import REQUESTS, Task, defer, through
from tests.airflow.stand_in import Fault, StandIn

pytestmark = pytest.mark.airflow

#: (the stand-in, an operator of that name, of ours or the provider's) -> nothing, or an error when the edge is there.
Edge = Callable[[StandIn, Callable[..., Any]], None]
EDGES: dict[str, Edge] = {}
SHOWN: dict[str, str] = {}


def edge(shows: str) -> Callable[[Edge], Edge]:
    """`shows`: by what the provider's operator shows that it has the edge."""

    def register(test: Edge) -> Edge:
        EDGES[test.__name__] = test
        SHOWN[test.__name__] = shows
        return test

    return register


def ours(name: str, **options: Any) -> Any:
    return Task(name, **options).make()


def providers(name: str, **options: Any) -> Any:
    from airflow.providers.amazon.aws.operators import sagemaker

    if name == "PipelineOperator":
        options = {"pipeline_name": options.pop("config", {"PipelineName": "p"})["PipelineName"], **options}
        name = "StartPipelineOperator"
    else:
        options.setdefault("config", json.loads(json.dumps(REQUESTS[name][0])) if name in REQUESTS else {})
    defaults = {"aws_conn_id": None, "region_name": "us-east-1", "check_interval": 0.05, "deferrable": False}
    if name == "TrainingOperator":
        options.setdefault("print_log", False)
    return getattr(sagemaker, f"SageMaker{name}")(task_id="t", **{**defaults, **options})


def statuses(sagemaker: StandIn, *words: str, **members: Any) -> None:
    sagemaker.end = lambda job, look: {"status": words[min(look, len(words)) - 1], **members}


CONTEXT: dict[str, Any] = {}
ENDPOINT = {"EndpointName": "e", "EndpointConfigName": "c"}


@edge(r"assert not \['CreateHyperParameterTuningJob'\]")
def without_aiobotocore_no_job_is_started(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "InProgress")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "aiobotocore", None)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - the provider is deferred, ours says what is missing
            operator("TuningOperator", deferrable=True, config=_one_definition()).execute(CONTEXT)
    assert not sagemaker.actions("Create")


@edge("assert 60 is None")
def waiting_has_no_limit_that_nobody_has_set(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "InProgress")
    task = operator("ProcessingOperator", deferrable=True)
    trigger = defer(task, CONTEXT).trigger
    assert getattr(trigger, "attempts", None) is None


@edge("DID NOT RAISE")
def a_stopped_transform_is_no_success(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    sagemaker.answer("CreateModel", {"ModelName": "model"})
    statuses(sagemaker, "InProgress", "Stopped")
    with pytest.raises(Exception, match=r"stopped|Stopped"):
        _without_s3(operator("TransformOperator")).execute(CONTEXT)


@edge("DID NOT RAISE")
def a_stopped_processing_job_is_no_success(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "InProgress", "Stopped")
    with pytest.raises(Exception, match=r"stopped|Stopped"):
        operator("ProcessingOperator").execute(CONTEXT)


@edge("DID NOT RAISE")
def a_stopped_tuning_job_is_no_success(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "InProgress", "Stopped")
    with pytest.raises(Exception, match=r"stopped|Stopped"):
        operator("TuningOperator", config=_one_definition()).execute(CONTEXT)


@edge("slept for 3 s")
def a_task_that_does_not_wait_does_not_sleep_either(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "InProgress")
    slept: list[float] = []
    task = operator("TrainingOperator", print_log=True, wait_for_completion=False, check_interval=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", slept.append)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the provider's inner hooks have none
        _without_s3(task).execute(CONTEXT)
    assert not slept, f"slept for {slept[0]:g} s"


@edge("ResourceInUse")
def a_tuning_job_of_a_name_that_is_in_use_gets_another(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    for _ in range(2):
        operator("TuningOperator", config=_one_definition()).execute(CONTEXT)


@edge(r"assert \d+ < 4")
def a_tuning_task_that_does_not_wait_is_not_deferred(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, *["InProgress"] * 5, "Completed")
    through(operator("TuningOperator", config=_one_definition(), deferrable=True, wait_for_completion=False), CONTEXT)
    assert len(sagemaker.actions("Describe")) < 4


@edge(r"assert \d+ < 4")
def an_endpoint_task_that_does_not_wait_is_not_deferred(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    sagemaker.answer("CreateEndpointConfig", {"EndpointConfigName": "c"})
    sagemaker.end = lambda job, look: {"status": "Creating" if look < 9 else "InService"}
    through(operator("EndpointOperator", config=ENDPOINT, deferrable=True, wait_for_completion=False), CONTEXT)
    assert sagemaker.actions("DescribeEndpoint").count("DescribeEndpoint") < 4


@edge("PipelineExecutionSteps")  # its trigger has looked for them
def a_pipeline_task_that_does_not_wait_is_not_deferred(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "Executing", "Executing", "Executing", "Succeeded")
    through(operator("PipelineOperator", deferrable=True, wait_for_completion=False), CONTEXT)
    assert len(sagemaker.actions("Describe")) < 3


@edge("Max attempts exceeded")
def the_limit_for_an_endpoint_is_in_seconds(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    sagemaker.answer("CreateEndpointConfig", {"EndpointConfigName": "c"})
    sagemaker.end = lambda job, look: {"status": "Creating" if look < 6 else "InService"}
    operator("EndpointOperator", config=ENDPOINT, max_ingestion_time=4, check_interval=0.1).execute(CONTEXT)


@edge("^'TrainingJobDefinition'$")
def tuning_takes_several_training_job_definitions(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    operator("TuningOperator").execute(CONTEXT)


@edge("Failed to read from s3")
def inner_clients_use_the_connections_endpoint(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _by_connection(patch, sagemaker)
        sagemaker.objects["/lab/out/metrics.json"] = b'{"mse": 0.5}'
        assert _output_files(operator, "lab") == {"report": {"mse": 0.5}}


@edge("DID NOT RAISE")
def a_result_file_that_is_missing_fails_its_task(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match=r"metrics\.json"):
        _output_files(operator)


@edge("DID NOT RAISE")
def a_result_file_that_is_no_json_fails_its_task(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    sagemaker.objects["/lab/out/metrics.json"] = b"{"
    with pytest.raises(Exception, match=r"metrics\.json"):
        _output_files(operator)


@edge("The input S3 Bucket lab does not exist")
def the_worker_needs_no_rights_to_the_jobs_input(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    operator("TrainingOperator").execute(CONTEXT)


@edge("Actual message: .'FailureReason'")
def a_failure_without_a_reason_is_told(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "Failed")
    with pytest.raises(Exception, match="failed: AWS gives no reason"):
        operator("ProcessingOperator", deferrable=True).execute(CONTEXT)


@edge("Invalid isoformat string")
def times_are_text_that_can_be_read(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    from datetime import datetime

    result = operator("ProcessingOperator").execute(CONTEXT)
    assert datetime.fromisoformat(result["Processing"]["CreationTime"]).year == 2023


@edge(r"assert \[\] == \['StopProcessingJob'\]")
def killing_a_task_stops_its_job(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    statuses(sagemaker, "InProgress")
    task = operator("ProcessingOperator", wait_for_completion=False)
    task.execute(CONTEXT)
    task.on_kill()
    assert sagemaker.actions("Stop") == ["StopProcessingJob"]


@edge("Invalid type for parameter")
def members_of_tuning_that_a_template_gives_as_text_get_their_types(
    sagemaker: StandIn, operator: Callable[..., Any]
) -> None:
    config = _one_definition()
    config["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxRuntimeInSeconds"] = "7200"
    operator("TuningOperator", config=config).execute(CONTEXT)


@edge("assert 'AddTags' in")
def an_update_of_an_endpoint_keeps_its_tags(sagemaker: StandIn, operator: Callable[..., Any]) -> None:
    sagemaker.answer("CreateEndpointConfig", {"EndpointConfigName": "c"})
    sagemaker.answer("CreateEndpointConfig", {"EndpointConfigName": "c2"})
    statuses(sagemaker, "InService")
    operator("EndpointOperator", config=dict(ENDPOINT)).execute(CONTEXT)
    sagemaker.faults["CreateEndpoint"] = [Fault("ValidationException", 400, "Cannot create already existing endpoint")]
    config = {**ENDPOINT, "EndpointConfigName": "c2", "Tags": [{"Key": "team", "Value": "x"}]}
    operator("EndpointOperator", config=config).execute(CONTEXT)
    assert "UpdateEndpoint" in sagemaker.actions()
    assert "AddTags" in sagemaker.actions()


@pytest.mark.parametrize("name", EDGES)
def test_the_edge_is_closed(sagemaker: StandIn, name: str) -> None:
    EDGES[name](sagemaker, ours)


@pytest.mark.parametrize("name", EDGES)
def test_the_providers_operator_has_the_edge(sagemaker: StandIn, name: str) -> None:
    with pytest.raises(BaseException, match=SHOWN[name]):
        EDGES[name](sagemaker, providers)


def _one_definition() -> dict[str, Any]:
    """What the provider can do: one definition, with input that it does not look for in S3."""
    request: dict[str, Any] = json.loads(json.dumps(REQUESTS["TuningOperator"][0]))
    definition = request.pop("TrainingJobDefinitions")[0]
    del definition["DefinitionName"]
    files = {
        "FileSystemId": "fs-12345678",
        "FileSystemType": "EFS",
        "DirectoryPath": "/x",
        "FileSystemAccessMode": "ro",
    }
    channel = {"ChannelName": "train", "DataSource": {"FileSystemDataSource": files}}
    network = {"Subnets": ["subnet-12345678"], "SecurityGroupIds": ["sg-12345678"]}
    return {**request, "TrainingJobDefinition": {**definition, "InputDataConfig": [channel], "VpcConfig": network}}


def _output_files(operator: Callable[..., Any], connection: str | None = None) -> Any:
    request, _ = REQUESTS["ProcessingOperator"]
    place = {"S3Uri": "s3://lab/out", "LocalPath": "/opt/ml/processing/x", "S3UploadMode": "EndOfJob"}
    output = {"OutputName": "o", "S3Output": place}
    config = {**request, "ProcessingOutputConfig": {"Outputs": [output]}}
    if operator is ours:
        files: dict[str, Any] = {"output_files": {"report": {"output": "o", "file": "metrics.json"}}}
    else:
        entry = {"result_name": "report", "output_name": "o", "file_name": "metrics.json"}
        files = {"output_files_to_xcom": [entry]}
    return operator("ProcessingOperator", config=config, aws_conn_id=connection, **files).execute(CONTEXT)[
        "OutputFiles"
    ]


def _by_connection(patch: pytest.MonkeyPatch, sagemaker: StandIn) -> None:
    """Only the connection knows where AWS is."""
    extra = {"endpoint_url": sagemaker.url, "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    patch.setenv("AIRFLOW_CONN_LAB", json.dumps(connection))
    patch.delenv("AWS_ENDPOINT_URL")
    patch.setenv("AWS_MAX_ATTEMPTS", "1")  # for the client that looks for the real AWS


def _without_s3(task: Any) -> Any:
    task.hook.s3_hook = _Anything()
    return task


class _Anything:
    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: True
