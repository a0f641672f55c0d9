"""SageMaker Pipelines: made before they can be started, and deleted."""

from __future__ import annotations

import json
from typing import Any


def create(name: str, role: str, depth: int, connection: str, region: str) -> dict[str, Any]:
    """A pipeline of conditions inside each other, which takes its time and does nothing."""
    steps: list[dict[str, Any]] = []
    for number in range(depth):
        steps = [_condition(f"Condition{number}", steps)]
    definition = json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps})
    _client(connection, region).create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=role)
    return {"name": name}


def delete(name: str, connection: str, region: str) -> None:
    _client(connection, region).delete_pipeline(PipelineName=name)


def _condition(name: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    holds = {"Type": "LessThanOrEqualTo", "LeftValue": 3.0, "RightValue": 6.0}
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [holds], "IfSteps": steps, "ElseSteps": []}}


def _client(connection: str, region: str) -> Any:
    from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook

    return SageMakerHook(aws_conn_id=connection, region_name=region).get_conn()
