"""The amazon provider's SageMaker hook without its sharp edges; the operators use it in place of the provider's.

- Its inner hooks (S3, CloudWatch Logs) work in the task's region; the provider's look for one in the connection alone.
- A job that was stopped has not succeeded: the provider's synchronous waiting knows only "Failed".
- A training job whose log is shown is looked at as often as asked for, and its last state is not a stale one: the
  provider looks every 30 seconds, and tells a failure without a new message as `KeyError: 'TrainingEndTime'`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook


class JobHook(SageMakerHook):
    """SageMakerHook as SageMaker's users expect it."""

    failed_states = {"Failed", "Stopped"}  # noqa: RUF012 - the provider's attribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        place: dict[str, Any] = {
            "aws_conn_id": self.aws_conn_id,
            "region_name": self._region_name,
            "verify": self._verify,
        }
        self.s3_hook = S3Hook(**place)
        self.logs_hook = AwsLogsHook(**place)

    def check_status(
        self, job_name: str, key: str, describe_function: Callable[[str], dict[str, Any]], *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        def describe(name: str) -> dict[str, Any]:
            description = describe_function(name)
            if description.get(key) in self.failed_states:  # the provider reads the reason, which may be missing
                description.setdefault("FailureReason", f"{name} is {description[key]}")
            return description

        result: dict[str, Any] = super().check_status(job_name, key, describe, *args, **kwargs)
        return result

    def describe_training_job_with_log(
        self,
        job_name: str,
        positions: Any,
        stream_names: Any,
        instance_count: int,
        state: int,
        last_description: dict[str, Any],
        last_describe_job_call: float,
    ) -> tuple[int, dict[str, Any], float]:
        state, _, when = super().describe_training_job_with_log(
            job_name, positions, stream_names, instance_count, state, last_description, float("-inf")
        )
        return state, self.describe_training_job(job_name), when
