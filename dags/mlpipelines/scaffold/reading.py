"""The beginning of a dataset file -> Sample: its format and its first rows as text."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlpipelines.errors import PipelineError
from mlpipelines.runtime.tables import MISSING_TEXTS

#: How much of a file is read.
MOST_BYTES = 1_000_000
_ENDINGS = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
#: What the format of a file is taken for by its name alone.
_KNOWN = {**_ENDINGS, ".csv": "csv", ".data": "csv"}
_DELIMITERS = (",", ";", "\t", "|", " ")
_FOREIGN = (
    (b"PK\x03\x04", "this is a zip archive or a workbook; unpack it, or save it as CSV"),
    (b"\x1f\x8b", "the file is packed twice; unpack it once"),
    (b"%PDF", "this is a PDF file, not data"),
    (b"\xff\xfe", "the text is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "the text is UTF-16; save it as UTF-8"),
    (b"<", "this is a web page or XML, not data"),
)


class UnreadableDataset(PipelineError):
    """No pipeline can be made of this file; the message says why, and what to do."""


@dataclass(frozen=True)
class Sample:
    """`rows` are texts without blanks around them; None is a missing value. `names` are None without a header."""

    format: str
    delimiter: str
    names: tuple[str, ...] | None
    rows: tuple[tuple[str | None, ...], ...]
    truncated: bool = False
    count: int = 0
    """Rows of the whole file, estimated when it is `truncated`."""
    left_out: tuple[str, ...] = ()
    """Columns that hold lists or mappings."""
    format_is_told: bool = True
    """Whether the name of the file says its format."""

    @property
    def width(self) -> int:
        return len(self.names) if self.names is not None else len(self.rows[0])


def read_sample(path: Path, delimiter: str | None = None, header: bool | None = None) -> Sample:
    """Read the first megabyte. Raises UnreadableDataset."""
    suffix = Path(path.name.lower().removesuffix(".gz").removesuffix(".gzip")).suffix
    if path.is_dir():
        raise UnreadableDataset(f"{path} is a folder; name one file")
    try:
        if _KNOWN.get(suffix) == "parquet" or _starts(path).startswith(b"PAR1"):
            return replace(_parquet(path), format_is_told=suffix in _KNOWN)
        text, size = _text(path)
    except OSError as error:
        raise UnreadableDataset(f"{path}: {(error.strerror or str(error)).lower()}") from None
    read = len(text.encode())
    if suffix in (".jsonl", ".ndjson") or ((suffix == ".json" or suffix not in _KNOWN) and text.lstrip()[:1] in "{["):
        sample = _json(path, text, read < size)
    else:
        sample = _delimited(
            path, text, read < size, delimiter or ("\t" if suffix in (".tsv", ".tab") else None), header
        )
    told = _KNOWN.get(suffix) == sample.format or (sample.format == "csv" and suffix not in _KNOWN)
    count = len(sample.rows) if not sample.truncated else round(len(sample.rows) * size / max(read, 1))
    return replace(sample, count=count, format_is_told=told)


def _starts(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _text(path: Path) -> tuple[str, int]:
    """(the beginning, whole lines only; about how many bytes of text the file has)"""
    size = path.stat().st_size
    packed = _starts(path).startswith(b"\x1f\x8b")
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            data = file.read(MOST_BYTES)
            more = bool(file.read(1))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableDataset(f"{path}: the gzip data is cut off or damaged ({error})") from None
    for start, reason in _FOREIGN:
        if data.lstrip().startswith(start):
            raise UnreadableDataset(f"{path}: {reason}")
    if b"\0" in data:
        raise UnreadableDataset(f"{path}: this is no text; CSV, TSV, JSON Lines and Parquet can be read")
    if more:
        end = data.rfind(b"\n") + 1
        if not end:
            raise UnreadableDataset(f"{path}: the first line is longer than a megabyte")
        data = data[:end]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableDataset(f"{path}, line {line}: the text is not UTF-8; save the file as UTF-8") from None
    if not text.strip():
        raise UnreadableDataset(f"{path}: the file is empty")
    return text, (max(size * 6, MOST_BYTES + 1) if packed else size) if more else len(data)


def _delimited(path: Path, text: str, truncated: bool, delimiter: str | None, header: bool | None) -> Sample:
    delimiter = delimiter or _delimiter(path, text)
    records = _records(path, text, delimiter)
    if truncated and len(records) > 1:
        records.pop()  # a quoted value may go on behind the part that was read
    if len(records[0][1]) < 2:
        raise UnreadableDataset(f"{path}: only one column is found; name what separates them with --delimiter")
    for line, record in records:
        if len(record) != len(records[0][1]):
            hint = "correct the line, or quote a value that contains the delimiter"
            raise UnreadableDataset(
                f"{path}, line {line}: {len(record)} fields where {len(records[0][1])} are expected; {hint}"
            )
    table = [[cell.strip() for cell in record] for _, record in records]
    names = tuple(table.pop(0)) if (_is_header(table) if header is None else header) else None
    if not table:
        raise UnreadableDataset(f"{path}: there is a header and no row")
    rows = tuple(tuple(None if cell in MISSING_TEXTS else cell for cell in row) for row in table)
    return Sample("tsv" if delimiter == "\t" else "csv", delimiter, names, rows, truncated)


def _records(path: Path, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """(line, fields) of every record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, record) for record in reader if record and any(map(str.strip, record))]
    except csv.Error as error:
        endless = "a quote is opened in it, or before, and not closed" if "field larger" in str(error) else error
        raise UnreadableDataset(f"{path}, line {reader.line_num}: {endless}") from None


