"""One reading of the whole file beforehand: the statistics that fill gaps and the texts of categorical columns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from mlpipelines.errors import StepError
from mlpipelines.runtime.cleaning import combined, numeric_text, trimmed
from mlpipelines.runtime.columns import Columns
from mlpipelines.runtime.missing import Rule
from mlpipelines.runtime.tables import Source

_MOST_CATEGORIES = 100_000


@dataclass
class Scan:
    """Texts to fill in and, for columns that are not numbers, their sorted distinct texts; by column position."""

    fills: dict[int, str] = field(default_factory=dict)
    categories: dict[int, tuple[str, ...]] = field(default_factory=dict)


class _Statistic(Protocol):
    def add(self, values: Any) -> None:
        """Take numbers (numpy float64)."""

    def result(self) -> float: ...


class _Mean:
    def __init__(self) -> None:
        self._sums: list[float] = []
        self._count = 0

    def add(self, values: Any) -> None:
        # fsum of sums: the result does not depend on the order of additions within a block.
        self._sums = [math.fsum([*self._sums, float(values.sum())])]
        self._count += len(values)

    def result(self) -> float:
        return self._sums[0] / self._count


class _Median:
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
    import struct

    raw = bits ^ (1 << 63) if bits >> 63 else ~bits & ((1 << 64) - 1)
    number: float = struct.unpack("<d", struct.pack("<Q", raw))[0]
    return number


def scan(
    source: Source, columns: Columns, rules: Mapping[int, Rule], encode: bool, missing: frozenset[str], folder: Path
) -> Scan:
    """Read the file beforehand if something about the whole of it is needed, not at all otherwise."""
    fills = {position: rule.fill for position, rule in rules.items() if rule.needs_scan}
    result = Scan()
    if encode:
        texts = sorted(_not_numeric(source, columns.features, missing))
        counters = _counted(source, columns, texts, missing, _MOST_CATEGORIES)
        result.categories = {position: tuple(sorted(counters[position])) for position in texts}
        for position, categories in result.categories.items():
            _refuse_numbers(_column(source, columns, position), categories)
    modes = [position for position, how in fills.items() if how == "mode"]
    for position, counter in _counted(source, columns, modes, missing).items():
        result.fills[position] = _mode(_column(source, columns, position), counter, result.categories.get(position))
    averages = {position: how for position, how in fills.items() if how != "mode"}
    result.fills |= _averages(source, columns, averages, missing, folder)
    return result


def _not_numeric(source: Source, positions: Sequence[int], missing: frozenset[str]) -> set[int]:
    numeric = set(positions)
    for block in source.blocks():
        table = block.table(sorted(numeric))
        numeric -= {at for at in numeric if numeric_text(combined(table.column(str(at))), missing)[1] is not None}
        if not numeric:
            break
    return set(positions) - numeric


def _counted(
    source: Source, columns: Columns, positions: Sequence[int], missing: frozenset[str], most: float = math.inf
) -> dict[int, Counter[str]]:
    counters: dict[int, Counter[str]] = {position: Counter() for position in positions}
    for block in source.blocks() if counters else ():
        table = block.table(positions)
        for position, counter in counters.items():
            present = trimmed(combined(table.column(str(position))), missing).drop_null()
            for entry in present.value_counts().to_pylist():
                counter[entry["values"]] += entry["counts"]
            if len(counter) > most:
                column = _column(source, columns, position)
                raise StepError(f"{column}: more than {most} different texts are no categories; drop the column")
    return counters


def _averages(
    source: Source, columns: Columns, fills: Mapping[int, str], missing: frozenset[str], folder: Path
) -> dict[int, str]:
    import pyarrow as pa

    with _Files(folder) as files:
        statistics: dict[int, _Statistic] = {
            position: _Mean() if how == "mean" else _Median(files.new()) for position, how in fills.items()
        }
        for block in source.blocks() if fills else ():
            table = block.table(sorted(fills))
            for position, statistic in statistics.items():
                values, wrong = numeric_text(combined(table.column(str(position))), missing)
                if wrong is not None:
                    raise StepError(_no_average(source, columns, position, fills[position], block.place(wrong)))
                statistic.add(values.drop_null().cast(pa.float64()).to_numpy(zero_copy_only=False))
        return {at: _statistic(_column(source, columns, at), statistic) for at, statistic in statistics.items()}


def _column(source: Source, columns: Columns, position: int) -> str:
    return f"{source.name}, column {columns.names[position]!r}"


def _no_average(source: Source, columns: Columns, position: int, how: str, place: str) -> str:
    return (
        f"{source.name}, {place}, column {columns.names[position]!r}: the {how} of a column that holds text "
        "does not exist; correct the value, or fill this column with mode"
    )


def _statistic(column: str, statistic: _Statistic) -> str:
    try:
        return repr(statistic.result())
    except (ZeroDivisionError, IndexError) as error:
        raise StepError(_nothing(column)) from error


def _refuse_numbers(column: str, categories: tuple[str, ...]) -> None:
    """A column of numbers with a few words in it is damaged, not a column of words: numbering it would hide that."""
    words = [text for text in categories if not _is_number(text)]
    if len(categories) >= 10 and 0 < len(words) <= len(categories) // 5:
        raise StepError(
            f"{column}: it holds numbers, and {', '.join(map(repr, words[:3]))}; correct these, list them in "
            "`missing_values`, or drop the column; it cannot be encoded as words"
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _mode(column: str, counter: Counter[str], categories: tuple[str, ...] | None) -> str:
    if not counter:
        raise StepError(_nothing(column))
    best = min(counter, key=lambda text: (-counter[text], text))
    return best if categories is None else str(categories.index(best))


def _nothing(column: str) -> str:
    return f"{column}: every value is missing, so there is nothing to fill with; drop the column"


class _Files:
    """Temporary files of one scan."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> _Files:
        return self

    def new(self) -> IO[bytes]:
        self._files.append((self._folder / f"median-{len(self._files)}").open("w+b"))
        return self._files[-1]

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()
            Path(file.name).unlink()
