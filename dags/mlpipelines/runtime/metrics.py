"""Labels and predictions -> the usual measures of a classifier or a regression, and those of each class."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlpipelines.errors import StepError, did_you_mean
from mlpipelines.runtime.decisions import Decided
from mlpipelines.runtime.scores import ClassScores, NoScores

DECISIVE = ("accuracy", "balanced_accuracy", "precision", "recall", "f1")
SCORED = ("roc_auc", "pr_auc", "log_loss")
CLASSIFICATION = DECISIVE + SCORED
REGRESSION = ("rmse", "mae", "mse", "r2", "mape", "median_absolute_error")


def wanted_metrics(task: str, names: Sequence[str] | None) -> list[str]:
    """The names asked for, or all of the task; a name that the task does not know is a mistake."""
    known = CLASSIFICATION if task == "classification" else REGRESSION
    for name in names or ():
        if name not in known:
            hint = did_you_mean(name, CLASSIFICATION + REGRESSION) if name not in CLASSIFICATION + REGRESSION else ""
            hint = hint or f"there are {', '.join(known)}"
            raise StepError(f"`metrics` names {name!r}, which {task} does not have; {hint}")
    return list(names or known)


def task_of(names: Sequence[str]) -> str | None:
    """The task that has all these metrics; None when there are none, or one is unknown or of the other task."""
    tasks = {"classification": CLASSIFICATION, "regression": REGRESSION}
    return next((task for task, known in tasks.items() if names and set(names) <= set(known)), None)


def class_table(found: Decided) -> dict[str, dict[str, float]]:
    """{class: its precision, recall, f1 and support (rows that are of it)}; a measure of nothing is 0."""
    import numpy as np

    count = len(found.classes)
    right = np.bincount(found.truth[found.truth == found.decided], minlength=count)
    support, said = np.bincount(found.truth, minlength=count), np.bincount(found.decided, minlength=count)
    table = {}
    for at, name in enumerate(found.classes):
        hits, rows, times = int(right[at]), int(support[at]), int(said[at])
        table[name] = {
            "precision": hits / times if times else 0.0,
            "recall": hits / rows if rows else 0.0,
            "f1": 2 * hits / (rows + times) if rows + times else 0.0,
            "support": rows,
        }
    return table


def decisive_metrics(
    table: Mapping[str, Mapping[str, float]], rows: int, names: Sequence[str], average: str | None, positive: str | None
) -> dict[str, float]:
    """accuracy, balanced accuracy, and precision, recall, f1 over the classes of a `class_table`."""
    held = {name: row for name, row in table.items() if row["support"]}
    average = average or ("binary" if len(table) <= 2 else "macro")
    chosen = _positive(list(table), positive) if average == "binary" else None

    def mean(measure: str) -> float:
        if chosen is not None:
            return table[chosen][measure]
        if average == "weighted":
            return math.fsum(row[measure] * row["support"] for row in table.values()) / rows
        return math.fsum(row[measure] for row in table.values()) / len(table)

    scores: Mapping[str, Callable[[], float]] = {
        "accuracy": lambda: round(math.fsum(row["recall"] * row["support"] for row in table.values())) / rows,
        "balanced_accuracy": lambda: math.fsum(row["recall"] for row in held.values()) / len(held),
        "precision": lambda: mean("precision"),
        "recall": lambda: mean("recall"),
        "f1": lambda: mean("f1"),
    }
    return {name: scores[name]() for name in names}


def scored_metrics(
    scores: Callable[[], ClassScores], names: Sequence[str], weighted: bool
) -> tuple[dict[str, float], dict[str, str]]:
    """({metric: value}, {metric: why it cannot be computed})."""
    measures: Mapping[str, Callable[[], float]] = {
        "roc_auc": lambda: scores().mean("roc_auc", weighted),
        "pr_auc": lambda: scores().mean("pr_auc", weighted),
        "log_loss": lambda: scores().log_loss(),
    }
    values, missing = {}, {}
    for name in names:
        try:
            values[name] = measures[name]()
        except NoScores as error:
            missing[name] = str(error)
    return values, missing


def regression_metrics(labels: Any, predictions: Any, names: Sequence[str]) -> tuple[dict[str, float], dict[str, str]]:
    """({metric: value}, {metric: why it cannot be computed}) of two rows of numbers."""
    import numpy as np

    with np.errstate(all="ignore"):  # what is too large for a float is no result
        error = np.abs(labels - predictions)
        mse = float((error**2).mean())
        scores: Mapping[str, Callable[[], float]] = {
            "mse": lambda: mse,
            "rmse": lambda: math.sqrt(mse),
            "mae": lambda: float(error.mean()),
            "r2": lambda: _r2(labels, mse),
            "mape": lambda: float((error / np.abs(labels)).mean()),
            "median_absolute_error": lambda: float(np.median(error)),
        }
        found = {name: scores[name]() for name in names}
    missing = {name: "the numbers are too large for it" for name, value in found.items() if not math.isfinite(value)}
    if len(labels) < 2:
        missing["r2"] = "it is not defined for a single row"
    if (labels == 0).any():
        missing["mape"] = "a label is 0, and an error cannot be a percentage of nothing"
    left_out = {name: missing[name] for name in names if name in missing}
    return {name: value for name, value in found.items() if name not in missing}, left_out


def confusion_matrix(found: Decided) -> Any:
    """Rows are labels, columns are decisions, both in the order of the classes."""
    import numpy as np

    count = len(found.classes)
    return np.bincount(found.truth * count + found.decided, minlength=count * count).reshape(count, count)


def _r2(labels: Any, mse: float) -> float:
    """Of labels that are all equal: 1 when they are met, else 0."""
    variance = float(labels.var())
    return 1 - mse / variance if variance else float(mse == 0)


def _positive(classes: Sequence[str], positive: str | None) -> str:
    if len(classes) > 2:
        raise StepError(f"`average: binary` needs two classes, and there are {len(classes)}; use macro or weighted")
    if positive is not None and positive not in classes:
        raise StepError(f"`positive` is {positive!r}, and the classes are {', '.join(classes)}")
    return positive if positive is not None else classes[-1]
