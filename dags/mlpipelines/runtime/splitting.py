"""How many rows of which class every part gets, and which part each row goes to: exact counts, random membership."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from mlpipelines.errors import StepError


def fractions_of(split: Mapping[str, float | str]) -> dict[str, Fraction]:
    """The shares as exact numbers; 0.7 is seven tenths, not the nearest binary number."""
    try:
        shares = {part: Fraction(str(share)) for part, share in split.items()}
    except (ValueError, ZeroDivisionError) as error:
        raise StepError(f"`split` must give numbers such as {{train: 0.7, test: 0.3}}, not {dict(split)}") from error
    if not shares or any(share <= 0 for share in shares.values()):
        raise StepError(f"`split` must name at least one part, and every share must be more than 0: {dict(split)}")
    total = sum(shares.values(), Fraction())
    if abs(total - 1) > Fraction(1, 10**6):
        raise StepError(f"the shares of `split` add up to {float(total):g}, not to 1: {dict(split)}")
    return {part: share / total for part, share in shares.items()}


def part_counts(rows: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole numbers that add up to `rows`, by largest remainder; equal remainders go to the earlier part."""
    exact = [rows * share for share in shares]
    counts = [int(value) for value in exact]
    by_remainder = sorted(range(len(shares)), key=lambda part: (counts[part] - exact[part], part))
    for part in by_remainder[: rows - sum(counts)]:
        counts[part] += 1
    return counts


def class_counts(sizes: Sequence[int], shares: Sequence[Fraction]) -> list[list[int]]:
    """For each class its rows per part. Parts get exactly `part_counts` of all rows, classes their share within one."""
    exact = [[size * share for share in shares] for size in sizes]
    counts = [[int(value) for value in row] for row in exact]
    free = [
        total - sum(column)
        for total, column in zip(part_counts(sum(sizes), shares), zip(*counts, strict=True), strict=True)
    ]
    for row, wanted, size in zip(counts, exact, sizes, strict=True):
        # Giving to the parts with most room left never runs into a dead end (Gale and Ryser).
        by_room = sorted(range(len(shares)), key=lambda part: (-free[part], row[part] - wanted[part], part))
        for part in by_room[: size - sum(row)]:
            row[part] += 1
            free[part] -= 1
    return counts


class Assigner:
    """Gives rows, as they come, to parts until every class has filled its places in every part.

    Random (with `rng`) means: among the rows of a class every choice of places is equally likely.
    Without `rng` the first rows of a class go to the first part.
    """

    def __init__(self, counts: Sequence[Sequence[int]], rng: Any = None) -> None:
        import numpy as np

        self._left = np.array(counts, np.int64)
        self._rng = rng

    def parts(self, classes: Any) -> Any:
        """The part of each row, for rows in random order (in file order without `rng`); `classes` is numpy."""
        import numpy as np

        every = np.arange(self._left.shape[1], dtype=np.uint16)
        if len(self._left) == 1:
            return np.repeat(every, self._take(0, len(classes)))
        sizes: Any = np.bincount(classes, minlength=len(self._left))
        limits = np.zeros(self._left.shape, np.int64)
        for row in np.flatnonzero(sizes).tolist():
            limits[row] = np.cumsum(self._take(row, int(sizes[row])))
        rank = _rank_in_class(classes, sizes)
        parts: Any = np.zeros(len(classes), np.uint16)
        for part in every[:-1].tolist():
            parts += rank >= limits[classes, part]
        return parts

    def _take(self, row: int, size: int) -> Any:
        import numpy as np

        left = self._left[row]
        if self._rng is None:
            before = np.cumsum(left) - left
            taken = np.clip(size - before, 0, left)
        elif size == left.sum():
            taken = left.copy()
        else:
            taken = self._rng.multivariate_hypergeometric(left, size, method="marginals")
        self._left[row] = left - taken
        return taken


def _rank_in_class(classes: Any, sizes: Any) -> Any:
    """For each row, how many rows of its class come before it."""
    import numpy as np

    order = np.argsort(classes, kind="stable")
    rank = np.empty(len(classes), np.int64)
    rank[order] = np.arange(len(classes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return rank
