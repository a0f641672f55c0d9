"""Buckets of rows -> for every part its three files: target first, features alone, labels alone."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from mlpipelines.runtime.rows import binary, bytes_of, end_with
from mlpipelines.runtime.splitting import Assigner
from mlpipelines.runtime.spool import Bucket, Spool

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
                if len(waiting) >= WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True)
class _Plan:
    bucket: Bucket
    rows: list[Any]  # for every part, the rows that it gets, in order


@dataclass(frozen=True)
class PartWriter:
    """`numbers`: for each code the text of its label, None when every row carries its own; `classes`: for each code its
    class when the split is stratified, else None."""

    folder: Path
    parts: Sequence[str]
    assigner: Assigner
    labelled: bool
    numbers: Sequence[str] | None
    classes: Any

    def write(self, spool: Spool, rng: Any = None) -> None:
        """With `rng` the rows of each bucket are shuffled; the buckets are a random partition already."""
        with ExitStack() as stack:
            # One thread a kind: a part's large files grow at the same time, and each in order.
            kinds = [
                (
                    stack.enter_context(ThreadPoolExecutor(1)),
                    [stack.enter_context(path.open("wb", 0)) for path in paths],
                )
                for paths in self._paths()
            ]
            writing: list[Future[None]] = []
            for buffers in in_turn(self._build, self._planned(spool, rng)):
                _wait(writing)
                writing = [
                    thread.submit(_write_all, files, kind) for (thread, files), kind in zip(kinds, buffers, strict=True)
                ]
            _wait(writing)

    def _paths(self) -> list[list[Path]]:
        endings = ("", "_features", "_labels") if self.labelled else ("",)
        return [[self.folder / f"{part}{ending}" for part in self.parts] for ending in endings]

    def _planned(self, spool: Spool, rng: Any) -> Iterator[_Plan]:
        import numpy as np

        for bucket in spool.buckets():
            order = np.arange(bucket.rows) if rng is None else rng.permutation(bucket.rows)
            classes = np.zeros(bucket.rows, np.uint8) if self.classes is None else self.classes[bucket.codes[order]]
            assigned = self.assigner.parts(classes)
            yield _Plan(bucket, [order[assigned == part].astype(np.int32) for part in range(len(self.parts))])

    def _build(self, plan: _Plan) -> list[list[Any]]:
        """For every kind of file the bytes of every part."""
        bucket = plan.bucket
        if not self.labelled:
            features = binary(bucket.features, _ends(bucket.features, 10))
            return [[_bytes(features.take(_array(rows))) for rows in plan.rows]]
        labels = bucket.labels if self.numbers is None else _vocabulary(self.numbers)
        texts, offset = _texts(labels, bucket.features)
        which = None if self.numbers is None else bucket.codes
        made = [_three(texts, offset, rows, rows if which is None else which[rows]) for rows in plan.rows]
        return [list(kind) for kind in zip(*made, strict=True)]


def _three(texts: Any, offset: int, rows: Any, labels: Any) -> tuple[Any, Any, Any]:
    """`texts` holds labels, then from `offset` on features; each row is its label followed by its features."""
    import numpy as np

    pairs = np.empty((len(rows), 2), np.int32)
    pairs[:, 0] = labels
    pairs[:, 1] = rows + offset
    whole = texts.take(_array(pairs.ravel()))
    alone = texts.take(_array(pairs[:, 1]))
    answers = end_with(texts.take(_array(pairs[:, 0])), b"\n")
    return _bytes(whole), _bytes(alone), _bytes(answers)


def _texts(labels: Any, features: Any) -> tuple[Any, int]:
    import numpy as np

    first, second = _ends(labels, 44), _ends(features, 10)
    offsets = np.concatenate([first, second[1:] + first[-1]])
    return binary(np.concatenate([labels, features]), offsets), len(first) - 1


def _ends(text: Any, mark: int) -> Any:
    """0 and where each text ends, by the byte that ends it."""
    import numpy as np

    ends = np.flatnonzero(text == mark)
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends + 1
    return offsets


def _vocabulary(numbers: Sequence[str]) -> Any:
    import numpy as np

    return np.frombuffer("".join(f"{number}," for number in numbers).encode(), np.uint8)


def _array(values: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    return pa.array(np.ascontiguousarray(values))


def _bytes(array: Any) -> Any:
    return bytes_of(array)[0]


def _wait(futures: Iterable[Future[None]]) -> None:
    for future in futures:
        future.result()


def _write_all(files: Sequence[IO[bytes]], buffers: Sequence[Any]) -> None:
    for file, buffer in zip(files, buffers, strict=True):
        view = memoryview(buffer)
        while view:
            view = view[file.write(view) :]
