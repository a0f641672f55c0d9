"""The amazon provider's SageMaker hook without its sharp edges; the operators use it in place of the provider's.

- Throttles, errors inside AWS and broken connections are retried with back-off and more often than botocore does by
  itself, by the inner hooks and in the triggerer too. A connection's own settings come first.
- Its inner hooks (S3, CloudWatch Logs) work in the task's region; the provider's look for one in the connection alone.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.hooks.sagemaker import LogState, SageMakerHook

from mlpipelines.runtime.retries import RetryingHook


class IamHook(RetryingHook, AwsBaseHook):
    """AwsBaseHook that waits out throttles."""


class FileHook(RetryingHook, S3Hook):
    """S3Hook that waits out throttles, and whose uploads may be repeated."""

    def load_file(self, filename: Any, key: str, bucket_name: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().load_file(filename, key, bucket_name, *args, **{"replace": True, **kwargs} if not args else kwargs)


class JobHook(RetryingHook, SageMakerHook):
    """SageMakerHook as SageMaker's users expect it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        self.s3_hook = FileHook(**self.place)
        self.logs_hook = AwsLogsHook(**self.place)  # without more patience: showing a log must not hold up looking

    @property
    def place(self) -> dict[str, Any]:
        """The arguments with which another hook works where this one does."""
        return {
            "aws_conn_id": self.aws_conn_id,
            "region_name": self._region_name,
            "verify": self._verify,
            "config": self._config,
        }

    def role_arn(self, role: str) -> str:
        """The ARN of a role's name; an ARN as it is."""
        iam = IamHook(client_type="iam", **self.place)
        return str(iam.expand_role(role, region_name=self._region_name))

    def call(self, action: str, **request: Any) -> dict[str, Any]:
        """One action of the SageMaker API, by its own name: `CreateTrainingJob`."""
        from botocore import xform_name

        answer: dict[str, Any] = getattr(self.conn, xform_name(action))(**request)
        return answer

    def show_log(self, description: dict[str, Any], positions: dict[str, Any]) -> None:
        """Print what a training job has logged since the last time; `positions` is changed, and empty at first."""
        groups = description.get("ResourceConfig", {}).get("InstanceGroups") or [description.get("ResourceConfig", {})]
        count = sum(group.get("InstanceCount", 1) for group in groups)
        name = description["TrainingJobName"]
        try:
            super().describe_training_job_with_log(name, positions, [], count, LogState.COMPLETE, description, 0)
        except Exception as error:  # a log that cannot be read is no failure of the job
            self.log.warning("The log of %s cannot be read: %s", name, error)
