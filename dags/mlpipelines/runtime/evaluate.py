"""Predictions and labels on S3 -> a report and pictures on S3, and the metrics for XCom."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from mlpipelines.errors import StepError
from mlpipelines.runtime.evaluation import Settings, evaluation
from mlpipelines.runtime.predictions import PredictionReader, Predictions
from mlpipelines.runtime.storage import Storage, split_uri
from mlpipelines.runtime.truth import read_labels

log = logging.getLogger(__name__)

#: What is told of more classes than this would not belong into Airflow's database; the report has all.
_MOST_CLASSES = 50


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
    custom_metrics: Mapping[str, str] | None = None,
    average: Literal["macro", "weighted", "binary"] | None = None,
    threshold: float | None = None,
    positive: str | float | None = None,
    prediction_field: str | None = None,
    prediction_column: int | None = None,
    pictures: bool = True,
) -> dict[str, Any]:
    """Join by line, measure, write `<output>/report.json` and the pictures beside it.

    `predictions` is an object, or a prefix: then it is all objects ending in .out below it, in the order of their keys.
    An object ending in .out that does not exist stands for its folder. `labels` may be a folder too, such as an output
    of a processing job. The rest is told by `Settings`.
    """
    settings = Settings(
        task=task,
        metrics=metrics,
        custom_metrics=custom_metrics or {},
        average=average,
        threshold=None if threshold is None else float(threshold),
        positive=None if positive is None else str(positive),
        pictures=pictures,
    )
    storage = Storage(connection, region, kms_key)
    truth = read_labels(labels, _labels(storage, labels))
    source, objects = _objects(storage, predictions)
    column = None if prediction_column is None else int(prediction_column)
    found = _predictions(storage, source, objects, len(truth), PredictionReader(prediction_field, column))
    if len(found) != len(truth):
        raise StepError(
            f"{len(found)} predictions in {source} and {len(truth)} labels in {labels}: they cannot be joined by "
            "line; give the labels of the very file that the transform job read"
        )
    report, drawn = evaluation(truth, found, settings)
    folder = output.rstrip("/")
    places = {name: f"{folder}/{name}.png" for name in drawn}
    for name, picture in drawn.items():
        storage.upload_bytes(picture, places[name], "image/png")
    report |= {"pictures": places, "predictions": source, "labels": labels}
    uri = f"{folder}/report.json"
    storage.upload_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", uri)
    log.info("%s of %d rows: %s", report["task"], report["rows"], report["metrics"])
    return _told(report) | {"report": uri}


def _labels(storage: Storage, uri: str) -> bytes:
    """The object, or all objects of the folder in the order of their keys: that of a transform job's predictions."""
    bucket, key = split_uri(uri, "labels")
    if key and not key.endswith("/") and storage.exists(uri):
        return storage.read(uri)
    folder = key.rstrip("/")
    keys = storage.keys(f"s3://{bucket}/{folder}/" if folder else f"s3://{bucket}/")
    objects = [f"s3://{bucket}/{found}" for found in keys if not found.endswith("/")]
    if not objects:
        raise StepError(f"labels: there is no object {uri}, and none below it; did the step before write there?")
    log.info("Labels: %s", objects)
    return b"\n".join(storage.read(address) for address in objects)


def _told(report: Mapping[str, Any]) -> dict[str, Any]:
    """What of the report goes into XCom."""
    told = {key: report[key] for key in ("task", "rows", "metrics", "sample", "pictures")}
    return told | ({"classes": report["classes"]} if 0 < len(report.get("classes", ())) <= _MOST_CLASSES else {})


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
    storage: Storage, source: str, objects: Sequence[str], rows: int, reader: PredictionReader
) -> Predictions:
    for address in objects:
        reader.read(address, storage.read(address), rows)
    found = reader.result()
    if not len(found):
        raise StepError(f"{source}: there are no predictions in it, so there is nothing to evaluate")
    return found
