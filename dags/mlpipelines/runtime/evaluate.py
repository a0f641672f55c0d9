"""Predictions and labels on S3 -> a report on S3 and the metrics for XCom."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any, Literal

from mlpipelines.errors import StepError
from mlpipelines.runtime.metrics import (
    classification_metrics,
    confusion,
    regression_metrics,
    sorted_classes,
    task_of,
    wanted_metrics,
)
from mlpipelines.runtime.predictions import Prediction, as_number, read_predictions
from mlpipelines.runtime.storage import Storage, split_uri

log = logging.getLogger(__name__)

_FEW = 20
_SAMPLE = 5


def evaluate(
    *,
    predictions: str,
    labels: str,
    output: str,
    connection: str | None = None,
    region: str | None = None,
    kms_key: str | None = None,
    task: Literal["auto", "classification", "regression"] = "auto",
    metrics: Sequence[str] | None = None,
    average: Literal["macro", "weighted", "binary"] | None = None,
    threshold: float | None = None,
    positive: str | None = None,
    prediction_field: str | None = None,
) -> dict[str, Any]:
    """Join by line, measure, write `<output>/report.json`.

    `task: auto` is what `metrics` belong to; else it is classification when the labels are texts, or integers with at
    most 20 different values and fewer different values than rows, or when the predictions hold a score for each class;
    regression otherwise. With two classes `average` is binary, else macro; the positive class is the greater one unless
    `positive` names it. One score per row is compared with `threshold` (0.5).
    """
    storage = Storage(connection, region, kms_key)
    truth = _labels(labels, storage.read(labels))
    found = _predictions(storage, predictions, len(truth), prediction_field)
    if len(found) != len(truth):
        raise StepError(
            f"{len(found)} predictions in {predictions} and {len(truth)} labels in {labels}: they cannot be joined by "
            "line; give the labels of the very file that the transform job read"
        )
    if _task(task, truth, found, metrics or ()) == "classification":
        limit = None if threshold is None else float(threshold)
        report = _classification(truth, found, metrics, average, limit, positive)
    else:
        report = _regression(truth, found, metrics)
    uri = f"{output.rstrip('/')}/report.json"
    report |= {"predictions": predictions, "labels": labels}
    storage.upload_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", uri)
    log.info("%s of %d rows: %s", report["task"], report["rows"], report["metrics"])
    return {key: report[key] for key in ("task", "rows", "metrics", "sample")} | {"report": uri}


def _labels(uri: str, data: bytes) -> list[str]:
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise StepError(f"{uri}: the labels are not text; give a part's `<part>_labels`") from error
    values = [(number, line.strip().strip('"')) for number, line in enumerate(lines, 1) if line.strip()]
    for number, value in values:
        score = as_number(value)
        if "," in value:
            raise StepError(f"{uri}, line {number}: one label per line is expected; give a part's `<part>_labels`")
        if not value or (score is not None and not abs(score) < float("inf")):
            raise StepError(f"{uri}, line {number}: the label is {value!r}; correct the data, or drop such rows")
    if not values:
        raise StepError(f"{uri}: there are no labels, so there is nothing to evaluate")
    return [value for _, value in values]


def _predictions(storage: Storage, uri: str, rows: int, field: str | None) -> list[Prediction]:
    bucket, key = split_uri(uri, "predictions")
    keys = [key]
    if not key.endswith(".out"):
        prefix = f"s3://{bucket}/{key.rstrip('/')}/"
        keys = [found for found in storage.keys(prefix) if found.endswith(".out")]
        if not keys:
            raise StepError(
                f"{uri}: there are no predictions (objects ending in .out); did the transform job write here?"
            )
    found: list[Prediction] = []
    for each in keys:
        address = f"s3://{bucket}/{each}"
        found += read_predictions(address, storage.read(address), rows - len(found), field)
    if not found:
        raise StepError(f"{uri}: there are no predictions in it, so there is nothing to evaluate")
    return found


def _task(task: str, labels: Sequence[str], predictions: Sequence[Prediction], metrics: Sequence[str]) -> str:
    asked = task_of(metrics) if task == "auto" else task
    if asked is not None:
        return asked
    numbers = [as_number(label) for label in labels]
    different = len(set(labels))
    whole = all(number is not None and number.is_integer() for number in numbers)
    text = any(number is None for number in numbers)
    few = whole and different <= _FEW and different < len(labels)
    scored = all(len(entry.scores) > 1 for entry in predictions)
    chosen = "classification" if text or few or scored else "regression"
    log.info("The task is %s: %d rows, %d different labels", chosen, len(labels), different)
    return chosen


def _classification(
    labels: Sequence[str],
    predictions: Sequence[Prediction],
    metrics: Sequence[str] | None,
    average: str | None,
    threshold: float | None,
    positive: str | None,
) -> dict[str, Any]:
    names = wanted_metrics("classification", metrics)
    truth = [_class(label) for label in labels]
    positive = None if positive is None else _class(str(positive))
    decided = _decisions(truth, predictions, threshold, positive)
    return {
        "task": "classification",
        "rows": len(truth),
        "metrics": classification_metrics(truth, decided, names, average, positive),
        "confusion_matrix": confusion(truth, decided),
        "sample": _sample(truth, decided),
    }


def _decisions(
    truth: Sequence[str], predictions: Sequence[Prediction], threshold: float | None, positive: str | None
) -> list[str]:
    classes = sorted_classes(set(truth))
    if _are_scores(predictions, threshold):
        return _by_threshold(classes, predictions, 0.5 if threshold is None else threshold, positive)
    return [_class(entry.value) if entry.value is not None else _greatest(entry.scores) for entry in predictions]


def _are_scores(predictions: Sequence[Prediction], threshold: float | None) -> bool:
    """One number per row that is not the class itself."""
    if not all(len(entry.scores) == 1 for entry in predictions):
        return False
    undecided = all(entry.value is None for entry in predictions)
    numbers = all(entry.value is None or as_number(entry.value) == entry.scores[0] for entry in predictions)
    fractions = any(not entry.scores[0].is_integer() for entry in predictions)
    return threshold is not None or undecided or (numbers and fractions)


def _by_threshold(
    classes: Sequence[str], predictions: Sequence[Prediction], threshold: float, positive: str | None
) -> list[str]:
    if len(classes) == 1 and classes[0] in ("0", "1"):
        classes = ["0", "1"]
    if len(classes) != 2:
        raise StepError(
            f"the predictions are one score per row, and the labels have {len(classes)} classes; a score decides "
            "between two: let the model predict classes (or a score for each), or write `task: regression`"
        )
    yes = classes[-1] if positive is None else positive
    if yes not in classes:
        raise StepError(f"`positive` is {yes!r}, and the classes are {', '.join(classes)}")
    no = next(name for name in classes if name != yes)
    return [yes if entry.scores[0] >= threshold else no for entry in predictions]


def _greatest(scores: Sequence[float]) -> str:
    if not all(-1e-6 <= score <= 1 + 1e-6 for score in scores):
        raise StepError(
            f"a prediction has several values that are no probabilities ({', '.join(f'{s:g}' for s in scores[:5])}); "
            "keep only the prediction in the transform job's output"
        )
    return str(max(range(len(scores)), key=scores.__getitem__))


def _regression(
    labels: Sequence[str], predictions: Sequence[Prediction], metrics: Sequence[str] | None
) -> dict[str, Any]:
    names = wanted_metrics("regression", metrics)
    truth = [_as_number("label", label, row) for row, label in enumerate(labels, 1)]
    values = [_predicted_number(entry, row) for row, entry in enumerate(predictions, 1)]
    return {
        "task": "regression",
        "rows": len(truth),
        "metrics": regression_metrics(truth, values, names),
        "sample": _sample(truth, values),
    }


def _predicted_number(entry: Prediction, row: int) -> float:
    if len(entry.scores) == 1 and entry.value is None:
        return entry.scores[0]
    return _as_number("prediction", entry.value, row)


def _as_number(what: str, text: str | None, row: int) -> float:
    number = as_number(text or "")
    if number is None:
        raise StepError(f"the {what} of row {row} is no single number ({text!r}); write `task: classification`")
    return number


def _class(text: str) -> str:
    """One spelling for one class: 1, 1.0 and 1e0 are the same."""
    number = as_number(text)
    return str(int(number)) if number is not None and number.is_integer() else text


def _sample(labels: Sequence[Any], predictions: Sequence[Any]) -> list[dict[str, Any]]:
    pairs = zip(predictions[:_SAMPLE], labels[:_SAMPLE], strict=True)
    return [{"prediction": prediction, "label": label} for prediction, label in pairs]
