"""Tasks of every kind of job, run in this process as Airflow runs them: one try, a deferral, a try that comes after."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/lab"
_RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/x"
_INPUT = [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://lab/x"}}}]
_DEFINITION = {
    "AlgorithmSpecification": {
        "TrainingInputMode": "File",
        "TrainingImage": IMAGE,
    },
    "RoleArn": ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://lab/out"},
    "ResourceConfig": _RESOURCES,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
_S3 = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://lab/x"}}}

#: Operator -> its request, and the member that holds the name.
REQUESTS: dict[str, tuple[dict[str, Any], str]] = {
    "TrainingOperator": ({"TrainingJobName": "job", **_DEFINITION, "InputDataConfig": _INPUT}, "TrainingJobName"),
    "TransformOperator": (
        {
            "TransformJobName": "job",
            "ModelName": "model",
            "TransformInput": _S3,
            "TransformOutput": {"S3OutputPath": "s3://lab/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
        "TransformJobName",
    ),
    "ProcessingOperator": (
        {
            "ProcessingJobName": "job",
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": "x"},
            "ProcessingResources": {"ClusterConfig": _RESOURCES},
        },
        "ProcessingJobName",
    ),
    "TuningOperator": (
        {
            "HyperParameterTuningJobName": "job",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            },
            "TrainingJobDefinitions": [{"DefinitionName": "one", **_DEFINITION}],
        },
        "HyperParameterTuningJobName",
    ),
    "AutoMLOperator": (
        {
            "AutoMLJobName": "job",
            "InputDataConfig": [{"TargetAttributeName": "y", **_S3}],
            "OutputDataConfig": {"S3OutputPath": "s3://lab/out"},
            "RoleArn": ROLE,
        },
        "AutoMLJobName",
    ),
    "PipelineOperator": ({"PipelineName": "p"}, "PipelineExecutionArn"),
}
KINDS = list(REQUESTS)


class Store:
    """Airflow's store for a task, in this process."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any, **_: Any) -> None:
        self.values[key] = value


class Task:
    """One task of one run: `first()` and `again()` are its tries, `cleared()` the try after a clear."""

    def __init__(self, operator: str, run: str = "r1", retries: int = 2, **options: Any) -> None:
        self.operator, self.options, self.retries = operator, options, retries
        self.store: Store | None = Store()
        self.ti = SimpleNamespace(
            dag_id="d", task_id="t", run_id=run, map_index=-1, try_number=1, max_tries=retries, start_date=None
        )
        self.dag_run = SimpleNamespace(clear_number=0)

    @property
    def context(self) -> dict[str, Any]:
        store = {"task_state_store": self.store} if self.store else {}
        return {**store, "ti": self.ti, "dag_run": self.dag_run}

    def make(self, **more: Any) -> Any:
        from mlpipelines.runtime import operators

        config = self.options.get("config") or REQUESTS[self.operator][0]
        defaults = {"aws_conn_id": None, "region_name": "us-east-1", "check_interval": 0.05, "deferrable": False}
        made = getattr(operators, self.operator)(
            task_id="t", **{**defaults, **self.options, **more, "config": _copied(config)}
        )
        made.xcom_push = lambda *_, **__: None
        made.do_xcom_push = False
        return made

    def first(self, **more: Any) -> Any:
        return self.make(**more).execute(self.context)

    def again(self, **more: Any) -> Any:
        self.ti.try_number += 1
        return self.first(**more)

    def cleared(self, *, running: bool = False, **more: Any) -> Any:
        self.dag_run.clear_number += 1
        if not running:
            self.ti.max_tries = self.ti.try_number + self.retries
        return self.again(**more)


def defer(task: Any, context: dict[str, Any]) -> Any:
    """Execute as far as the deferral; gives the TaskDeferred."""
    from airflow.sdk.exceptions import TaskDeferred

    try:
        result = task.execute(context)
    except TaskDeferred as deferred:
        return deferred
    raise AssertionError(f"the task was not deferred but gave {result}")


def event_of(trigger: Any) -> dict[str, Any]:
    """Let the trigger run until it fires."""

    async def fired() -> Any:
        return await anext(aiter(trigger.run()))

    payload: dict[str, Any] = asyncio.run(fired()).payload
    return payload


def through(task: Any, context: dict[str, Any]) -> Any:
    """Run a deferrable task to its end, its triggers in this process."""
    from airflow.sdk.exceptions import TaskDeferred

    kwargs: dict[str, Any] | None = None
    while True:
        try:
            return task.resume_execution("execute_complete", kwargs, context) if kwargs else task.execute(context)
        except TaskDeferred as deferred:
            kwargs = {**(deferred.kwargs or {}), "event": event_of(_reborn(deferred.trigger))}


def _reborn(trigger: Any) -> Any:
    """The trigger as the triggerer makes it: from what Airflow stores of it."""
    from airflow.sdk._shared.module_loading import import_string

    classpath, kwargs = trigger.serialize()
    return import_string(classpath)(**kwargs)


def _copied(config: dict[str, Any]) -> dict[str, Any]:
    import copy

    return copy.deepcopy(config)
