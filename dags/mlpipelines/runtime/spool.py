"""Rows on disk between reading and writing: put in by runs, taken out in any mix of slices of runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpipelines.runtime.rows import binary, bytes_of


@dataclass(frozen=True)
class _Text:
    """Where an array of texts lies in the file: its offsets, then its bytes."""

    offsets: int
    data: int


@dataclass(frozen=True)
class Slice:
    run: int
    start: int
    count: int


class Spool:
    """One file; a run is what one `append` wrote."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._end = 0
        self._features: list[_Text] = []
        self._labels: list[_Text] = []
        self._codes: list[int] = []
        self.rows: list[int] = []  # of each run

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    @property
    def size(self) -> int:
        return self._end

    def append(self, features: Any, labels: Any = None, codes: Any = None) -> None:
        """`features` and `labels` are Arrow binary arrays, `codes` numpy uint32."""
        self.rows.append(len(features))
        self._features.append(self._write_text(features))
        if labels is not None:
            self._labels.append(self._write_text(labels))
        if codes is not None:
            self._codes.append(self._write(codes))

    def runs(self) -> Iterator[list[Slice]]:
        """All rows as they came."""
        for run, count in enumerate(self.rows):
            yield [Slice(run, 0, count)]

    def features(self, slices: Sequence[Slice]) -> Any:
        return self._read_text(self._features, slices)

    def labels(self, slices: Sequence[Slice]) -> Any:
        return self._read_text(self._labels, slices)

    def codes(self, slices: Sequence[Slice]) -> Any:
        import numpy as np

        codes = np.empty(sum(part.count for part in slices), np.uint32)
        at = 0
        for part in slices:
            os.preadv(self._file, [codes[at : at + part.count]], self._codes[part.run] + 4 * part.start)
            at += part.count
        return codes

    def _write_text(self, array: Any) -> _Text:
        data, offsets = bytes_of(array)
        return _Text(self._write(offsets), self._write(data))

    def _write(self, values: Any) -> int:
        start, view = self._end, memoryview(values).cast("B") if len(values) else memoryview(b"")
        while view:
            written = os.pwrite(self._file, view, self._end)
            self._end += written
            view = view[written:]
        return start

    def _read_text(self, places: Sequence[_Text], slices: Sequence[Slice]) -> Any:
        """One Arrow binary array of the slices, one after the other."""
        import numpy as np

        offsets = np.zeros(sum(part.count for part in slices) + 1, np.int32)
        spans, at, size = [], 0, 0
        for part in slices:
            place, window = places[part.run], np.empty(part.count + 1, np.int32)
            os.preadv(self._file, [window], place.offsets + 4 * part.start)
            first, last = int(window[0]), int(window[-1])
            offsets[at + 1 : at + part.count + 1] = window[1:] + (size - first)
            spans.append((size, last - first, place.data + first))
            at, size = at + part.count, size + last - first
        data = np.empty(size, np.uint8)
        for start, length, where in spans:
            _read_fully(self._file, data[start : start + length], where)
        return binary(data, offsets)


def _read_fully(file: int, buffer: Any, where: int) -> None:
    view = memoryview(buffer)
    while view:
        count = os.preadv(file, [view], where)
        if not count:
            raise OSError("a temporary file was cut off while it was in use")
        view, where = view[count:], where + count
