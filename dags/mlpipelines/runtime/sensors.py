"""Sensors of all kinds of jobs: they wait for one that was started elsewhere, and give what its own operator would.

The provider has a sensor for each kind. They take `Stopped` for a success, need FailureReason to tell a failure, and
give nothing to the steps behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.hooks.sagemaker_unified_studio_notebook import NOTEBOOK_OUTPUT_KEY_PREFIX
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.sensors.sagemaker_unified_studio import SageMakerNotebookSensor
from airflow.providers.amazon.aws.sensors.sagemaker_unified_studio_notebook import SageMakerUnifiedStudioNotebookSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import BaseSensorOperator, PokeReturnValue

from mlpipelines.runtime import aws_errors, job_kinds
from mlpipelines.runtime.hook import JobHook
from mlpipelines.runtime.job_kinds import JobKind
from mlpipelines.runtime.links import JOB_LINKS, JOBS_LINKS, STUDIO_LINKS, show, show_resource
from mlpipelines.runtime.plain_data import plain_data

KINDS: Mapping[str, JobKind] = {
    "training": job_kinds.TRAINING,
    "processing": job_kinds.PROCESSING,
    "transform": job_kinds.TRANSFORM,
    "tuning": job_kinds.TUNING,
    "automl": job_kinds.AUTOML,
    "pipeline": job_kinds.PIPELINE,
    "endpoint": job_kinds.ENDPOINT,
}


class JobSensor(AwsBaseSensor[JobHook]):
    """Gives {"name": the job, and under the kind's name its description}.

    :param kind: one of KINDS
    :param job: its name; the ARN of a pipeline execution
    """

    aws_hook_class = JobHook
    template_fields: Sequence[str] = aws_template_fields("job")
    ui_color = "#ededed"

    def __init__(self, *, kind: str, job: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind, self.job = kind, job
        self.operator_extra_links = JOBS_LINKS if kind in ("automl", "pipeline") else JOB_LINKS

    def poke(self, context: Any) -> PokeReturnValue:
        kind = KINDS[self.kind]
        show_resource(self, context, kind.resource, self.job)
        try:
            description = self.hook.call(kind.describe, **{kind.key: self.job})
        except Exception as error:
            if aws_errors.is_passing(error):
                self.log.warning("AWS did not answer, looking again: %s", aws_errors.text(error))
                return PokeReturnValue(is_done=False)
            if aws_errors.is_unknown(error):
                raise AirflowException(f"There is no {kind.noun} {self.job} ({aws_errors.text(error)})") from error
            raise
        state = kind.state(description)
        self.log.info("The %s %s is %s", kind.noun, self.job, description.get(kind.status))
        if state in ("failed", "stopped"):
            reason = kind.reason(description) or "AWS gives no reason"
            raise AirflowException(f"{self.job} {'failed' if state == 'failed' else 'was stopped'}: {reason}")
        done = state == "done"
        return PokeReturnValue(is_done=done, xcom_value=self._result(kind, description) if done else None)

    def _result(self, kind: JobKind, description: dict[str, Any]) -> dict[str, Any]:
        told = plain_data(description)
        result = {"name": self.job, kind.result: told}
        if kind is job_kinds.TRAINING:
            told["Metrics"] = {item["MetricName"]: item["Value"] for item in description.get("FinalMetricDataList", ())}
        best = description.get("BestTrainingJob", {}).get("TrainingJobName") if kind is job_kinds.TUNING else None
        if best:
            result["BestTrainingJob"] = plain_data(self.hook.describe_training_job(best))
        return result


class NotebookRunSensor(SageMakerUnifiedStudioNotebookSensor):
    """Gives {"name": the run, "notebook_run_id": the same, "NOTEBOOK_OUTPUT.<name>": what the notebook gave}."""

    operator_extra_links = STUDIO_LINKS

    def poke(self, context: Any) -> PokeReturnValue:  # type: ignore[override]
        show(self, context, lambda: self.hook.conn, lambda console: {"studio": console.studio()})
        if not super().poke(context):
            return PokeReturnValue(is_done=False)
        outputs = self.hook.get_notebook_outputs(
            notebook_identifier=self.notebook_identifier,
            notebook_run_id=self.notebook_run_id,
            domain_identifier=self.domain_identifier,
            owning_project_identifier=self.owning_project_identifier,
        )
        told = {f"{NOTEBOOK_OUTPUT_KEY_PREFIX}.{name}": value for name, value in (outputs or {}).items()}
        run = self.notebook_run_id
        return PokeReturnValue(is_done=True, xcom_value={"name": run, "notebook_run_id": run, **told})

    def execute(self, context: Any) -> Any:
        return AwsBaseSensor.execute(self, context)  # the provider's gives nothing back


class NotebookJobSensor(SageMakerNotebookSensor):
    """Gives {"name": the run, "execution_id": the same}; the provider's renders no templates and gives nothing."""

    template_fields: Sequence[str] = ("execution_id",)

    def poke(self, context: Any = None) -> PokeReturnValue:
        done = super().poke(context)  # type: ignore[no-untyped-call]
        return PokeReturnValue(
            is_done=bool(done), xcom_value={"name": self.execution_id, "execution_id": self.execution_id}
        )

    def execute(self, context: Any) -> Any:
        return BaseSensorOperator.execute(self, context)
