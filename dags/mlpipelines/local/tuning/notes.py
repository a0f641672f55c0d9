"""What of a tuning request the local SageMaker does differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Request = Mapping[str, Any]


def tuning_notes(request: Request) -> Iterator[str]:
    """For the log of every trial: a tuning job has none of its own."""
    config = request["HyperParameterTuningJobConfig"]
    if config["Strategy"] == "Bayesian":
        yield "Bayesian search by scikit-learn's Gaussian process and expected improvement"
    if config["Strategy"] == "Hyperband":
        yield "Hyperband is asynchronous successive halving; a resource is one logged value of the objective"
    criteria = config.get("TuningJobCompletionCriteria") or {}
    if (criteria.get("ConvergenceDetected") or {}).get("CompleteOnConvergence") == "Enabled":
        yield "ConvergenceDetected has no effect"
    if (request.get("Autotune") or {}).get("Mode") == "Enabled":
        yield "Autotune only gives AutoParameters their ranges: from a quarter to four times ValueHint"
