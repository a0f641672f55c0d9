"""The amazon provider's SageMaker operators, each with a mixin that adds what it lacks.

- The members of a rendered request get the types that AWS wants: the provider casts three of the 26 typed members of a
  training request, and fewer of others.
- A role's name is looked up in the task's region; the provider looks for one in the connection alone.
- The hook is ours (hook.py).
"""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerModelOperator,
    SageMakerTrainingOperator,
    SageMakerTransformOperator,
)

from mlpipelines.runtime.casting import cast_request
from mlpipelines.runtime.hook import JobHook


class SageMakerRequest:
    """Mixin of the operators whose `config` is one AWS request."""

    action: ClassVar[str]
    config: dict[str, Any]
    aws_conn_id: str | None
    region_name: str | None
    verify: bool | str | None

    def preprocess_config(self) -> None:
        self.config = cast_request(self.action, self.config)
        super().preprocess_config()  # type: ignore[misc]

    def expand_role(self) -> None:
        """Replace a role's name by its ARN."""
        for member in ("RoleArn", "ExecutionRoleArn"):
            if member in self.config:
                iam = AwsBaseHook(
                    aws_conn_id=self.aws_conn_id, region_name=self.region_name, verify=self.verify, client_type="iam"
                )
                self.config[member] = iam.expand_role(self.config[member], region_name=self.region_name)


class TrainingOperator(SageMakerRequest, SageMakerTrainingOperator):
    """SageMakerTrainingOperator with a typed request."""

    action, aws_hook_class = "CreateTrainingJob", JobHook


class ModelOperator(SageMakerRequest, SageMakerModelOperator):
    """SageMakerModelOperator with a typed request."""

    action, aws_hook_class = "CreateModel", JobHook


class TransformOperator(SageMakerRequest, SageMakerTransformOperator):
    """SageMakerTransformOperator with a typed request; its `config` is the plain transform request."""

    action, aws_hook_class = "CreateTransformJob", JobHook
