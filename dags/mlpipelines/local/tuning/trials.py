"""The training jobs of a tuning job: what each tried, how it turned out, and the counts and the best of all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlpipelines.local.jobs.training import TrainingJob
from mlpipelines.local.tuning.definitions import Definition
from mlpipelines.local.tuning.search import Observation
from mlpipelines.local.tuning.space import Values

_TIMES = ("CreationTime", "TrainingStartTime", "TrainingEndTime")
#: What a better objective value must gain at least to count as an improvement, as AWS counts it.
IMPROVEMENT = 0.01


@dataclass
class Trial:
    job: TrainingJob
    definition: Definition
    values: Values

    @property
    def running(self) -> bool:
        return self.job.status in ("InProgress", "Stopping")

    @property
    def losses(self) -> list[float]:
        """Every value of the objective that the job has logged so far; less is better."""
        logged = self.job.metrics.history.get(self.definition.objective["MetricName"], [])
        return [value * self.definition.sign for value in list(logged)]

    @property
    def loss(self) -> float | None:
        """The final one, when the trial has ended and it is a number."""
        if self.running or self.job.status == "Failed":
            return None
        final = self.losses[-1:]
        return final[0] if final and math.isfinite(final[0]) else None

    @property
    def objective_status(self) -> str:
        if self.running:
            return "Pending"
        return "Failed" if self.loss is None else "Succeeded"

    def observation(self) -> Observation:
        return Observation(self.values, self.loss, self.objective_status == "Failed")

    def summary(self) -> dict[str, Any]:
        """HyperParameterTrainingJobSummary."""
        job, objective, loss = self.job.describe(), self.definition.objective, self.loss
        final = {"Type": objective["Type"], "MetricName": objective["MetricName"]}
        return {
            **({"TrainingJobDefinitionName": self.definition.name} if self.definition.name else {}),
            "TrainingJobName": job["TrainingJobName"],
            "TrainingJobArn": job["TrainingJobArn"],
            **{member: job[member] for member in _TIMES if member in job},
            "TrainingJobStatus": job["TrainingJobStatus"],
            "TunedHyperParameters": dict(self.values),
            **({"FailureReason": job["FailureReason"]} if "FailureReason" in job else {}),
            "ObjectiveStatus": self.objective_status,
            **(
                {"FinalHyperParameterTuningJobObjectiveMetric": {**final, "Value": loss * self.definition.sign}}
                if loss is not None
                else {}
            ),
        }


def best(trials: Sequence[Trial]) -> Trial | None:
    """Of the completed ones: a trial that was stopped has left no model."""
    done = [trial for trial in trials if trial.job.status == "Completed" and trial.loss is not None]
    return min(done, key=lambda trial: trial.loss if trial.loss is not None else math.inf, default=None)


def not_improving(trials: Sequence[Trial]) -> int:
    """How many of the last trials in a row have not made the objective at least one percent better."""
    count, least = 0, math.inf
    for loss in [trial.loss for trial in trials if trial.loss is not None]:
        gained = least - loss
        improved = gained > 0 and (math.isinf(least) or gained >= IMPROVEMENT * abs(least))
        count, least = (0 if improved else count + 1), min(least, loss)
    return count


def counters(trials: Sequence[Trial]) -> dict[str, Mapping[str, int]]:
    states = Counter(_state(trial) for trial in trials)
    objectives = Counter(trial.objective_status for trial in trials)
    names = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return {
        "TrainingJobStatusCounters": {name: states[name] for name in names},
        "ObjectiveStatusCounters": {name: objectives[name] for name in ("Succeeded", "Pending", "Failed")},
    }


def _state(trial: Trial) -> str:
    status = trial.job.status
    if status == "Failed":
        internal = trial.job.describe()["FailureReason"].startswith("InternalServerError")
        return "RetryableError" if internal else "NonRetryableError"
    return "InProgress" if trial.running else status
