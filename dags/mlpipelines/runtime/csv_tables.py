"""Delimited text -> its column names and blocks of Arrow text columns; every mistake is named with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.records import Records, TextFile, line_of, read_records, record_starts
from mlpipelines.runtime.tables import Layout

_USUAL_DELIMITERS = ",;\t|"
_HEAD = 1 << 16


@dataclass(frozen=True)
class CsvSource:
    file: TextFile
    columns: tuple[str, ...]
    delimiter: str
    missing: frozenset[str]
    skipped: int  # records before the data: 1 for a header

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def size(self) -> int:
        return self.file.size

    def blocks(self) -> Iterator[CsvBlock]:
        skipped = self.skipped
        for records in read_records(self.file, self.delimiter.encode()):
            if skipped:
                records, skipped = _without_first(records, self.delimiter.encode()), 0
            if records.data:
                yield CsvBlock(self, records)


@dataclass(frozen=True)
class CsvBlock:
    source: CsvSource
    records: Records

    @property
    def data(self) -> bytes | bytearray:
        return self.records.data

    def table(self, wanted: Sequence[int]) -> Any:
        import pyarrow as pa
        from pyarrow import csv as reader

        names = [str(number) for number in range(len(self.source.columns))]
        kept = [str(number) for number in wanted]
        ragged: list[Any] = []

        def invalid(row: Any) -> str:
            if not row.text.strip():
                return "skip"
            ragged.append(row)
            return "error"

        try:
            return reader.read_csv(
                pa.BufferReader(self.data),
                read_options=reader.ReadOptions(
                    column_names=names, use_threads=False, block_size=max(len(self.data), 1) + 1
                ),
                parse_options=reader.ParseOptions(
                    delimiter=self.source.delimiter, newlines_in_values=True, invalid_row_handler=invalid
                ),
                convert_options=reader.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=kept,
                    null_values=sorted(self.source.missing),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            if ragged:
                raise StepError(self._ragged(ragged[0])) from error
            raise StepError(self._undecodable(str(error))) from error

    def place(self, row: int) -> str:
        return f"line {self._line(row)}"

    def _line(self, row: int) -> int:
        one_column = len(self.source.columns) == 1
        starts = record_starts(self.data, self.source.delimiter.encode(), keep_blank=one_column)
        return self._line_at(starts[row])

    def _line_at(self, position: int) -> int:
        before = line_of(self.source.file, self.records.offset) + self.records.lines
        return before + self.data.count(b"\n", 0, position)

    def _ragged(self, row: Any) -> str:
        starts = record_starts(self.data, self.source.delimiter.encode())
        text = row.text.encode()
        # Arrow counts rows without the blank ones, some of which it has skipped by our own word.
        at = next((s for s in starts[max(row.number - 1, 0) :] if self.data.startswith(text, s)), starts[-1])
        line = self._line_at(at)
        fields = f"{row.actual_columns} field{'s' if row.actual_columns > 1 else ''}"
        hint = _delimiter_hint(row.text, self.source.delimiter) if row.actual_columns == 1 else ""
        return (
            f"{self.source.name}, line {line}: {fields} where {row.expected_columns} are expected"
            f"{hint or '; correct the line, or quote a value that contains the delimiter'}"
        )

    def _undecodable(self, reason: str) -> str:
        try:
            self.data.decode()
        except UnicodeDecodeError as error:
            line = self._line_at(error.start)
            return f"{self.source.name}, line {line}: the text is not UTF-8; save the file as UTF-8"
        return f"{self.source.name}: the file cannot be read as delimited text ({reason})"


def open_csv(file: TextFile, layout: Layout, delimiter: str) -> CsvSource:
    """Read the header, or take the names that the author gives."""
    delimiter = layout.delimiter or delimiter
    header = layout.columns is None if layout.header is None else layout.header
    first = _first_record(file, delimiter)
    if layout.columns is None and len(first) == 1 and (hint := _delimiter_hint(first[0], delimiter)):
        raise StepError(f"{file.name}: only one column is found{hint}")
    if header and layout.columns is not None and len(first) != len(layout.columns):
        raise StepError(
            f"{file.name}: the header names {len(first)} columns, `columns` names {len(layout.columns)}; "
            "make them equal"
        )
    found = tuple(name.strip() for name in first) if header else ()
    names = layout.columns or found or tuple(f"column_{number}" for number in range(1, len(first) + 1))
    return CsvSource(file, names, delimiter, layout.missing, int(header))


def _first_record(file: TextFile, delimiter: str) -> list[str]:
    for records in read_records(file, delimiter.encode(), _HEAD):
        starts = record_starts(records.data, delimiter.encode())
        if not starts:
            continue
        end = starts[1] if len(starts) > 1 else len(records.data)
        try:
            text = records.data[starts[0] : end].decode()
        except UnicodeDecodeError as error:
            raise StepError(f"{file.name}, line 1: the text is not UTF-8; save the file as UTF-8") from error
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [""])
    raise StepError(f"{file.name}: the file holds no rows, only blank lines")


def _without_first(records: Records, delimiter: bytes) -> Records:
    starts = record_starts(records.data, delimiter)
    cut = starts[1] if len(starts) > 1 else len(records.data)
    # The offset stays: with \r\n in the file, positions here are not positions there, but lines are lines.
    return Records(records.data[cut:], records.offset, records.data.count(b"\n", 0, cut))


def _delimiter_hint(text: str, delimiter: str) -> str:
    other = next((mark for mark in _USUAL_DELIMITERS if mark != delimiter and mark in text), None)
    return f", and it contains {other!r}: write `delimiter: {other!r}` if that separates the columns" if other else ""
