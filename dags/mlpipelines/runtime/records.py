"""Delimited text in a file -> pieces of bytes that end where a record ends, and the line on which a record stands."""

from __future__ import annotations

import gzip
import re
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mlpipelines.errors import StepError

BLOCK = 4 << 20
_LONGEST_RECORD = 64 << 20
_LOOK_BACK = 1000


@dataclass(frozen=True)
class TextFile:
    """A local file and how it is packed; `name` is what messages call it."""

    path: Path
    name: str
    compression: str

    def open(self) -> IO[bytes]:
        return gzip.open(self.path, "rb") if self.compression == "gzip" else self.path.open("rb")

    def read(self, file: IO[bytes], size: int) -> bytes:
        try:
            return file.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise StepError(
                f"{self.name}: the gzip data is cut off or damaged ({error}); get the file again"
            ) from error


@dataclass(frozen=True)
class Records:
    """Bytes of whole records; they start `lines` lines after `offset` in the (unpacked) file."""

    data: bytes
    offset: int
    lines: int = 0


def read_records(file: TextFile, delimiter: bytes, block: int = BLOCK, quoted: bool = True) -> Iterator[Records]:
    """The file in pieces of about `block` bytes, lines ending in one newline, without a byte-order mark.

    Without `quoted` every newline ends a record.
    """
    with file.open() as stream:
        rest = file.read(stream, block)
        offset = 3 if rest.startswith(b"\xef\xbb\xbf") else 0
        rest = rest[offset:]
        only_returns = b"\r" in rest and b"\n" not in rest
        while rest:
            piece = rest.replace(b"\r", b"\n") if only_returns else rest
            end = _last_record_end(piece, delimiter) if quoted else piece.rfind(b"\n") + 1
            if end:
                yield Records(_plain_newlines(piece[:end]), offset)
                offset += end
                rest = rest[end:]
            elif len(rest) > _LONGEST_RECORD:
                raise StepError(_endless(file, delimiter, piece, offset))
            more = file.read(stream, block)
            if not more:
                break
            rest += more
        if rest:
            piece = rest.replace(b"\r", b"\n") if only_returns else rest
            if quoted and piece.count(b'"') % 2 and _open_quote(piece, delimiter) is not None:
                raise StepError(_endless(file, delimiter, piece, offset))
            yield Records(_plain_newlines(piece), offset)


def record_starts(data: bytes, delimiter: bytes, keep_blank: bool = False) -> list[int]:
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
    lines, returns, left = 0, 0, offset
    with file.open() as stream:
        while left > 0 and (piece := file.read(stream, min(left, BLOCK))):
            lines += piece.count(b"\n")
            returns += piece.count(b"\r")
            left -= len(piece)
    return (lines or returns) + 1


def _plain_newlines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def _last_record_end(data: bytes, delimiter: bytes) -> int:
    """One past the last newline that is not inside a quoted field; 0 when there is none."""
    end = data.rfind(b"\n")
    if end < 0 or b'"' not in data:
        return end + 1
    quotes = data.count(b'"', 0, end)
    for _ in range(_LOOK_BACK):
        if quotes % 2 == 0 or end < 0:
            break
        before = data.rfind(b"\n", 0, end)
        quotes -= data.count(b'"', max(before, 0), end)
        end = before
    if end >= 0 and quotes % 2 == 0:
        return end + 1
    # A quotation mark inside an unquoted field makes counting useless; look at each field instead.
    starts = record_starts(data, delimiter)
    return int(starts[-1]) if starts else 0


def _quoted(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:\A|(?<=[\n" + re.escape(delimiter) + rb']))"[^"]*+(?:""[^"]*+)*+(?:"|\Z)')


def _open_quote(data: bytes, delimiter: bytes) -> int | None:
    """Where the quoted field starts that does not end in `data`."""
    fields = deque(_quoted(delimiter).finditer(data), maxlen=1)
    if not fields or fields[0].end() < len(data) or (len(fields[0][0]) > 1 and fields[0][0].count(b'"') % 2 == 0):
        return None
    return fields[0].start()


def _endless(file: TextFile, delimiter: bytes, piece: bytes, offset: int) -> str:
    opened = _open_quote(piece, delimiter) or 0
    line = line_of(file, offset + opened)
    return f"{file.name}, line {line}: a quoted field starts here and never ends; close the quotation mark"
