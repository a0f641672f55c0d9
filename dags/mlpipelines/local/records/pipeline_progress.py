"""How far a pipeline's execution is by now.

How it goes is known when it starts; for some time it is shown as going on, so that it can be observed and stopped.
"""

from __future__ import annotations

import time

from mlpipelines.local.records.records import Record

RUN = "pipeline execution"
#: Seconds that a step takes (AWS: about one), that an execution takes at least, and that it takes to stop one.
STEP, SHORTEST, STOPPING = 0.4, 0.8, 0.4


def status_of(run: Record) -> str:
    now = time.time()
    if "Stopped" in run:
        return "Stopping" if now < run["Stopped"] + STOPPING else "Stopped"
    if now < run["Until"]:
        return "Executing"
    return "Failed" if run["Reason"] else "Succeeded"


def changed_at(run: Record) -> float:
    """When its status changed last."""
    ended = run["Stopped"] + STOPPING if "Stopped" in run else run["Until"]
    return float(max(run["LastModifiedTime"], ended if time.time() >= ended else run.get("Stopped", 0)))


def steps_of(run: Record) -> list[Record]:
    """The steps that have begun by now, each in its state; each takes an equal part of the execution."""
    begun = run["CreationTime"]
    share = (run["Until"] - begun) / max(1, len(run["Steps"]))
    now = min(time.time(), run.get("Stopped", float("inf")))
    rows = []
    for number, step in enumerate(run["Steps"]):
        start, end = begun + number * share, begun + (number + 1) * share
        if start > now:
            break
        row = {"StepName": step["StepName"], "AttemptCount": 1, "StartTime": start, "CreationTime": start}
        if end <= now:
            status = "Failed" if "FailureReason" in step else "Succeeded"
            row = {**step, **row, "EndTime": end, "StepStatus": status}
        else:
            row["StepStatus"] = status_of(run)
        rows.append(row)
    return rows
