"""A transform's DataProcessing: what of each record the model gets, and what is written of record and prediction."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlpipelines.facts.json_path import InvalidPath, JsonPath
from mlpipelines.local.faults import ClientFault

CSV, JSON, LINES = "text/csv", "application/json", "application/jsonlines"
FORMATS = (CSV, JSON, LINES)
OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"


class DataProcessing:
    """Made of a CreateTransformJob request. Raises InvalidPath for a filter that SageMaker does not know."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        asked = request.get("DataProcessing") or {}
        self.input_filter = JsonPath(asked.get("InputFilter") or "$")
        self.output_filter = JsonPath(asked.get("OutputFilter") or "$")
        self.joins = asked.get("JoinSource", "None") == "Input"
        source, output = request["TransformInput"], request["TransformOutput"]
        self.format = _format(source.get("ContentType"))
        self.answer_format = _format(output.get("Accept")) or self.format
        self.split = source.get("SplitType", "None") == "Line"
        self.assemble = output.get("AssembleWith", "None") == "Line"

    @property
    def is_active(self) -> bool:
        return not self.input_filter.is_all or self.shapes_output

    @property
    def shapes_output(self) -> bool:
        return self.joins or not self.output_filter.is_all

    def problems(self) -> Iterator[str]:
        """What SageMaker's rules for the formats say against the request."""
        if not self.is_active:
            return
        if self.format not in FORMATS:
            yield f"DataProcessing needs a TransformInput.ContentType of {', '.join(FORMATS)}"
        elif self.format == CSV:
            yield from self._csv_problems()
        elif self.shapes_output and self.answer_format not in (JSON, LINES):
            yield f"DataProcessing needs a TransformOutput.Accept of the input's format, {self.format}"

    def _csv_problems(self) -> Iterator[str]:
        if not self.split:
            yield "DataProcessing of text/csv needs a TransformInput.SplitType of Line"
        if self.shapes_output and not self.assemble:
            yield "DataProcessing of text/csv needs a TransformOutput.AssembleWith of Line"
        if self.shapes_output and self.answer_format != CSV:
            yield "DataProcessing of text/csv needs a TransformOutput.Accept of text/csv"
        for name, path in (("InputFilter", self.input_filter), ("OutputFilter", self.output_filter)):
            if not path.is_positional:
                yield f"{name} {path.text} has names; the columns of text/csv have positions only, such as $[0,2:]"

    def filtered(self, record: bytes) -> bytes:
        """What the model gets of a record. Raises ClientFault."""
        if self.input_filter.is_all:
            return record
        if self.format == CSV:
            return _csv_line(self._apply_to_row(self.input_filter, _csv_row(record, "input"))).encode()
        found = [self._apply(self.input_filter, _parsed(part, "input")) for part in self._parts([record])]
        end = "\n" if self.split or self.format == LINES else ""
        return "".join(f"{_json_text(value)}{end}" for value in found).encode()

    def output(self, records: Sequence[bytes], answer: bytes) -> bytes:
        """What is written for the model's answer to these (unfiltered) records. Raises ClientFault."""
        if not self.shapes_output:
            return answer
        if self.format == CSV:
            return self._csv_output(records, answer)
        inputs = [_parsed(part, "input") for part in self._parts(records)]
        answers = [_parsed(answer, "output")] if len(inputs) == 1 else _json_lines(answer)
        _check_count(inputs, answers)
        joined = (self._joined(record, prediction) for record, prediction in zip(inputs, answers, strict=True))
        end = "\n" if self.split or self.format == LINES else ""
        return "".join(f"{_json_text(self._apply(self.output_filter, value))}{end}" for value in joined).encode()

    def _parts(self, records: Sequence[bytes]) -> list[bytes]:
        """An object of JSON Lines that was not split holds several records."""
        if self.format != LINES or self.split:
            return list(records)
        return [line for record in records for line in record.splitlines() if line.strip()]

    def _csv_output(self, records: Sequence[bytes], answer: bytes) -> bytes:
        inputs = [_csv_row(record, "input") for record in records]
        answers = [_csv_row(line, "output") for line in answer.splitlines() if line.strip()]
        _check_count(inputs, answers)
        rows = ([*a, *b] if self.joins else b for a, b in zip(inputs, answers, strict=True))
        return "".join(_csv_line(self._apply_to_row(self.output_filter, row)) for row in rows).encode()

    def _joined(self, record: Any, answer: Any) -> Any:
        if not self.joins:
            return answer
        return {**record, OUTPUT: answer} if isinstance(record, dict) else {INPUT: record, OUTPUT: answer}

    def _apply(self, path: JsonPath, value: Any) -> Any:
        try:
            return path.select(value)
        except InvalidPath as error:
            raise ClientFault(f"DataProcessing failed: {error}") from error

    def _apply_to_row(self, path: JsonPath, row: list[str]) -> list[str]:
        try:
            return path.select_row(row)
        except InvalidPath as error:
            raise ClientFault(f"DataProcessing failed: {error}") from error


def _format(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _check_count(inputs: Sequence[Any], answers: Sequence[Any]) -> None:
    if len(inputs) != len(answers):
        raise ClientFault(
            f"DataProcessing failed: the model answered {len(inputs)} records with {len(answers)}, so they cannot be "
            "joined one by one"
        )


def _csv_row(line: bytes, what: str) -> list[str]:
    try:
        [row] = csv.reader(io.StringIO(line.decode("utf-8").rstrip("\r\n")), strict=True)
    except (csv.Error, ValueError) as error:
        raise _unreadable(what, "CSV", error, line) from error
    return row


def _csv_line(row: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue()


def _json_lines(text: bytes) -> list[Any]:
    return [_parsed(line, "output") for line in text.splitlines() if line.strip()]


def _parsed(text: bytes, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _unreadable(what, "JSON", error, text) from error


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _unreadable(what: str, kind: str, error: Exception, text: bytes) -> ClientFault:
    source = "output from the algorithm" if what == "output" else "input"
    start = text[:80].decode("utf-8", "replace").strip()
    return ClientFault(f"Failed to parse {source} as {kind}: {error} found near: {start}")
