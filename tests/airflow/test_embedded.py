"""Every kind of job by our operators against the embedded SageMaker: done, killed and tried again, no capacity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.airflow.jobs import Task, through
from tests.conftest import aws_settings
from tests.local.support import (
    HERE,
    ROLE,
    Server,
    channel,
    poll,
    running_server,
    training_request,
    transform_request,
    uri_of,
)

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    arguments = ("--images", str(HERE / "images.yaml"), "--stop-grace", "0.5", "--workers", "4")
    with running_server(tmp_path_factory.mktemp("aws"), *arguments, "--no-capacity", "ml.g5.xlarge") as server:
        for name, image in (("echo", "team/inspect"), ("sick", "crash")):
            container = {"Image": uri_of(image)}
            server.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
        yield server


@pytest.fixture(autouse=True)
def settings(aws: Server, models_are_read_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in aws_settings(aws.endpoint_url).items():
        monkeypatch.setenv(name, text)


def request_of(aws: Server, operator: str, name: str, seconds: float = 0) -> dict[str, Any]:
    if operator == "TrainingOperator":
        return training_request(name, "sleeper", hyperparameters={"seconds": f"{seconds:g}"})
    if operator == "ProcessingOperator":
        return aws.processing_request(name, f"import time; time.sleep({seconds})")
    if operator == "TransformOperator":
        return transform_request(name, "echo", aws.put(f"{name}.csv", "1,2\n"))
    if operator == "PipelineOperator":
        pipeline = {"Version": "2020-12-01", "Steps": [_condition()]}
        aws.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=json.dumps(pipeline), RoleArn=ROLE)
        return {"PipelineName": name}
    return _tuning(aws, name, seconds)


def _condition() -> dict[str, Any]:
    same = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    return {"Name": "c", "Type": "Condition", "Arguments": {"Conditions": [same], "IfSteps": [], "ElseSteps": []}}


def _tuning(aws: Server, name: str, seconds: float) -> dict[str, Any]:
    trial = training_request("x", "sleeper")
    metrics = [{"Name": "progress", "Regex": "progress=([0-9.]+)"}]
    ranges = [{"Name": "seconds", "MinValue": f"{seconds:g}", "MaxValue": f"{seconds + 0.1:g}"}]
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "progress"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": "1", "MaxParallelTrainingJobs": "1"},
            "ParameterRanges": {"ContinuousParameterRanges": ranges},
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {**trial["AlgorithmSpecification"], "MetricDefinitions": metrics},
            "InputDataConfig": [channel("train", aws.put("trial.csv", "1"))],
            **{key: trial[key] for key in ("RoleArn", "OutputDataConfig", "ResourceConfig", "StoppingCondition")},
        },
    }


JOBS = ["TrainingOperator", "ProcessingOperator", "TransformOperator", "TuningOperator", "PipelineOperator"]


@pytest.mark.parametrize("deferrable", [False, True], ids=["sync", "deferrable"])
@pytest.mark.parametrize("operator", JOBS)
def test_a_job_is_done_and_its_task_says_how_it_went(aws: Server, operator: str, deferrable: bool) -> None:
    name = f"done-{operator[:6]}-{deferrable}".lower()
    task = Task(operator, config=request_of(aws, operator, name), deferrable=deferrable, check_interval=0.2)
    made = task.make()
    result = through(made, task.context)
    assert made.kind.state(result[made.kind.result]) == "done"
    if operator == "TuningOperator":
        assert result["BestTrainingJob"]["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize("operator", ["TrainingOperator", "ProcessingOperator", "TuningOperator"])
def test_a_killed_task_stops_its_job_and_its_next_try_has_a_new_one(aws: Server, operator: str) -> None:
    config = request_of(aws, operator, f"kill-{operator[:6]}".lower(), seconds=600)
    task = Task(operator, config=config)
    made = task.make(wait_for_completion=False)
    made.execute(task.context)
    first = made.job_name
    made.on_kill()
    poll(lambda: made.kind.state(made._describe(first)), lambda state: state == "stopped")
    again = task.make(wait_for_completion=False)
    task.ti.try_number += 1
    again.execute(task.context)
    assert again.job_name != first
    assert again.kind.state(again._describe(again.job_name)) == "running"
    again.on_kill()


@pytest.mark.parametrize("operator", ["TrainingOperator", "ProcessingOperator", "TransformOperator", "TuningOperator"])
def test_without_capacity_another_instance_type_does_the_job(aws: Server, operator: str) -> None:
    config = request_of(aws, operator, f"scarce-{operator[:6]}".lower())
    task = Task(operator, config=config, instance_types=["ml.g5.xlarge", "ml.m5.large"], check_interval=0.2)
    result = str(task.first())
    assert "ml.m5.large" in result
    assert "ml.g5.xlarge" not in result


def test_an_endpoint_is_made_changed_and_rolled_back(aws: Server) -> None:
    def deploy(name: str, model: str, run: str, **options: Any) -> Any:
        variant = {"VariantName": "all", "ModelName": model, "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
        config = {
            "EndpointConfig": {"EndpointConfigName": name, "ProductionVariants": [variant]},
            "Endpoint": {"EndpointName": "e", "EndpointConfigName": name, "Tags": [{"Key": "team", "Value": run}]},
        }
        types = ["ml.g5.xlarge", "ml.m5.large"]
        task = Task("EndpointOperator", config=config, instance_types=types, run=run, check_interval=0.2, **options)
        return through(task.make(), task.context)

    assert deploy("one", "echo", "r1")["Endpoint"]["EndpointStatus"] == "InService"
    assert aws.invoke("e", "hello")[0]
    changed = deploy("two", "echo", "r2", deferrable=True)
    assert changed["Endpoint"]["EndpointConfigName"].startswith("two")
    tags = aws.sagemaker.list_tags(ResourceArn=changed["Endpoint"]["EndpointArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "r2"}]
    with pytest.raises(Exception, match="rolled back: it serves two"):
        deploy("three", "sick", "r3")
    assert aws.invoke("e", "hello")[0]
