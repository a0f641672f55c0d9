"""What SageMaker's built-in algorithms write (CSV, JSON, JSON Lines) -> a prediction for each row."""

from __future__ import annotations

import csv
import io
import json
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.values import Values, ValuesBuilder, as_number

# In order of preference: what the algorithm decided, then what it measured.
_DECISIONS = ("predicted_label", "prediction", "predicted_value", "closest_cluster", "label", "value")
_MEASURES = ("score", "scores", "probabilities", "probability")


@dataclass(frozen=True)
class Predictions:
    """`values`: what is predicted, None if there are only scores. `scores` (rows, width), None if there are none: one
    number a row (of the positive class, or the predicted number) or one for each class. When a row was one number and
    nothing said what it is, it stands in both, and `plain` is true."""

    values: Values | None
    scores: Any
    plain: bool = False

    def __len__(self) -> int:
        return len(self.scores if self.values is None else self.values)

    @property
    def width(self) -> int:
        """Scores in a row."""
        return 0 if self.scores is None else int(self.scores.shape[1])


class PredictionReader:
    """Reads objects one after the other. `field` names the JSON field, `column` the CSV column of the prediction."""

    def __init__(self, field: str | None = None, column: int | None = None) -> None:
        self._field, self._column = field, column
        self._rows = _Rows()
        self._listed = False

    def read(self, uri: str, data: bytes, rows: int) -> None:
        """One object. `rows` is how many are expected of all, which decides between the readings of a list."""
        left = rows - len(self._rows)
        try:
            if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
                self._refuse(uri, "JSON", "prediction_column", self._column)
                self._read_json(uri, data, left)
            else:
                self._refuse(uri, "CSV", "prediction_field", self._field)
                self._read_csv(uri, data, left)
        except UnicodeDecodeError as error:
            hint = "ask the transform job for text/csv or application/json"
            raise StepError(f"{uri}: this is not text; {hint}") from error

    def result(self) -> Predictions:
        found = self._rows.build()
        return _parted(found) if self._listed and found.values is None and found.width > 1 else found

    def _refuse(self, uri: str, kind: str, setting: str, given: object) -> None:
        if given is not None:
            other = "`prediction_field`" if setting == "prediction_column" else "`prediction_column`"
            raise StepError(f"{uri}: this is {kind}, where `{setting}` names nothing; write {other}, or neither")

    def _read_csv(self, uri: str, data: bytes, rows: int) -> None:
        place = _Place(uri, "line")
        for line in _csv_lines(place, data, rows):
            if self._column is not None:
                self._rows.add_plain(place, _cell(place, line, self._column))
            elif len(line) == 1:
                self._rows.add_plain(place, _scalar(place, line[0].strip()))
            else:
                self._listed = True
                self._rows.add(place, None, _scores(place, (value.strip() for value in line)))

    def _read_json(self, uri: str, data: bytes, rows: int) -> None:
        place = _Place(uri, "record")
        for place.number, record in enumerate(_records(lambda: _documents(uri, _text(data)), rows), 1):
            self._add_record(place, record, self._field)

    def _add_record(self, place: _Place, record: Any, field: str | None) -> None:
        if isinstance(record, Mapping):
            self._add_fields(place, record, field)
        elif isinstance(record, list) and len(record) == 1:
            self._add_record(place, record[0], None)
        elif isinstance(record, list):
            self._rows.add(place, None, _scores(place, record))
        else:
            self._rows.add_plain(place, _scalar(place, record))

    def _add_fields(self, place: _Place, record: Mapping[str, Any], field: str | None) -> None:
        if field is not None:
            if field not in record:
                raise StepError(f"{place}: there is no field {field!r}; the fields are {', '.join(record)}")
            self._add_record(place, record[field], None)
            return
        decided = next((name for name in _DECISIONS if name in record), None)
        measured = next((name for name in _MEASURES if name in record), None)
        if decided is not None and isinstance(record[decided], list):
            self._add_record(place, record[decided], None)
        elif measured is not None:
            measure = record[measured]
            scores = _scores(place, measure if isinstance(measure, list) else [measure])
            self._rows.add(place, None if decided is None else _scalar(place, record[decided]), scores)
        elif decided is not None:
            self._rows.add(place, _scalar(place, record[decided]), ())
        else:
            known = ", ".join(record)
            raise StepError(f"{place}: no known field holds the prediction; name one of {known}: `prediction_field`")


@dataclass
class _Place:
    """Where one reads; its text is made for errors alone."""

    uri: str
    unit: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.uri}, {self.unit} {self.number}"