def _delimiter(path: Path, text: str) -> str:
    """The one that takes most lines apart into equally many fields, of at least two."""
    best, most = "", (0.0, 0)
    start = text[:65_536]
    for mark in _DELIMITERS:
        try:
            widths = [len(record) for record in csv.reader(io.StringIO(start, newline=""), delimiter=mark) if record]
        except csv.Error:
            continue
        widths = widths[:-1] if len(text) > len(start) else widths
        usual = max(set(widths), key=widths.count, default=0)
        score = (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 0)
        # Numbers with decimal commas hold a comma each; blanks are in every text.
        if score > most and (not best or score[0] > most[0] + 0.05 or (mark == ";" and best == ",")):
            best, most = mark, score
    if not best:
        raise UnreadableDataset(f"{path}: only one column is found; name what separates them with --delimiter")
    return best


def _is_header(table: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: words above numbers, or words that never come again."""
    first, rest = table[0], table[1:200]
    if not rest or any(is_number(cell) for cell in first if cell):
        return False
    columns = list(zip(*rest, strict=True))
    numeric = [all(is_number(cell) for cell in column if cell not in MISSING_TEXTS) for column in columns]
    if any(numeric):
        return True
    return len({*first}) == len(first) and not any(cell in column for cell, column in zip(first, columns, strict=True))


def _json(path: Path, text: str, truncated: bool) -> Sample:
    if text.lstrip().startswith("["):
        raise UnreadableDataset(f"{path}: this is one JSON list; write one JSON object per line (JSON Lines)")
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    records: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = decoder.decode(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableDataset(f"{path}, line {number}: this is not one JSON object per line ({error})") from None
        if not isinstance(record, dict):
            raise UnreadableDataset(f"{path}, line {number}: a JSON object per line is expected")
        records.append(record)
    fields = list(dict.fromkeys(field for record in records for field in record))
    nested = tuple(field for field in fields if any(isinstance(record.get(field), dict | list) for record in records))
    names = tuple(field for field in fields if field not in nested)
    rows = tuple(tuple(_json_text(record.get(name)) for name in names) for record in records)
    return _with_columns(path, Sample("jsonl", "", names, rows, truncated, left_out=nested))


def _json_text(value: Any) -> str | None:
    """As `prepare` reads it."""
    if isinstance(value, bool):
        return str(int(value))
    return None if value is None or value.strip() in MISSING_TEXTS else value.strip()


def _parquet(path: Path) -> Sample:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise UnreadableDataset(f"{path}: Parquet needs pyarrow, which is not installed here") from None
    try:
        with parquet.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=5000), None)
            count = file.metadata.num_rows
    except pa.ArrowException as error:
        raise UnreadableDataset(f"{path}: this is no Parquet file that can be read ({str(error)[:100]})") from None
    if batch is None:
        raise UnreadableDataset(f"{path}: the file has no rows")
    nested = tuple(field.name for field in batch.schema if pa.types.is_nested(field.type))
    names = tuple(field.name for field in batch.schema if field.name not in nested)
    columns = [[_parquet_text(value) for value in batch.column(name).to_pylist()] for name in names]
    rows = tuple(zip(*columns, strict=True))
    return _with_columns(path, Sample("parquet", "", names, rows, count > len(rows), count, nested))


def _parquet_text(value: Any) -> str | None:
    text = str(int(value)) if isinstance(value, bool) else None if value is None else str(value).strip()
    return None if text in MISSING_TEXTS else text


def _with_columns(path: Path, sample: Sample) -> Sample:
    if sample.width < 2:
        raise UnreadableDataset(f"{path}: only {sample.width} column of numbers or texts is found; two are needed")
    return sample


def is_number(text: str) -> bool:
    """Whether `prepare` takes a text for a finite number."""
    try:
        return text.isascii() and "_" not in text and abs(float(text)) < float("inf")
    except ValueError:
        return False
