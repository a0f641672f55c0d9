"""What to try next: combinations drawn at random, or all of a grid in turn; bayesian.py has the promising ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mlpipelines.local.tuning.space import Space, Values

#: How often a combination is drawn anew when it has been tried already.
DRAWS = 200


@dataclass(frozen=True)
class Observation:
    """A combination that was tried and how bad it is (less is better): None while it runs, and when it has failed.

    Losses of one `group` can be compared; those of another came from other data.
    """

    values: Values
    loss: float | None
    failed: bool = False
    group: str = ""


class Search(Protocol):
    def propose(self, seen: Sequence[Observation]) -> dict[str, str] | None:
        """The next combination; None when there is nothing left to try."""


class RandomSearch:
    """The same seed draws the same combinations. None is tried twice before all are."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space, self._random = space, random.Random(seed)

    def propose(self, seen: Sequence[Observation]) -> dict[str, str] | None:
        tried = {key(item.values) for item in seen}
        for _ in range(DRAWS):
            values = self.draw()
            if key(values) not in tried:
                break
        return values

    def draw(self) -> dict[str, str]:
        return self._space.values([self._random.random() for _ in self._space.ranges])


class GridSearch:
    """Every combination once, save those that earlier tuning jobs have done."""

    def __init__(self, space: Space) -> None:
        self._left = space.grid()

    def propose(self, seen: Sequence[Observation]) -> dict[str, str] | None:
        tried = {key(item.values) for item in seen}
        return next((values for values in self._left if key(values) not in tried), None)


def key(values: Values) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(values.items()))
