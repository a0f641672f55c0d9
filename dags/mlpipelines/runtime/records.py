"""Delimited text in a file -> pieces of bytes that end where a record ends, and the line on which a record stands."""

from __future__ import annotations

import gzip
import re
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from mlpipelines.errors import StepError

BLOCK = 2 << 20
_LONGEST_RECORD = 64 << 20
_USUAL_RATIO = 6  # of packed numbers


@dataclass(frozen=True)
class TextFile:
    """A local file and how it is packed; `name` is what messages call it."""

    path: Path
    name: str
    compression: str

    @property
    def size(self) -> int:
        """About how many bytes it has unpacked."""
        return self.path.stat().st_size * (_USUAL_RATIO if self.compression == "gzip" else 1)

    def open(self) -> BinaryIO:
        if self.compression == "gzip":
            return cast("BinaryIO", gzip.GzipFile(self.path))
        return self.path.open("rb")

    def read(self, file: BinaryIO, size: int) -> bytes:
        with self._damage_explained():
            return file.read(size)

    def line(self, file: BinaryIO, limit: int) -> bytes:
        with self._damage_explained():
            return file.readline(limit)

    def fill(self, file: BinaryIO, buffer: bytearray) -> int:
        """Read until the buffer or the file is at its end; how much there was."""
        with self._damage_explained(), memoryview(buffer) as view:
            size = 0
            while count := file.readinto(view[size:]):  # type: ignore[attr-defined]
                size += count
            return size

    @contextmanager
    def _damage_explained(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise StepError(
                f"{self.name}: the gzip data is cut off or damaged ({error}); get the file again"
            ) from error


@dataclass(frozen=True)
class Records:
    """Bytes of whole records; they start `lines` lines after `offset` in the (unpacked) file."""

    data: bytes | bytearray
    offset: int
    lines: int = 0


def read_records(file: TextFile, delimiter: bytes, block: int = BLOCK, quoted: bool = True) -> Iterator[Records]:
    """The file in pieces of about `block` bytes, lines ending in one newline, without a byte-order mark.

    Without `quoted` every newline ends a record.
    """
    with file.open() as stream:
        offset = 3 if file.read(stream, 3) == b"\xef\xbb\xbf" else 0
        stream.seek(offset)
        while data := _lines(file, stream, block):
            while quoted and b'"' in data and data.count(b'"') % 2 and _open_quote(data, delimiter) is not None:
                more = _until_quote(file, stream)
                if not more or len(data) > _LONGEST_RECORD:
                    raise StepError(_endless(file, delimiter, data, offset))
                data += more
            yield Records(data.replace(b"\r\n", b"\n") if b"\r" in data else data, offset)
            offset += len(data)


def _lines(file: TextFile, stream: BinaryIO, block: int) -> bytearray:
    """About `block` bytes, to the end of a line."""
    data = bytearray(block)
    size = file.fill(stream, data)
    del data[size:]
    if size == block and not data.endswith(b"\n"):
        data += _line(file, stream)
    return data


def _line(file: TextFile, stream: BinaryIO) -> bytes:
    line = file.line(stream, _LONGEST_RECORD)
    if len(line) == _LONGEST_RECORD:
        raise StepError(f"{file.name}: a line is longer than {_LONGEST_RECORD} bytes; save it with ordinary line ends")
    return line


def _until_quote(file: TextFile, stream: BinaryIO) -> bytes:
    """Lines up to one that may close a quoted field."""
    lines = []
    while line := _line(file, stream):
        lines.append(line)
        if line.count(b'"') % 2:
            break
    return b"".join(lines)


def record_starts(data: bytes | bytearray, delimiter: bytes, keep_blank: bool = False) -> list[int]:
    """Where each record of `data` that is not blank starts; `keep_blank` counts lines of spaces as records."""
    import numpy as np

    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
    if b'"' in data:
        spans = np.array([match.span() for match in _quoted(delimiter).finditer(data)]).reshape(-1, 2)
        before = np.searchsorted(spans[:, 0], ends, side="right") - 1
        ends = ends[(before < 0) | (ends >= spans[before, 1])] if len(spans) else ends
    bounds = np.concatenate([[0], ends + 1, [len(data)]])
    pairs = zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    skipped = (b"", b"\n") if keep_blank else None
    return [a for a, b in pairs if (data[a:b] not in skipped if skipped else data[a:b].strip())]


def line_of(file: TextFile, offset: int) -> int:
    """The line (from 1) on which the byte at `offset` of the unpacked file stands."""
    lines, left = 1, offset
    with file.open() as stream:
        while left > 0 and (piece := file.read(stream, min(left, BLOCK))):
            lines += piece.count(b"\n")
            left -= len(piece)
    return lines


def _quoted(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:\A|(?<=[\n" + re.escape(delimiter) + rb']))"[^"]*+(?:""[^"]*+)*+(?:"|\Z)')


def _open_quote(data: bytes | bytearray, delimiter: bytes) -> int | None:
    """Where the quoted field starts that does not end in `data`."""
    fields = deque(_quoted(delimiter).finditer(data), maxlen=1)
    if not fields or fields[0].end() < len(data) or (len(fields[0][0]) > 1 and fields[0][0].count(b'"') % 2 == 0):
        return None
    return fields[0].start()


def _endless(file: TextFile, delimiter: bytes, piece: bytes | bytearray, offset: int) -> str:
    opened = _open_quote(piece, delimiter) or 0
    line = line_of(file, offset + opened)
    return f"{file.name}, line {line}: a quoted field starts here and never ends; close the quotation mark"
