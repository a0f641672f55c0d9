"""The operators of SageMaker's jobs: the amazon provider's, with the life cycle of lifecycle.py and results for XCom.

Their members get the types that AWS wants, roles may be names, and `Stopped` is a failure, whichever way they wait.
The provider casts three of the 26 typed members of a training request, and takes a stopped job for a success.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerProcessingOperator,
    SageMakerTrainingOperator,
    SageMakerTransformOperator,
    SageMakerTuningOperator,
)

from mlpipelines.runtime import aws_errors, job_kinds
from mlpipelines.runtime.endpoint_operator import EndpointOperator
from mlpipelines.runtime.lifecycle import JobOperator
from mlpipelines.runtime.links import JOBS_LINKS
from mlpipelines.runtime.output_files import read_output_files
from mlpipelines.runtime.pipeline_operators import PipelineOperator, StopPipelineOperator
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.uploads import CodeOperator

__all__ = [
    "AutoMLOperator",
    "EndpointOperator",
    "PipelineOperator",
    "ProcessingOperator",
    "StopPipelineOperator",
    "TrainingOperator",
    "TransformOperator",
    "TuningOperator",
]


class TrainingOperator(CodeOperator, SageMakerTrainingOperator):
    """Gives {"Training": DescribeTrainingJob and "Metrics", {name: last value}}; `print_log` shows the job's log."""

    kind = job_kinds.TRAINING

    def result(self, description: dict[str, Any]) -> dict[str, Any]:
        told = plain_data(description)
        told["Metrics"] = {item["MetricName"]: item["Value"] for item in told.get("FinalMetricDataList", ())}
        self.serialized_training_data = told
        return {"Training": told}

    def show_progress(self, description: dict[str, Any]) -> None:
        if self.print_log and self.wait_for_completion and description:
            self._positions = getattr(self, "_positions", {})
            self.hook.show_log(description, self._positions)


class TransformOperator(JobOperator, SageMakerTransformOperator):  # type: ignore[misc]
    """Gives {"Model": DescribeModel, "Transform": DescribeTransformJob}; its `config` is the plain request."""

    kind = job_kinds.TRANSFORM

    def result(self, description: dict[str, Any]) -> dict[str, Any]:
        self.serialized_transform = plain_data(description)
        self.serialized_model = plain_data(self.hook.describe_model(description["ModelName"]))
        return {"Model": self.serialized_model, "Transform": self.serialized_transform}


class ProcessingOperator(CodeOperator, SageMakerProcessingOperator):
    """Gives {"Processing": DescribeProcessingJob, "OutputFiles": {name: what the JSON file holds}}.

    :param output_files: {name: {"output": a name in ProcessingOutputConfig, "file": the JSON file's name in it}}
    """

    kind = job_kinds.PROCESSING
    template_fields: Sequence[str] = (*CodeOperator.template_fields, "output_files")

    def __init__(
        self, *, config: dict[str, Any], output_files: dict[str, dict[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(config=config, **kwargs)
        self.output_files = output_files

    def result(self, description: dict[str, Any]) -> dict[str, Any]:
        self.serialized_job = plain_data(description)
        files = self.output_files if self.wait_for_completion else None
        read = read_output_files(self.hook.s3_hook, description, files or {})
        return {"Processing": self.serialized_job} | ({"OutputFiles": read} if files else {})


class TuningOperator(CodeOperator, SageMakerTuningOperator):
    """Gives {"Tuning": DescribeHyperParameterTuningJob, "BestTrainingJob": DescribeTrainingJob of the best}."""

    kind = job_kinds.TUNING

    def _status_and_reason(self, context: Any, event: dict[str, Any] | None) -> tuple[str, str]:
        """AWS says of a tuning job only that its trials failed; why they did is with the trials."""
        status, reason = super()._status_and_reason(context, event)
        return status, f"{reason} {self._trials_reason()}".strip() if status == "failed" else reason

    def _trials_reason(self) -> str:
        request = {self.kind.key: self.job_name, "StatusEquals": "Failed", "MaxResults": 1}
        try:
            trials = self.hook.call("ListTrainingJobsForHyperParameterTuningJob", **request)["TrainingJobSummaries"]
        except Exception as error:  # it is only for the words
            self.log.warning("The trials of %s cannot be listed: %s", self.job_name, aws_errors.text(error))
            return ""
        return f"One of them: {trials[0].get('FailureReason')}" if trials else ""

    def result(self, description: dict[str, Any]) -> dict[str, Any]:
        result = super().result(description)
        best = description.get("BestTrainingJob", {}).get("TrainingJobName")
        if best and self.wait_for_completion:
            result["BestTrainingJob"] = plain_data(self.hook.describe_training_job(best))
        return result


class AutoMLOperator(JobOperator):
    """Gives {"AutoML": DescribeAutoMLJob}; its `config` is a CreateAutoMLJob request."""

    kind = job_kinds.AUTOML
    operator_extra_links = JOBS_LINKS
