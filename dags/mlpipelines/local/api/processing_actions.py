"""Requests about processing jobs answered."""

from __future__ import annotations

from typing import Any

from mlpipelines.local.api.actions import json_text
from mlpipelines.local.api.job_actions import JobActions


class ProcessingActions(JobActions):
    def create_processing_job(self) -> Any:
        arn = self._arn("processing-job", self.request["ProcessingJobName"])
        self.engine.create_processing_job(self._scope, self.region, arn, self.request)
        return json_text({"ProcessingJobArn": arn})

    def describe_processing_job(self) -> Any:
        return self._describe_job("Processing")

    def stop_processing_job(self) -> Any:
        return self._stop_job("Processing")

    def list_processing_jobs(self) -> Any:
        return self._list_jobs("Processing", ("FailureReason", "ExitMessage"))
