"""Labels and predictions -> the usual measures of a classifier or a regression, computed by scikit-learn."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlpipelines.errors import StepError, did_you_mean

CLASSIFICATION = ("accuracy", "balanced_accuracy", "precision", "recall", "f1")
REGRESSION = ("rmse", "mae", "mse", "r2")


def wanted_metrics(task: str, names: Sequence[str] | None) -> list[str]:
    """The names asked for, or all usual ones; a name that the task does not know is a mistake."""
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


def classification_metrics(
    labels: Sequence[str], predictions: Sequence[str], names: Sequence[str], average: str | None, positive: str | None
) -> dict[str, float]:
    from sklearn import metrics

    classes = sorted_classes({*labels, *predictions})
    average = average or ("binary" if len(classes) <= 2 else "macro")
    options: dict[str, Any] = {"average": average, "zero_division": 0.0}
    if average == "binary":
        options["pos_label"] = _positive(classes, positive)
    scores: Mapping[str, Callable[[], float]] = {
        "accuracy": lambda: metrics.accuracy_score(labels, predictions),
        "balanced_accuracy": lambda: metrics.balanced_accuracy_score(labels, predictions),
        "precision": lambda: metrics.precision_score(labels, predictions, **options),
        "recall": lambda: metrics.recall_score(labels, predictions, **options),
        "f1": lambda: metrics.f1_score(labels, predictions, **options),
    }
    with warnings.catch_warnings():
        # A class that only one side has is an ordinary result here; the numbers say it.
        warnings.simplefilter("ignore")
        return {name: float(scores[name]()) for name in names}


def regression_metrics(labels: Sequence[float], predictions: Sequence[float], names: Sequence[str]) -> dict[str, float]:
    from sklearn import metrics

    mse = float(metrics.mean_squared_error(labels, predictions))
    scores: Mapping[str, Callable[[], float]] = {
        "mse": lambda: mse,
        "rmse": lambda: math.sqrt(mse),
        "mae": lambda: metrics.mean_absolute_error(labels, predictions),
        "r2": lambda: metrics.r2_score(labels, predictions),
    }
    # r2 of one row is not defined.
    return {name: float(scores[name]()) for name in names if name != "r2" or len(labels) > 1}


def confusion(labels: Sequence[str], predictions: Sequence[str]) -> dict[str, Any]:
    """Rows are labels, columns are predictions, both in the order of `classes`."""
    from sklearn.metrics import confusion_matrix

    classes = sorted_classes({*labels, *predictions})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {"classes": classes, "matrix": confusion_matrix(labels, predictions, labels=classes).tolist()}


def sorted_classes(classes: set[str]) -> list[str]:
    """Numbers by size, texts by alphabet."""
    try:
        return sorted(classes, key=float)
    except ValueError:
        return sorted(classes)


def _positive(classes: Sequence[str], positive: str | None) -> str:
    if len(classes) > 2:
        raise StepError(f"`average: binary` needs two classes, and there are {len(classes)}; use macro or weighted")
    if positive is not None and positive not in classes:
        raise StepError(f"`positive` is {positive!r}, and the classes are {', '.join(classes)}")
    return positive if positive is not None else classes[-1]
