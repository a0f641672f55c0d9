"""What SageMaker's built-in algorithms write (CSV, JSON, JSON Lines) -> one prediction per row."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlpipelines.errors import StepError

# In order of preference: what the algorithm decided, then what it measured.
_DECISIONS = ("predicted_label", "prediction", "predicted_value", "closest_cluster", "label", "value")
_MEASURES = ("score", "scores", "probabilities", "probability")


@dataclass(frozen=True)
class Prediction:
    """`value`: what is predicted, or None if there are only scores; `scores`: one number (of the positive class, or
    the predicted number) or one for each class."""

    value: str | None = None
    scores: tuple[float, ...] = ()


def read_predictions(uri: str, data: bytes, rows: int, field: str | None = None) -> list[Prediction]:
    """The predictions in one object; `rows` is how many are expected, which decides between the readings of a list."""
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise StepError(f"{uri}: this is not text; ask the transform job for text/csv or application/json") from error
    if not text.startswith(("{", "[")):
        return _csv_predictions(uri, text, rows)
    records = list(_records(list(_documents(uri, text)), rows))
    return [_prediction(f"{uri}, record {number}", record, field) for number, record in enumerate(records, 1)]


def _csv_predictions(uri: str, text: str, rows: int) -> list[Prediction]:
    lines = [line for line in csv.reader(io.StringIO(text, newline="")) if any(value.strip() for value in line)]
    if len(lines) == 1 and len(lines[0]) == rows > 1:
        # Some servers put a whole batch on one line.
        lines = [[value] for value in lines[0]]
    return [_prediction(f"{uri}, line {number}", _unwrapped(line), None) for number, line in enumerate(lines, 1)]


def _unwrapped(line: list[str]) -> Any:
    values = [value.strip() for value in line]
    return values[0] if len(values) == 1 else values


def _documents(uri: str, text: str) -> Iterator[Any]:
    """JSON values one after the other, with or without white space between."""
    decoder, at = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str), 0
    while at < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except ValueError as error:
            line = text.count("\n", 0, at) + 1
            raise StepError(f"{uri}, line {line}: this is not JSON ({error}); was the object cut off?") from error
        yield document
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1


def _records(documents: Sequence[Any], rows: int) -> Iterator[Any]:
    bare = [document for document in documents if isinstance(document, list)]
    flat = bool(bare) and not any(isinstance(entry, list | dict) for document in bare for entry in document)
    # [1, 0, 2] is three predictions or the scores of one row: as many as there are labels.
    per_row = flat and len(documents) == rows and sum(map(len, bare)) != rows
    for document in documents:
        if isinstance(document, dict) and isinstance(document.get("predictions"), list):
            yield from document["predictions"]
        elif isinstance(document, list) and not per_row:
            yield from document
        else:
            yield document


def _prediction(where: str, record: Any, field: str | None) -> Prediction:
    if isinstance(record, Mapping):
        return _from_fields(where, record, field)
    if isinstance(record, list):
        if len(record) == 1:
            return _prediction(where, record[0], None)
        return Prediction(scores=_scores(where, record))
    value = _scalar(where, record)
    number = as_number(value)
    return Prediction(value, () if number is None else (number,))


def _from_fields(where: str, record: Mapping[str, Any], field: str | None) -> Prediction:
    if field is not None:
        if field not in record:
            raise StepError(f"{where}: there is no field {field!r}; the fields are {', '.join(record)}")
        return _prediction(where, record[field], None)
    decided = next((name for name in _DECISIONS if name in record), None)
    measured = next((name for name in _MEASURES if name in record), None)
    if decided is None and measured is None:
        raise StepError(
            f"{where}: no known field holds the prediction; name one of {', '.join(record)}: `prediction_field`"
        )
    measure = [] if measured is None else record[measured]
    scores = _scores(where, measure if isinstance(measure, list) else [measure])
    if decided is None:
        return Prediction(scores=scores)
    if isinstance(record[decided], list):
        return _prediction(where, record[decided], None)
    return Prediction(_scalar(where, record[decided]), scores)


def _scores(where: str, values: Iterable[Any]) -> tuple[float, ...]:
    numbers = [as_number(_scalar(where, value)) for value in values]
    if any(number is None for number in numbers):
        raise StepError(f"{where}: several values, and not all are numbers; keep only the prediction in the output")
    return tuple(number for number in numbers if number is not None)


def _scalar(where: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    text = value.strip() if isinstance(value, str) else ""
    number = as_number(text)
    if not text or (number is not None and not math.isfinite(number)):
        raise StepError(f"{where}: the prediction is {value!r}; look at the model and its input, it should be a value")
    return text


def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
