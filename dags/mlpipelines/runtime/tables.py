"""A local file -> its column names and its rows in blocks, each an Arrow table of text (null: a missing value)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from mlpipelines.errors import StepError
from mlpipelines.runtime.records import TextFile

MISSING_TEXTS = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip

_FORMATS = {".csv": "csv", ".data": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
            ".parquet": "parquet", ".pq": "parquet"}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """What the author says about the file; None means: find out."""

    format: str | None = None
    compression: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    columns: tuple[str, ...] | None = None
    missing: frozenset[str] = field(default=frozenset(MISSING_TEXTS))


class Block(Protocol):
    """Some rows. `data` is their text when it is delimited text in one piece of UTF-8, else None."""

    @property
    def data(self) -> bytes | bytearray | None: ...

    def table(self, wanted: Sequence[int]) -> Any:
        """An Arrow table of the wanted columns (numbers in `Source.columns`), named by their numbers, as text."""

    def place(self, row: int) -> str:
        """Where a row of `table` stands in the file, such as `line 12`."""


class Source(Protocol):
    """A file that can be read as often as needed."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int:
        """About how many bytes of text there are."""

    @property
    def delimiter(self) -> str | None:
        """For delimited text; else None."""

    def blocks(self) -> Iterator[Block]: ...


def open_source(path: Path, url: str, name: str, layout: Layout) -> Source:
    """The reader for the file, by the layout, the address's suffix and the first bytes."""
    from mlpipelines.runtime.csv_tables import open_csv
    from mlpipelines.runtime.json_tables import open_json
    from mlpipelines.runtime.parquet_tables import open_parquet

    compression = layout.compression or _compression(path)
    form = layout.format or _format(url)
    if form == "parquet":
        return open_parquet(path, name, layout)
    file = TextFile(path, name, compression)
    _refuse_foreign(file)
    return open_json(file, layout) if form == "jsonl" else open_csv(file, layout, "\t" if form == "tsv" else ",")


def _compression(path: Path) -> str:
    with path.open("rb") as file:
        return "gzip" if file.read(2) == b"\x1f\x8b" else "none"


def _format(url: str) -> str:
    path = Path(urlsplit(url).path.lower().removesuffix(".gz").removesuffix(".gzip"))
    return _FORMATS.get(path.suffix, "csv")


def _refuse_foreign(file: TextFile) -> None:
    """Say what the file is when it is not the text that was expected."""
    with file.open() as stream:
        head = file.read(stream, 4096)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    kinds = (
        (not text, "the file is empty"),
        (text.startswith((b"<!doctype html", b"<html")), "this is a web page, not data; the address may need a login"),
        (text.startswith(b"<?xml"), "this is XML, not data; check the address"),
        (head.startswith(b"PAR1"), "this is Parquet; write `format: parquet`"),
        (head.startswith(b"\x1f\x8b"), "this is gzip; write `compression: gzip`"),
        (head.startswith(b"PK\x03\x04"), "this is a zip archive or a workbook; unpack it, or save it as CSV"),
        (head.startswith((b"\xff\xfe", b"\xfe\xff")), "the text is UTF-16; save it as UTF-8"),
        (b"\x00" in head, "this is not text; check the address and `format`"),
    )
    for found, message in kinds:
        if found:
            raise StepError(f"{file.name}: {message}")
