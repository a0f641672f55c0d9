"""Numbers that arrive in pieces -> their exact mean or median, in little memory."""

from __future__ import annotations

import math
import struct
from typing import IO, Any, Protocol


class Statistic(Protocol):
    def add(self, values: Any) -> None:
        """Take numbers (numpy float64)."""

    def result(self) -> float: ...


class Mean:
    def __init__(self) -> None:
        self._sums: list[float] = []
        self._count = 0

    def add(self, values: Any) -> None:
        # fsum of sums: the result does not depend on the order of additions within a block.
        self._sums = [math.fsum([*self._sums, float(values.sum())])]
        self._count += len(values)

    def result(self) -> float:
        return self._sums[0] / self._count


class Median:
    """Exact, from a file of the numbers: each turn fixes 16 of the 64 bits of the number in question."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count = 0

    def add(self, values: Any) -> None:
        self._file.write(_sortable(values))
        self._count += len(values)

    def result(self) -> float:
        self._file.flush()
        low, high = self._nth((self._count - 1) // 2), self._nth(self._count // 2)
        return low + (high - low) / 2

    def _nth(self, rank: int) -> float:
        import numpy as np

        prefix = 0
        for shift in (48, 32, 16, 0):
            histogram = np.zeros(1 << 16, np.int64)
            for values in self._pieces():
                if shift < 48:
                    values = values[values >> np.uint64(shift + 16) == prefix]
                digits = (values >> np.uint64(shift)) & np.uint64(0xFFFF)
                histogram += np.bincount(digits.astype(np.int64), minlength=1 << 16)
            reached = np.cumsum(histogram)
            digit = int(np.searchsorted(reached, rank, side="right"))
            rank -= int(reached[digit - 1]) if digit else 0
            prefix = prefix << 16 | digit
        return _unsorted(prefix)

    def _pieces(self) -> Any:
        import numpy as np

        self._file.seek(0)
        while data := self._file.read(1 << 20):
            yield np.frombuffer(data, np.uint64)


def _sortable(values: Any) -> bytes:
    """Doubles as unsigned integers in the same order."""
    import numpy as np

    bits = values.view(np.uint64)
    result: bytes = np.where(bits >> np.uint64(63), ~bits, bits | np.uint64(1 << 63)).tobytes()
    return result


def _unsorted(bits: int) -> float:
    raw = bits ^ (1 << 63) if bits >> 63 else ~bits & ((1 << 64) - 1)
    number: float = struct.unpack("<d", struct.pack("<Q", raw))[0]
    return number
