"""Buckets of rows -> for every part its three files: target first, features alone, labels alone."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from mlpipelines.runtime.passing import PassingFile
from mlpipelines.runtime.rows import binary, bytes_of, end_with, take
from mlpipelines.runtime.splitting import Assigner
from mlpipelines.runtime.spool import Spool, Stored

WORKERS = min(2, os.cpu_count() or 1)

_PIECE = 1 << 18
_SLICE = 1 << 20  # bytes that are put together at a time

In = TypeVar("In")
Out = TypeVar("Out")


def in_turn(function: Callable[[In], Out], items: Iterable[In], threads: int = WORKERS) -> Iterator[Out]:
    """`map` over a few threads (Arrow and numpy leave the interpreter's lock), in order, never far ahead."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Out]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True)
class _Loaded:
    """`texts`: Arrow array of labels and, from element `first` on, features; `codes` say which label is a row's."""

    texts: Any
    first: int
    codes: Any

    def __len__(self) -> int:
        return len(self.texts) - self.first


@dataclass(frozen=True)
class _Plan:
    loaded: _Loaded
    rows: list[Any]  # for every part, the rows that it gets next, in order


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
            files = [stack.enter_context(PassingFile(path)) for path in self._paths()]
            # One thread: each file in order, while the next rows are put together.
            thread = stack.enter_context(ThreadPoolExecutor(1))
            writing: Future[None] | None = None
            for buffers in in_turn(self._build, self._planned(spool, rng)):
                if writing:
                    writing.result()
                writing = thread.submit(_write_all, files, buffers)
            if writing:
                writing.result()

    def _paths(self) -> list[Path]:
        endings = ("", "_features", "_labels") if self.labelled else ("",)
        return [self.folder / f"{part}{ending}" for part in self.parts for ending in endings]

    def _load(self, stored: Stored) -> _Loaded:
        import numpy as np

        bucket = stored.read("".join(f"{number}," for number in self.numbers or ()).encode())
        labels, features = bucket.texts[: bucket.features], bucket.texts[bucket.features :]
        ends = np.concatenate([[0], _ends(labels, 44), _ends(features, 10) + bucket.features]).astype(np.int32)
        first = int(np.searchsorted(ends, bucket.features))
        return _Loaded(binary(bucket.texts, ends), first, None if self.numbers is None else bucket.codes)

    def _planned(self, spool: Spool, rng: Any) -> Iterator[_Plan]:
        import numpy as np

        for loaded in in_turn(self._load, spool.buckets(), threads=1):
            order = np.arange(len(loaded), dtype=np.int32)
            if rng is not None:
                rng.shuffle(order)
            size = max(1, _SLICE * len(loaded) // max(1, loaded.texts.nbytes))
            for start in range(0, len(loaded), size):
                rows = order[start : start + size]
                classes = np.zeros(len(rows), np.uint8) if self.classes is None else self.classes[loaded.codes[rows]]
                parts = self.assigner.parts(classes)
                yield _Plan(loaded, [rows[parts == part] for part in range(len(self.parts))])

    def _build(self, plan: _Plan) -> list[Any]:
        """The bytes for every file."""
        loaded = plan.loaded
        if not self.labelled:
            return [_bytes(take(loaded.texts, rows)) for rows in plan.rows]
        return [text for rows in plan.rows for text in self._three(loaded, rows)]

    def _three(self, loaded: _Loaded, rows: Any) -> tuple[Any, Any, Any]:
        """Each row is its label followed by its features; the same without labels; labels alone."""
        import numpy as np

        pairs = np.empty((len(rows), 2), np.int32)
        pairs[:, 0] = labels = rows if loaded.codes is None else loaded.codes[rows]
        pairs[:, 1] = features = rows + np.int32(loaded.first)
        whole, alone = take(loaded.texts, pairs.ravel()), take(loaded.texts, features)
        if loaded.codes is None:
            return _bytes(whole), _bytes(alone), _bytes(end_with(take(loaded.texts, labels), b"\n"))
        return _bytes(whole), _bytes(alone), _bytes(take(self._answers, labels))

    @cached_property
    def _answers(self) -> Any:
        """Arrow array of what stands in the labels' files, by code."""
        import pyarrow as pa

        return pa.array([f"{number}\n".encode() for number in self.numbers or ()], pa.binary())


def _ends(text: Any, mark: int) -> Any:
    """Where each text ends, by the byte that ends it."""
    import numpy as np

    found = [np.flatnonzero(text[at : at + _PIECE] == mark) + at + 1 for at in range(0, len(text), _PIECE)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _bytes(array: Any) -> Any:
    return bytes_of(array)[0]


def _write_all(files: Sequence[PassingFile], buffers: Sequence[Any]) -> None:
    for file, buffer in zip(files, buffers, strict=True):
        file.write(buffer)
