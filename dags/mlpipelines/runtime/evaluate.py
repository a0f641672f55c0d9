"""Predictions and labels on S3 -> a report on S3 and the metrics for XCom."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any, Literal

from mlpipelines.errors import StepError
from mlpipelines.runtime.decisions import class_of, decisions, odd_score
from mlpipelines.runtime.metrics import (
    classification_metrics,
    confusion,
    regression_metrics,
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
    positive: str | float | None = None,
    prediction_field: str | None = None,
) -> dict[str, Any]:
    """Join by line, measure, write `<output>/report.json`.

    `task: auto` is what `metrics` belong to; else it is classification when the labels are texts, or integers with at
    most 20 different values and fewer different values than rows, or when the predictions hold a score for each class;
    regression otherwise. It is regression too when numeric labels meet one number a row that neither is a whole number
    nor lies between 0 and 1, and no `threshold` says that it is a score.
    With two classes `average` is binary, else macro; the positive class is the greater one unless `positive` names it
    (as text or number: "1" is 1). One score per row is compared with `threshold` (0.5).
    `predictions` is an object, or a prefix: then it is all objects ending in .out below it, in the order of their keys.
    An object ending in .out that does not exist stands for its folder.
    """
    storage = Storage(connection, region, kms_key)
    truth = _labels(labels, storage.read(labels))
    source, objects = _objects(storage, predictions)
    found = _predictions(storage, source, objects, len(truth), prediction_field)
    if len(found) != len(truth):
        raise StepError(
            f"{len(found)} predictions in {source} and {len(truth)} labels in {labels}: they cannot be joined by "
            "line; give the labels of the very file that the transform job read"
        )
    limit = None if threshold is None else float(threshold)
    if _task(task, truth, found, metrics or (), limit) == "classification":
        report = _classification(truth, found, metrics, average, limit, positive)
    else:
        report = _regression(truth, found, metrics)
    uri = f"{output.rstrip('/')}/report.json"
    report |= {"predictions": source, "labels": labels}
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


def _objects(storage: Storage, uri: str) -> tuple[str, list[str]]:
    """(where the predictions are, the addresses of the objects that hold them)."""
    bucket, key = split_uri(uri, "predictions")
    if key.endswith(".out"):
        if storage.exists(uri):
            return uri, [uri]
        # Whether a job's input was one object or a folder cannot be seen by its name: `data/v1.2` may be either.
        folder = key.rpartition("/")[0]
        objects = _outputs(storage, bucket, folder) if folder else []
        if not objects:
            raise StepError(f"{uri}: there is no such object, and none ending in .out beside it; check the path")
        place = f"s3://{bucket}/{folder}/"
        log.warning("%s does not exist; reading all objects ending in .out below %s: %s", uri, place, objects)
        return place, objects
    objects = _outputs(storage, bucket, key.rstrip("/"))
    if not objects:
        raise StepError(f"{uri}: there are no predictions (objects ending in .out); did the transform job write here?")
    return uri, objects


def _outputs(storage: Storage, bucket: str, folder: str) -> list[str]:
    keys = storage.keys(f"s3://{bucket}/{folder}/" if folder else f"s3://{bucket}/")
    return [f"s3://{bucket}/{key}" for key in keys if key.endswith(".out")]


def _predictions(
    storage: Storage, source: str, objects: Sequence[str], rows: int, field: str | None
) -> list[Prediction]:
    found: list[Prediction] = []
    for address in objects:
        found += read_predictions(address, storage.read(address), rows - len(found), field)
    if not found:
        raise StepError(f"{source}: there are no predictions in it, so there is nothing to evaluate")
    return found


def _task(
    task: str,
    labels: Sequence[str],
    predictions: Sequence[Prediction],
    metrics: Sequence[str],
    threshold: float | None,
) -> str:
    asked = task_of(metrics) if task == "auto" else task
    if asked is not None:
        return asked
    numbers = [as_number(label) for label in labels]
    different = len(set(labels))
    whole = all(number is not None and number.is_integer() for number in numbers)
    text = any(number is None for number in numbers)
    few = whole and different <= _FEW and different < len(labels)
    scored = all(len(entry.scores) > 1 for entry in predictions)
    measured = not text and threshold is None and odd_score(predictions) is not None
    chosen = "classification" if text or scored or (few and not measured) else "regression"
    log.info("The task is %s: %d rows, %d different labels", chosen, len(labels), different)
    return chosen


def _classification(
    labels: Sequence[str],
    predictions: Sequence[Prediction],
    metrics: Sequence[str] | None,
    average: str | None,
    threshold: float | None,
    positive: str | float | None,
) -> dict[str, Any]:
    names = wanted_metrics("classification", metrics)
    truth = [class_of(label) for label in labels]
    yes = None if positive is None else class_of(str(positive).strip())
    decided = decisions(truth, predictions, threshold, yes)
    return {
        "task": "classification",
        "rows": len(truth),
        "metrics": classification_metrics(truth, decided, names, average, yes),
        "confusion_matrix": confusion(truth, decided),
        "sample": _sample(truth, decided),
    }


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


def _sample(labels: Sequence[Any], predictions: Sequence[Any]) -> list[dict[str, Any]]:
    pairs = zip(predictions[:_SAMPLE], labels[:_SAMPLE], strict=True)
    return [{"prediction": prediction, "label": label} for prediction, label in pairs]
