"""Rows on disk between reading and writing: put in by blocks, each sorted by bucket, and taken out by buckets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpipelines.runtime.rows import bytes_of

_TILE = 64  # buckets whose places are in memory at a time


@dataclass(frozen=True)
class Bucket:
    """`features`: lines; `labels`: texts that end in a comma; `codes`: numpy uint32. Each may be empty."""

    features: Any
    labels: Any
    codes: Any
    rows: int


@dataclass(frozen=True)
class _Block:
    """Where a block's arrays start in the file; `places` leads to where in them each bucket starts."""

    codes: int
    labels: int
    features: int
    places: int


class Spool:
    """One file. Without a number of `buckets` every block is a bucket."""

    def __init__(self, path: Path, buckets: int | None) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._end = 0
        self._count = buckets
        self._coded = False
        self._blocks: list[_Block] = []

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def append(self, bounds: Any, features: Any, labels: Any = None, codes: Any = None) -> None:
        """Rows in the order of their buckets; `bounds` says where each bucket's begin, and the end of the last."""
        import numpy as np

        data, offsets = bytes_of(features)
        text, ends = (data[:0], np.zeros(len(offsets), np.int32)) if labels is None else bytes_of(labels)
        places = np.stack([bounds, ends[bounds], offsets[bounds]], axis=1).astype(np.uint32)
        numbers = data[:0] if codes is None else codes
        self._coded = codes is not None
        self._blocks.append(_Block(*(self._write(array) for array in (numbers, text, data, places))))

    def buckets(self) -> Iterator[Bucket]:
        if self._count is None:
            for block in self._blocks:
                yield self._bucket([block], [self._places(block, 0, 1)], 0)
            return
        for first in range(0, self._count, _TILE):
            width = min(_TILE, self._count - first)
            places = [self._places(block, first, width) for block in self._blocks]
            for bucket in range(width):
                yield self._bucket(self._blocks, places, bucket)

    def _places(self, block: _Block, first: int, width: int) -> list[list[int]]:
        import numpy as np

        places: Any = np.empty((width + 1, 3), np.uint32)
        _read(self._file, memoryview(places).cast("B"), block.places + first * 12)
        found: list[list[int]] = places.tolist()
        return found

    def _bucket(self, blocks: Sequence[_Block], places: Sequence[list[list[int]]], number: int) -> Bucket:
        spans = [(block, where[number], where[number + 1]) for block, where in zip(blocks, places, strict=True)]
        rows = sum(stop[0] - start[0] for _, start, stop in spans)
        labels = self._gathered([(block.labels + start[1], stop[1] - start[1]) for block, start, stop in spans])
        features = self._gathered([(block.features + start[2], stop[2] - start[2]) for block, start, stop in spans])
        codes = self._gathered(
            [(block.codes + 4 * start[0], 4 * (stop[0] - start[0])) for block, start, stop in spans]
            if self._coded
            else []
        )
        return Bucket(features, labels, codes.view("uint32"), rows)

    def _gathered(self, spans: Sequence[tuple[int, int]]) -> Any:
        import numpy as np

        data: Any = np.empty(sum(size for _, size in spans), np.uint8)
        view, at = memoryview(data), 0
        for where, size in spans:
            if size:
                _read(self._file, view[at : at + size], where)
                at += size
        return data

    def _write(self, values: Any) -> int:
        start, view = self._end, memoryview(values).cast("B") if values.size else memoryview(b"")
        while view:
            written = os.pwrite(self._file, view, self._end)
            self._end += written
            view = view[written:]
        return start


def _read(file: int, view: memoryview, where: int) -> None:
    while view:
        count = os.preadv(file, [view], where)
        if not count:
            raise OSError("a temporary file was cut off while it was in use")
        view, where = view[count:], where + count
