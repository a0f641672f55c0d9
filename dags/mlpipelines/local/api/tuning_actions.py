"""The API's actions on tuning jobs."""

from __future__ import annotations

import json
from typing import Any

from mlpipelines.local.api.actions import json_text
from mlpipelines.local.api.job_actions import JobActions
from mlpipelines.local.tuning.create import create_tuning_job

KIND = "HyperParameterTuning"
_FINAL = "FinalHyperParameterTuningJobObjectiveMetric"
_COLUMNS = {"Name": "TrainingJobName", "CreationTime": "CreationTime", "Status": "TrainingJobStatus"}


class TuningActions(JobActions):
    """Mixin: tuning jobs."""

    def create_hyper_parameter_tuning_job(self) -> Any:
        arn = self._arn("hyper-parameter-tuning-job", self.request["HyperParameterTuningJobName"])
        create_tuning_job(self.engine, self._scope, self.region, arn, self.request)
        return json_text({"HyperParameterTuningJobArn": arn})

    def describe_hyper_parameter_tuning_job(self) -> Any:
        return self._describe_job(KIND)

    def stop_hyper_parameter_tuning_job(self) -> Any:
        return self._stop_job(KIND)

    def delete_hyper_parameter_tuning_job(self) -> Any:
        self.engine.remove_tuning_job(self._scope, self.request["HyperParameterTuningJobName"])
        return ""

    def list_hyper_parameter_tuning_jobs(self) -> Any:
        self.request = {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 10, **self.request}
        config = f"{KIND}JobConfig"
        listing = json.loads(self._list_jobs(KIND, (config, "TrainingJobStatusCounters", "ObjectiveStatusCounters")))
        for row in listing[f"{KIND}JobSummaries"]:
            row |= {member: row[config][member] for member in ("Strategy", "ResourceLimits")}
            del row[config]
        return json_text(listing)

    def list_training_jobs_for_hyper_parameter_tuning_job(self) -> Any:
        request = self.request
        job: Any = self.engine.job(self._scope, KIND, request["HyperParameterTuningJobName"])
        rows = job.summaries()
        rows = [row for row in rows if request.get("StatusEquals") in (None, row["TrainingJobStatus"])]
        if request.get("SortBy") == "FinalObjectiveMetricValue":
            rows = [row for row in rows if _FINAL in row]
            rows.sort(key=lambda row: row[_FINAL]["Value"])
        else:
            rows.sort(key=lambda row: row[_COLUMNS[request.get("SortBy", "Name")]])
        if request.get("SortOrder") == "Descending":
            rows.reverse()
        start, size = int(request.get("NextToken", 0)), request.get("MaxResults", 10)
        more = {"NextToken": str(start + size)} if len(rows) > start + size else {}
        return json_text({"TrainingJobSummaries": rows[start : start + size], **more})