class _Rows:
    """The rows so far, which must all be of one shape."""

    def __init__(self) -> None:
        self._values, self._scores = ValuesBuilder(), array("d")
        self._shape: tuple[str, int] | None = None
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add_plain(self, place: _Place, value: str) -> None:
        self._require_shape(place, ("plain", 0))
        self._values.add(value, as_number(value))

    def add(self, place: _Place, value: str | None, scores: Sequence[float]) -> None:
        if value is None and not scores:
            raise StepError(f"{place}: there is no prediction in it; look at the model and its input")
        self._require_shape(place, ("scored" if value is None else "decided", len(scores)))
        if value is not None:
            self._values.add(value, as_number(value))
        self._scores.extend(scores)

    def build(self) -> Predictions:
        import numpy as np

        kind, width = self._shape or ("plain", 0)
        if kind == "plain":
            values = self._values.build()
            return Predictions(values, None if values.numbers is None else values.numbers[:, None], plain=True)
        scores = np.frombuffer(self._scores, np.float64).reshape(-1, width) if width else None
        return Predictions(self._values.build() if kind == "decided" else None, scores)

    def _require_shape(self, place: _Place, shape: tuple[str, int]) -> None:
        if self._shape is None:
            self._shape = shape
        elif self._shape != shape:
            raise StepError(
                f"{place}: this prediction has other values than those before it (scores: {shape[1]} and "
                f"{self._shape[1]}); all rows must be written alike"
            )
        self._count += 1


def _parted(found: Predictions) -> Predictions:
    """Lines of several numbers are the scores of the classes, or the predicted class before its scores."""
    import numpy as np

    scores = found.scores
    if _are_shares(scores):
        return found
    label, rest = scores[:, 0], scores[:, 1:]
    if (label == np.floor(label)).all() and (_are_shares(rest) if rest.shape[1] > 1 else _in_unit(rest)):
        return Predictions(Values(numbers=np.ascontiguousarray(label)), rest)
    return found


def _are_shares(scores: Any) -> bool:
    return _in_unit(scores) and bool((abs(scores.sum(axis=1) - 1) < 1e-3).all())


def _in_unit(scores: Any) -> bool:
    return bool((scores >= -1e-6).all() and (scores <= 1 + 1e-6).all())


def _text(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")


def _csv_lines(place: _Place, data: bytes, rows: int) -> Iterator[list[str]]:
    """The lines that hold something; `place` follows."""
    lines = filter(lambda line: len(line) > 1 or (line and line[0].strip()), csv.reader(_text(data)))
    try:
        first, second = next(lines, None), next(lines, None)
        if first is None:
            return
        if second is None and len(first) == rows > 1:
            # Some servers put a whole batch on one line.
            place.number = 1
            yield from ([value] for value in first)
            return
        for place.number, line in enumerate(chain([first], [] if second is None else [second], lines), 1):
            yield line
    except csv.Error as error:
        raise StepError(f"{place.uri}: this is not CSV ({error})") from error


def _cell(place: _Place, line: Sequence[str], column: int) -> str:
    try:
        return _scalar(place, line[column].strip())
    except IndexError:
        raise StepError(f"{place}: `prediction_column` is {column}, and there are {len(line)} columns") from None


def _documents(uri: str, text: io.TextIOWrapper) -> Iterator[Any]:
    """JSON values one after the other, with or without white space between; one a line costs one line of memory."""
    number = 0
    for number, line in enumerate(text, 1):
        complete = yield from _decoded(line)
        if complete < len(line):
            rest = line[complete:] + text.read()
            done = yield from _decoded(rest)
            if done < len(rest):
                at = number + rest.count("\n", 0, done)
                raise StepError(f"{uri}, line {at}: this is not JSON; was the object cut off?")


def _decoded(text: str) -> Any:
    """The JSON values that a text begins with; returns how far they reach."""
    decoder, at = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str), 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at == len(text):
            return at
        try:
            document, at = decoder.raw_decode(text, at)
        except ValueError:
            return at
        yield document


def _records(documents: Callable[[], Iterator[Any]], rows: int) -> Iterator[Any]:
    per_row = _one_list_a_row(documents, rows)
    for document in documents():
        if isinstance(document, dict) and (batch := _batch(document)) is not None:
            yield from batch
        elif isinstance(document, list) and not per_row:
            yield from document
        else:
            yield document


def _batch(document: Mapping[str, Any]) -> list[Any] | None:
    """The records of one answer; random cut forest calls them scores."""
    for name in ("predictions", "scores"):
        found = document.get(name)
        if isinstance(found, list) and (name == "predictions" or all(isinstance(entry, dict) for entry in found)):
            return found
    return None


def _one_list_a_row(documents: Callable[[], Iterator[Any]], rows: int) -> bool:
    """[1, 0, 2] is three predictions or the scores of one row: as many as there are labels."""
    if not isinstance(next(documents(), None), list):
        return False
    count = entries = 0
    for document in documents():
        count += 1
        if isinstance(document, list):
            entries += len(document)
            if any(isinstance(entry, list | dict) for entry in document):
                return False
    return count == rows and entries != rows


def _scores(place: _Place, values: Iterable[Any]) -> list[float]:
    numbers: list[float] = []
    for value in values:
        number = as_number(_scalar(place, value))
        if number is None:
            hint = "keep only the prediction in the output, or name its column: `prediction_column: -1` is the last"
            raise StepError(f"{place}: several values, and not all are numbers; {hint}")
        numbers.append(number)
    return numbers


def _scalar(place: _Place, value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    text = value.strip() if isinstance(value, str) else ""
    number = as_number(text)
    if not text or (number is not None and not math.isfinite(number)):
        raise StepError(f"{place}: the prediction is {value!r}; look at the model and its input, it should be a value")
    return text
