"""What cleaning gives and everything after it takes: rows as finished text, with their labels."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rows:
    """`features`: Arrow binary, each `5.1,3.5\\n`. Labels are one of: none; `labels`: Arrow binary, each `12.5,`;
    `codes`: numpy numbers that point into `texts`, the class texts of these rows."""

    features: Any
    labels: Any = None
    codes: Any = None
    texts: tuple[str, ...] = ()
    dropped: int = 0

    def __len__(self) -> int:
        return len(self.features)


# For a number of rows, the order they shall get (numpy), or None for as they come.
Order = Callable[[int], Any]


def binary(data: Any, offsets: Any) -> Any:
    """An Arrow binary array over a buffer; `offsets` is numpy int32, one more than elements."""
    import pyarrow as pa

    return pa.BinaryArray.from_buffers(pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def bytes_of(array: Any) -> tuple[Any, Any]:
    """An Arrow binary array's (bytes, int32 offsets from 0), both writable numpy where Arrow made them."""
    import numpy as np

    _, offsets, data = array.buffers()
    where = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    if data is None or len(array) == 0:
        return np.empty(0, np.uint8), np.zeros(1, np.int32)
    text = np.frombuffer(data, np.uint8)[where[0] : where[-1]]
    return text, where - where[0] if where[0] else where


def take(array: Any, rows: Any) -> Any:
    """The elements at these positions (numpy), in the C library's memory: Arrow's own keeps tens of megabytes back."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    positions = pa.array(np.ascontiguousarray(rows))
    return pc.take(array, positions, boundscheck=False, memory_pool=pa.system_memory_pool())


def give_back() -> None:
    """Return free memory to the system, that of Arrow and that of the C library, which numpy uses."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError):  # only GNU's library has it
        ctypes.CDLL(None).malloc_trim(0)


def end_with(array: Any, mark: bytes) -> Any:
    """The same binary array with the last byte of every element replaced; changes a fresh Arrow result in place."""
    text, offsets = bytes_of(array)
    if not text.flags.writeable:
        text = text.copy()
    text[offsets[1:] - 1] = mark[0]
    return binary(text, offsets)
