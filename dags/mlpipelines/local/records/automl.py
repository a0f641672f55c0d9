"""AutoML jobs are refused in clear words, and therefore nobody finds one; the journal has what was refused."""

from __future__ import annotations

from typing import Any

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.faults import NOT_SIMULATED, ApiError, InvalidRequest


class AutoMLActions(Actions):
    """Mixin: SageMaker's AutoML (Autopilot)."""

    def create_auto_ml_job(self) -> Any:
        return self._refuse_auto_ml("CreateAutoMLJob")

    def create_auto_ml_job_v2(self) -> Any:
        return self._refuse_auto_ml("CreateAutoMLJobV2")

    def describe_auto_ml_job(self) -> Any:
        return self._no_auto_ml_job()

    def describe_auto_ml_job_v2(self) -> Any:
        return self._no_auto_ml_job()

    def stop_auto_ml_job(self) -> Any:
        return self._no_auto_ml_job()

    def list_candidates_for_auto_ml_job(self) -> Any:
        return self._no_auto_ml_job()

    def list_auto_ml_jobs(self) -> Any:
        return json_text({"AutoMLJobSummaries": []})

    def _refuse_auto_ml(self, action: str) -> Any:
        raise InvalidRequest(
            f"{NOT_SIMULATED}: {action}. AWS would try many algorithms on its own instances; "
            "locally, train with an algorithm of your choice, or run this step against AWS."
        )

    def _no_auto_ml_job(self) -> Any:
        arn = self._arn("automl-job", self.request["AutoMLJobName"])
        raise ApiError("ResourceNotFound", f"Could not find AutoML job '{arn}'. {NOT_SIMULATED}: AutoML jobs.")
