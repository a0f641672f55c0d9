"""The four steps of the measured pipelines as classes of airflow-blueprint, and what their DAGs have in common.

Copied into a project of blueprint's, beside its YAML. Its steps know neither their DAG nor each other's outputs: each
is told the pipeline's name, and writes out what it refers to.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import BaseOperator, CronTriggerTimetable
from blueprint import BaseModel, Blueprint, BlueprintDagArgs

from mlpipelines.runtime import names
from mlpipelines.runtime.operators import TrainingOperator, TransformOperator
from mlpipelines.runtime.prepare import prepare
from mlpipelines.runtime.resources import ModelOperator
from mlpipelines.runtime.results import result_of

CONNECTION, REGION = "aws-sagemaker", "us-east-2"
IMAGES = {"xgboost": "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost"}
NAME = "{{ job_name(ti, dag_run) }}"
#: Looks at a job that may last no time at all: for its start and its end.
LOOKS, INTERVAL = 120, 30


class PipelineConfig(BaseModel):
    description: str
    schedule: str | None = None
    timezone: str | None = None
    start_date: str
    tags: list[str]
    owner: str


class Pipeline(BlueprintDagArgs[PipelineConfig]):
    def render(self, config: PipelineConfig) -> dict[str, Any]:
        schedule: Any = config.schedule
        if config.schedule and config.timezone:
            schedule = CronTriggerTimetable(config.schedule, timezone=config.timezone)
        return {
            "description": config.description,
            "schedule": schedule,
            "start_date": datetime.fromisoformat(config.start_date).replace(tzinfo=UTC),
            "catchup": False,
            "max_active_runs": 1,
            "tags": config.tags,
            "default_args": {"owner": config.owner},
            "user_defined_macros": {
                "job_name": names.job_name,
                "run_key": names.run_key,
                "predictions_uri": names.predictions_uri,
                "artifact_uri": names.artifact_uri,
                "output_uri": names.output_uri,
                "result_of": result_of,
            },
        }


class PrepareConfig(BaseModel):
    pipeline: str
    dataset: str
    columns: list[str]
    drop: list[str]
    target: str
    classes: dict[str, int]
    missing: str | None = None
    fill: str | None = None
    split: dict[str, float]
    seed: int


class Prepare(Blueprint[PrepareConfig]):
    def render(self, config: PrepareConfig) -> BaseOperator:
        arguments = {
            "dataset": f"{config.dataset}/{{{{ run_key(dag_run) }}}}/part.csv",
            "output": place(config.pipeline, self.step_id),
            "connection": CONNECTION,
            "region": REGION,
            "columns": config.columns,
            "drop": config.drop,
            "target": config.target,
            "classes": config.classes,
            "categories": "error",
            "missing": {"fill": config.fill} if config.fill else config.missing,
            "split": config.split,
            "shuffle": True,
            "seed": config.seed,
            "timeout": 60,
            "max_size": 10_000_000_000,
            "attempts": 4,
            "callable_mode": "after",
        }
        return PythonOperator(task_id=self.step_id, python_callable=prepare, retries=2, op_kwargs=arguments)


class Channel(BaseModel):
    step: str
    part: str
    content_type: str


class TrainConfig(BaseModel):
    pipeline: str
    algorithm: str
    algorithm_version: str
    hyperparameters: dict[str, str]
    channels: dict[str, Channel]
    instance_type: str
    volume_size: int
    max_seconds: int
    environment: dict[str, str]
    tags: dict[str, str]


class Train(Blueprint[TrainConfig]):
    def render(self, config: TrainConfig) -> BaseOperator:
        channels = [
            {"ChannelName": name, "ContentType": given.content_type, "DataSource": source(given.step, given.part)}
            for name, given in config.channels.items()
        ]
        request = {
            "TrainingJobName": NAME,
            "HyperParameters": config.hyperparameters,
            "RoleArn": "{{ var.value.role }}",
            "AlgorithmSpecification": {
                "TrainingImage": image(config.algorithm, config.algorithm_version),
                "TrainingInputMode": "File",
            },
            "InputDataConfig": channels,
            "OutputDataConfig": {"S3OutputPath": place(config.pipeline, self.step_id)},
            "ResourceConfig": {
                "InstanceType": config.instance_type,
                "InstanceCount": 1,
                "VolumeSizeInGB": config.volume_size,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": config.max_seconds},
            "Environment": config.environment,
            "Tags": tag_list(config.tags),
        }
        return TrainingOperator(**job(self.step_id, config.max_seconds), print_log=False, config=request)


class ModelConfig(BaseModel):
    algorithm: str
    algorithm_version: str
    trained_by: str
    tags: dict[str, str]


class Model(Blueprint[ModelConfig]):
    def render(self, config: ModelConfig) -> BaseOperator:
        artifact = f"{{{{ artifact_uri(result_of(ti, '{config.trained_by}')) }}}}"
        request = {
            "ModelName": NAME,
            "ExecutionRoleArn": "{{ var.value.role }}",
            "PrimaryContainer": {
                "Image": image(config.algorithm, config.algorithm_version),
                "ModelDataUrl": artifact,
            },
            "Tags": tag_list(config.tags),
        }
        return ModelOperator(
            task_id=self.step_id, retries=2, aws_conn_id=CONNECTION, region_name=REGION, config=request
        )


class TransformConfig(BaseModel):
    pipeline: str
    model_of: str
    prepared_by: str
    part: str
    instance_type: str
    instance_count: int
    batch_strategy: str
    max_payload: int
    max_seconds: int
    tags: dict[str, str]


class Transform(Blueprint[TransformConfig]):
    def render(self, config: TransformConfig) -> BaseOperator:
        request = {
            "TransformJobName": NAME,
            "ModelName": f"{{{{ result_of(ti, '{config.model_of}')['Model']['ModelName'] }}}}",
            "BatchStrategy": config.batch_strategy,
            "MaxPayloadInMB": config.max_payload,
            "TransformInput": {
                "DataSource": source(config.prepared_by, config.part),
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": place(config.pipeline, self.step_id), "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": config.instance_type, "InstanceCount": config.instance_count},
            "Tags": tag_list(config.tags),
        }
        return TransformOperator(**job(self.step_id, config.max_seconds), config=request)


def image(algorithm: str, version: str) -> str:
    return f"{IMAGES[algorithm]}:{version}"


def place(pipeline: str, step: str) -> str:
    return f"s3://{{{{ var.value.s3_bucket }}}}/{pipeline}/{{{{ run_key(dag_run) }}}}/{step}"


def source(step: str, part: str) -> dict[str, Any]:
    return {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{{{{ result_of(ti, '{step}')['{part}'] }}}}"}}


def job(task_id: str, seconds: int) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "retries": 2,
        "aws_conn_id": CONNECTION,
        "region_name": REGION,
        "wait_for_completion": True,
        "deferrable": True,
        "check_interval": INTERVAL,
        "max_attempts": seconds // INTERVAL + LOOKS,
    }


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
