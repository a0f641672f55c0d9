"""JSON Lines -> its column names and blocks of Arrow text columns; numbers keep the text they were written with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mlpipelines.errors import StepError, did_you_mean
from mlpipelines.runtime.records import TextFile, read_records
from mlpipelines.runtime.tables import Layout

_NO_DELIMITER = b"\n"


@dataclass(frozen=True)
class JsonSource:
    file: TextFile
    columns: tuple[str, ...]
    missing: frozenset[str]
    strict: bool  # the columns were found, not given: a field that is not among them is a mistake
    delimiter: None = None

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def size(self) -> int:
        return self.file.size

    def blocks(self) -> Iterator[JsonBlock]:
        for first, data in _pieces(self.file):
            yield JsonBlock(self, data, first)


@dataclass(frozen=True)
class JsonBlock:
    source: JsonSource
    text: bytes | bytearray
    first: int  # its first line
    data: None = None

    def table(self, wanted: Sequence[int]) -> Any:
        import pyarrow as pa

        names = [self.source.columns[number] for number in wanted]
        known = set(self.source.columns)
        values: list[list[str | None]] = [[] for _ in names]
        for line, record in _parsed(self.source.file, self.text, self.first):
            if self.source.strict and not record.keys() <= known:
                raise StepError(_unknown_field(self.source, sorted(record.keys() - known)[0], line))
            for name, column in zip(names, values, strict=True):
                column.append(_text(record.get(name), self.source, name, line))
        arrays = [pa.array(column, pa.string()) for column in values]
        return pa.table(arrays, names=[str(number) for number in wanted])

    def place(self, row: int) -> str:
        lines = [line for line, _ in _numbered(self.text, self.first)]
        return f"line {lines[row]}"


def open_json(file: TextFile, layout: Layout) -> JsonSource:
    """The columns are those named by the author, or every field of the first block's records in order of appearance."""
    found: dict[str, None] = {}
    for first, data in _pieces(file):
        for _, record in _parsed(file, data, first):
            found.update(dict.fromkeys(record))
        break
    for name in layout.columns or ():
        if name not in found:
            hint = did_you_mean(name, found) or f"the records have {', '.join(found)}"
            raise StepError(f"{file.name}: no record has the field {name!r} that `columns` names; {hint}")
    return JsonSource(file, layout.columns or tuple(found), layout.missing, layout.columns is None)


def _pieces(file: TextFile) -> Iterator[tuple[int, bytes | bytearray]]:
    first = 1
    for records in read_records(file, _NO_DELIMITER, quoted=False):
        yield first, records.data
        first += records.data.count(b"\n")


def _numbered(data: bytes | bytearray, first: int) -> Iterator[tuple[int, bytes]]:
    for number, text in enumerate(bytes(data).split(b"\n")):
        if text.strip():
            yield first + number, text


def _parsed(file: TextFile, data: bytes | bytearray, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    for line, text in _numbered(data, first):
        try:
            record = decoder.decode(text.decode())
        except ValueError as error:
            raise StepError(f"{file.name}, line {line}: this is not one JSON object per line ({error})") from error
        if not isinstance(record, dict):
            raise StepError(f'{file.name}, line {line}: a JSON object is expected, such as {{"length": 5.1}}')
        yield line, record


def _text(value: Any, source: JsonSource, name: str, line: int) -> str | None:
    if isinstance(value, str):
        return None if value in source.missing else value
    if value is None:
        return None
    if isinstance(value, bool):
        return str(int(value))
    raise StepError(
        f"{source.name}, line {line}, column {name!r}: the value is a list or an object; "
        "flatten it first, or list the columns to read in `columns`"
    )


def _unknown_field(source: JsonSource, name: str, line: int) -> str:
    return (
        f"{source.name}, line {line}: the field {name!r} does not occur in the first records; "
        "list the fields to read in `columns`"
    )
