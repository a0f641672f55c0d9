"""Jobs of an earlier server, as their records tell them; one that had not ended then has failed."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.faults import InvalidRequest
from mlpipelines.local.records.records import Record

JOB = "job"
LOST = "InternalServerError: The local SageMaker ended while this job was running. Start it again under another name."
_ENDED = ("Completed", "Failed", "Stopped", "Deleting", "DeleteFailed")


class PastJob:
    """Answers like a Job or a TuningJob that has ended."""

    def __init__(self, record: Record) -> None:
        self.kind, self.name, self.arn = str(record["kind"]), str(record["name"]), str(record["arn"])
        self.request: dict[str, Any] = record["request"]
        self._description: dict[str, Any] = record["description"]
        self._summaries: list[dict[str, Any]] = record.get("summaries", [])
        if self.status not in _ENDED:
            self._fail()

    @property
    def status(self) -> str:
        return str(self._description[f"{self.kind}JobStatus"])

    def describe(self) -> dict[str, Any]:
        return copy.deepcopy({**self._description, **self.request})

    def summaries(self) -> list[dict[str, Any]]:
        """The training jobs of a tuning job."""
        return copy.deepcopy(self._summaries)

    def stop(self) -> None:
        raise InvalidRequest(
            f"The request was rejected because the {self.kind.lower()} job is in status {self.status}."
        )

    def end(self) -> None:
        """It has ended."""

    def wait(self, seconds: float) -> bool:
        return True

    def _fail(self) -> None:
        now = time.time()
        self._description |= {
            f"{self.kind}JobStatus": "Failed",
            "FailureReason": LOST,
            f"{self.kind}EndTime": now,
            "LastModifiedTime": now,
        }
        if "SecondaryStatus" in self._description:
            self._description["SecondaryStatus"] = "Failed"
        for row in self._summaries:
            if row["TrainingJobStatus"] not in _ENDED:
                row["TrainingJobStatus"] = "Failed"
        counters = self._description.get("TrainingJobStatusCounters")
        if counters:
            counters["NonRetryableError"] += counters["InProgress"]
            counters["InProgress"] = 0


def job_record(job: Any) -> Record:
    """What a PastJob is made of."""
    description: Mapping[str, Any] = job.describe()
    trials = {"summaries": job.summaries()} if hasattr(job, "summaries") else {}
    known = {"kind": job.kind, "name": job.name, "arn": job.arn, "request": dict(job.request)}
    return {**known, "description": description, "CreationTime": description["CreationTime"], **trials}
