"""One reading of the whole file beforehand: the statistics that fill gaps and the texts of categorical columns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from mlpipelines.errors import StepError
from mlpipelines.runtime.averages import Mean, Median, Statistic
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
        statistics: dict[int, Statistic] = {
            position: Mean() if how == "mean" else Median(files.new()) for position, how in fills.items()
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


def _statistic(column: str, statistic: Statistic) -> str:
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
