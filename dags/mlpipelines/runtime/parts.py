"""Rows from a reader -> for every part its three files: target first, features alone, labels alone."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, TypeVar

from mlpipelines.runtime.rows import bytes_of, end_with
from mlpipelines.runtime.splitting import Assigner
from mlpipelines.runtime.spool import Slice, Spool

_CHUNK = 4 << 20
_MOST_SHUFFLED = 999_999_999  # numpy's hypergeometric draw ends there
WORKERS = min(2, os.cpu_count() or 1)

In = TypeVar("In")
Out = TypeVar("Out")


def in_turn(function: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
    """`map` over a few threads (Arrow and numpy leave the interpreter's lock), in order, never far ahead."""
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[Out]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def chunks(spool: Spool, rng: Any = None) -> Iterator[list[Slice]]:
    """All rows once, in slices that fit in memory; with `rng` each chunk is a random draw from what is left."""
    import numpy as np

    left = np.array(spool.rows, np.int64)
    if rng is None:
        yield from spool.runs()
        return
    total = int(left.sum())
    size = max(1, int(_CHUNK * total / max(spool.size, 1)))
    start = np.zeros(len(left), np.int64)
    while total:
        drawn = left if total <= size else rng.multivariate_hypergeometric(left, size, method="marginals")
        yield [Slice(int(run), int(start[run]), int(drawn[run])) for run in np.flatnonzero(drawn)]
        start, left, total = start + drawn, left - drawn, total - int(drawn.sum())


class PartWriter:
    """`numbers`: for each code the text of its label; None when every row carries its own label, or has none."""

    def __init__(
        self,
        spool: Spool,
        assigner: Assigner,
        folder: Path,
        parts: Sequence[str],
        *,
        numbers: Sequence[str] | None,
        classes: Any,
        labelled: bool,
    ) -> None:
        self._spool, self._assigner, self._folder, self._parts = spool, assigner, folder, parts
        self._classes, self._labelled = classes, labelled
        self._vocabulary = None if numbers is None else _texts([f"{number},".encode() for number in numbers])

    def write(self, rng: Any = None) -> None:
        with ExitStack() as stack:
            files = [[stack.enter_context(path.open("wb")) for path in self._paths(part)] for part in self._parts]
            for buffers in in_turn(self._build, self._planned(rng)):
                _write_all(files, buffers)

    def _paths(self, part: str) -> list[Path]:
        names = (part, f"{part}_features", f"{part}_labels") if self._labelled else (part,)
        return [self._folder / name for name in names]

    def _planned(self, rng: Any) -> Iterator[tuple[list[Slice], Any, list[Any]]]:
        """Chunks, the codes of their rows, and for every part the rows that it gets, in order."""
        import numpy as np

        for slices in chunks(self._spool, rng):
            count = sum(part.count for part in slices)
            codes = None if self._vocabulary is None else self._spool.codes(slices)
            order = np.arange(count) if rng is None else rng.permutation(count)
            classes = np.zeros(count, np.uint8) if self._classes is None else self._classes[codes][order]
            assigned = self._assigner.parts(classes)
            yield slices, codes, [order[assigned == part].astype(np.int32) for part in range(len(self._parts))]

    def _build(self, plan: tuple[list[Slice], Any, list[Any]]) -> list[list[Any]]:
        """For every part the bytes for each of its files."""
        slices, codes, rows_of_parts = plan
        features = self._spool.features(slices)
        if not self._labelled:
            return [[_bytes(features.take(_array(rows)))] for rows in rows_of_parts]
        labels = self._spool.labels(slices) if self._vocabulary is None else self._vocabulary
        texts, offset = _joined(labels, features), len(labels)
        return [_three(texts, offset, rows, rows if codes is None else codes[rows]) for rows in rows_of_parts]


def _three(texts: Any, offset: int, rows: Any, labels: Any) -> list[Any]:
    """`texts` holds labels, then from `offset` on features; each row is its label followed by its features."""
    import numpy as np

    pairs = np.empty((len(rows), 2), np.int32)
    pairs[:, 0] = labels
    pairs[:, 1] = rows + offset
    whole = texts.take(_array(pairs.ravel()))
    alone = texts.take(_array(pairs[:, 1]))
    answers = end_with(texts.take(_array(pairs[:, 0])), b"\n")
    return [_bytes(whole), _bytes(alone), _bytes(answers)]


def _joined(first: Any, second: Any) -> Any:
    import pyarrow as pa

    return pa.concat_arrays([first, second])


def _texts(values: list[bytes]) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.binary())


def _array(values: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    return pa.array(np.ascontiguousarray(values))


def _bytes(array: Any) -> Any:
    return bytes_of(array)[0]


def _write_all(files: list[list[IO[bytes]]], buffers: list[list[Any]]) -> None:
    for part_files, part_buffers in zip(files, buffers, strict=True):
        for file, buffer in zip(part_files, part_buffers, strict=True):
            file.write(buffer)
