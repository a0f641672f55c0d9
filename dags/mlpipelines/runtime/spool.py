"""Rows on disk between reading and writing: put in by blocks, each sorted by bucket, and taken out by buckets."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from mlpipelines.runtime.passing import PassingFile
from mlpipelines.runtime.rows import bytes_of

_TILE = 16  # buckets that share a file, which is in the system's memory as a whole when they are read


@dataclass(frozen=True)
class Bucket:
    """`texts`: labels, each with its comma, and from `features` on lines; `codes`: numpy uint32, perhaps none."""

    texts: Any
    features: int
    codes: Any


# Of one bucket in one block: how many bytes its codes, its labels and its features have.
_Sizes = tuple[int, int, int]


@dataclass(frozen=True)
class _Tile:
    """A file of segments, one for each block: the sizes of its buckets, then each one's codes, labels, features."""

    path: Path
    file: PassingFile
    width: int
    segments: array[int] = field(default_factory=lambda: array("q"))

    def sizes(self, segment: int) -> list[_Sizes]:
        import numpy as np

        sizes: Any = np.empty((self.width, 3), np.int64)
        self.file.read([memoryview(sizes).cast("B")], self.segments[segment])
        return [tuple(row) for row in sizes.tolist()]

    def positions(self, segment: int) -> Iterator[int]:
        """Where each bucket starts."""
        start = self.segments[segment] + 24 * self.width
        return accumulate((sum(sizes) for sizes in self.sizes(segment)), initial=start)


class Spool:
    """Without a number of `buckets` every block is a bucket."""

    def __init__(self, folder: Path, buckets: int | None) -> None:
        folder.mkdir()
        self._stack = ExitStack()
        self._each = buckets is None
        self._tiles = []
        for first in range(0, buckets or 1, _TILE):
            path = folder / str(first)
            file = self._stack.enter_context(PassingFile(path, forget=False))
            self._tiles.append(_Tile(path, file, min(_TILE, (buckets or 1) - first)))

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def append(self, bounds: Any, features: Any, labels: Any = None, codes: Any = None) -> None:
        """Rows in the order of their buckets; `bounds` says where each bucket's begin, and the end of the last."""
        import numpy as np

        data, offsets = bytes_of(features)
        text, ends = (data[:0], np.zeros(len(offsets), np.int32)) if labels is None else bytes_of(labels)
        numbers = data[:0] if codes is None else codes.view(np.uint8)
        places = np.stack([bounds * (len(numbers) // max(1, len(features))), ends[bounds], offsets[bounds]], axis=1)
        sizes, points = np.diff(places, axis=0).astype(np.int64), places.tolist()
        first = 0
        for tile in self._tiles:
            tile.segments.append(tile.file.size)
            arrays = [sizes[first : first + tile.width]]
            for start, stop in pairwise(points[first : first + tile.width + 1]):
                arrays += numbers[start[0] : stop[0]], text[start[1] : stop[1]], data[start[2] : stop[2]]
            tile.file.write(*arrays)
            first += tile.width

    def buckets(self) -> Iterator[Stored]:
        """Each once, in order, and to be read soon; files are deleted when all theirs are given out."""
        for tile in self._tiles:
            every = range(len(tile.segments))
            if self._each:
                yield from (Stored(tile.file, [next(tile.positions(at))], tile.sizes(at)) for at in every)
            else:
                tile.file.expect_reading()
                sizes = [tile.sizes(at) for at in every]
                positions = [list(tile.positions(at)) for at in every]
                for number in range(tile.width):
                    yield Stored(tile.file, [each[number] for each in positions], [each[number] for each in sizes])
            # The descriptor keeps it alive for those who still read.
            tile.path.unlink()


@dataclass(frozen=True)
class Stored:
    """A bucket that is on disk, in pieces."""

    file: PassingFile
    positions: Sequence[int]
    sizes: Sequence[_Sizes]

    def read(self, head: bytes = b"") -> Bucket:
        """`head` is put before the labels."""
        import numpy as np

        codes, labels, features = (sum(size[kind] for size in self.sizes) for kind in range(3))
        texts: Any = np.empty(len(head) + labels + features, np.uint8)
        numbers: Any = np.empty(codes, np.uint8)
        views = memoryview(numbers), memoryview(texts)
        views[1][: len(head)] = head
        code, label, feature = 0, len(head), len(head) + labels
        for position, (a, b, c) in zip(self.positions, self.sizes, strict=True):
            parts = [views[0][code : code + a], views[1][label : label + b], views[1][feature : feature + c]]
            self.file.read([part for part in parts if part], position)
            code, label, feature = code + a, label + b, feature + c
        return Bucket(texts, len(head) + labels, numbers.view(np.uint32))
