"""The amazon provider's SageMaker operators, each with a mixin that adds what it lacks.

- The members of a rendered request get the types that AWS wants: the provider casts three of the 26 typed members of a
  training request, and fewer of others.
- A role's name is looked up in the task's region; the provider looks for one in the connection alone.
- A deferred job that fails says so in AWS's words; the provider prints the trigger's event, a Python mapping.
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
from airflow.providers.common.compat.sdk import AirflowException

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

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> Any:
        """The job's result; or its failure in AWS's own words instead of the trigger's event."""
        if event and event.get("status") in ("failed", "stopped", "timeout"):
            raise AirflowException(f"{event['job_name']} {self._reason(event)}")
        return super().execute_complete(context, event)  # type: ignore[misc]

    def _reason(self, event: dict[str, Any]) -> str:
        if event["status"] == "timeout":
            return "takes longer than the task waits for it; it may still run"
        if event["status"] == "stopped":
            return f"was stopped: {self.why_stopped(event['job_name']) or 'by somebody, or by its limits'}"
        return f"failed: {event.get('message') or 'AWS gives no reason'}"

    def why_stopped(self, job_name: str) -> str:
        return ""


class TrainingOperator(SageMakerRequest, SageMakerTrainingOperator):
    """SageMakerTrainingOperator with a typed request."""

    action, aws_hook_class = "CreateTrainingJob", JobHook

    def why_stopped(self, job_name: str) -> str:
        hook: Any = self.hook
        job = hook.describe_training_job(job_name)
        limit = job.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        over = job.get("SecondaryStatus") == "MaxRuntimeExceeded"
        return f"it ran longer than its max_runtime of {limit} s" if over else ""


class ModelOperator(SageMakerRequest, SageMakerModelOperator):
    """SageMakerModelOperator with a typed request."""

    action, aws_hook_class = "CreateModel", JobHook


class TransformOperator(SageMakerRequest, SageMakerTransformOperator):
    """SageMakerTransformOperator with a typed request; its `config` is the plain transform request."""

    action, aws_hook_class = "CreateTransformJob", JobHook
