"""Rows on disk between reading and writing: put in by blocks, each sorted by bucket, and taken out by buckets."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class _Tile:
    """A file of segments, one for each block: where its buckets start, their codes, their labels, their features."""

    path: Path
    file: PassingFile
    segments: array[int] = field(default_factory=lambda: array("q"))


class Spool:
    """Without a number of `buckets` every block is a bucket."""

    def __init__(self, folder: Path, buckets: int | None) -> None:
        folder.mkdir()
        self._stack = ExitStack()
        self._each = buckets is None
        self._widths = [min(_TILE, (buckets or 1) - first) for first in range(0, buckets or 1, _TILE)]
        paths = [folder / str(number) for number in range(len(self._widths))]
        self._tiles = [_Tile(path, self._stack.enter_context(PassingFile(path, forget=False))) for path in paths]
        self._coded = False

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def append(self, bounds: Any, features: Any, labels: Any = None, codes: Any = None) -> None:
        """Rows in the order of their buckets; `bounds` says where each bucket's begin, and the end of the last."""
        import numpy as np

        data, offsets = bytes_of(features)
        text, ends = (data[:0], np.zeros(len(offsets), np.int32)) if labels is None else bytes_of(labels)
        places = np.stack([bounds, ends[bounds], offsets[bounds]], axis=1)
        self._coded = codes is not None
        for number, (tile, width) in enumerate(zip(self._tiles, self._widths, strict=True)):
            mine = places[number * _TILE : number * _TILE + width + 1]
            (row, label, feature), (last_row, last_label, last_feature) = mine[0].tolist(), mine[-1].tolist()
            tile.segments.append(tile.file.size)
            tile.file.write(
                np.ascontiguousarray(mine - mine[0], np.uint32),
                data[:0] if codes is None else codes[row:last_row],
                text[label:last_label],
                data[feature:last_feature],
            )

    def buckets(self) -> Iterator[Stored]:
        """Each once, in order, and to be read before the next but one; files are deleted when all theirs are taken."""
        for tile, width in zip(self._tiles, self._widths, strict=True):
            if self._each:
                for start in tile.segments:
                    yield Stored(tile.file, [_Segment(start, self._places(tile, start, 1), self._coded)], 0)
            else:
                tile.file.expect_reading()
                segments = [_Segment(start, self._places(tile, start, width), self._coded) for start in tile.segments]
                for number in range(width):
                    yield Stored(tile.file, segments, number)
            # The descriptor keeps it alive for those who still read.
            tile.path.unlink()

    def _places(self, tile: _Tile, start: int, width: int) -> list[list[int]]:
        import numpy as np

        places: Any = np.empty((width + 1, 3), np.uint32)
        tile.file.read(memoryview(places).cast("B"), start)
        found: list[list[int]] = places.tolist()
        return found


@dataclass(frozen=True)
class Stored:
    """A bucket that is on disk."""

    file: PassingFile
    segments: Sequence[_Segment]
    number: int

    def read(self, head: bytes = b"") -> Bucket:
        """`head` is put before the labels."""
        codes, labels, features = ([segment.span(kind, self.number) for segment in self.segments] for kind in range(3))
        texts, ends = _gathered(self.file, head, labels, features)
        return Bucket(texts, ends[1], _gathered(self.file, b"", codes)[0].view("uint32"))


@dataclass(frozen=True)
class _Segment:
    start: int
    places: list[list[int]]
    coded: bool

    def span(self, kind: int, bucket: int) -> tuple[int, int]:
        """Where a bucket's codes (0), labels (1) or features (2) are in the file, and how many bytes."""
        first, last, all_ = self.places[bucket], self.places[bucket + 1], self.places[-1]
        each = 4 if self.coded else 0
        start = self.start + 12 * len(self.places)
        if kind == 0:
            return start + each * first[0], each * (last[0] - first[0])
        start += each * all_[0] + (all_[1] if kind == 2 else 0)
        return start + first[kind], last[kind] - first[kind]


def _gathered(file: PassingFile, head: bytes, *kinds: Sequence[tuple[int, int]]) -> tuple[Any, list[int]]:
    """The head and all spans in one array, and where the head and each kind of spans end in it."""
    import numpy as np

    data: Any = np.empty(len(head) + sum(size for spans in kinds for _, size in spans), np.uint8)
    view, ends = memoryview(data), [len(head)]
    view[: len(head)] = head
    for spans in kinds:
        at = ends[-1]
        for where, size in spans:
            if size:
                file.read(view[at : at + size], where)
                at += size
        ends.append(at)
    return data, ends
