"""ParameterRanges -> a space: points of the unit cube become hyperparameters as texts, and such texts points again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

Values = Mapping[str, str]
#: `Auto` searches a range logarithmically that spans at least two orders of magnitude; AWS does not tell its rule.
WIDE = 100


@dataclass(frozen=True)
class Numeric:
    """An integer or continuous range. Integers are the cells of [low, high + 1), so that each is as likely."""

    name: str
    low: float
    high: float
    integer: bool
    scaling: str

    def text(self, position: float) -> str:
        first, last = _warp(self.low, self.scaling), _warp(self._end, self.scaling)
        number = _unwarp(first + position * (last - first), self.scaling)
        number = min(max(number, self.low), self.high)
        return str(math.floor(number)) if self.integer else repr(float(number))

    def features(self, text: str) -> list[float] | None:
        try:
            number = float(text) + (0.5 if self.integer else 0.0)
        except ValueError:
            return None
        if not self.low <= number <= self._end:
            return None
        first, last = _warp(self.low, self.scaling), _warp(self._end, self.scaling)
        return [(_warp(number, self.scaling) - first) / (last - first) if last > first else 0.0]

    @property
    def _end(self) -> float:
        return self.high + 1 if self.integer else self.high


@dataclass(frozen=True)
class Categorical:
    name: str
    values: tuple[str, ...]

    def text(self, position: float) -> str:
        return self.values[min(int(position * len(self.values)), len(self.values) - 1)]

    def features(self, text: str) -> list[float] | None:
        """One column for each value: categories have no order."""
        return [float(text == value) for value in self.values] if text in self.values else None


@dataclass(frozen=True)
class Space:
    ranges: tuple[Numeric | Categorical, ...]

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.ranges]

    def values(self, point: Sequence[float]) -> dict[str, str]:
        return {item.name: item.text(position) for item, position in zip(self.ranges, point, strict=True)}

    def features(self, values: Values) -> list[float] | None:
        """Numbers to compare combinations by; None for a combination that is outside of the space."""
        columns = [item.features(values.get(item.name, "")) for item in self.ranges]
        return None if None in columns else [number for column in columns if column is not None for number in column]

    @property
    def grid_size(self) -> int:
        return math.prod(len(values) for values in self._categories)

    def grid(self) -> Iterator[dict[str, str]]:
        """Every combination of categories, the last range fastest."""
        for texts in product(*self._categories):
            yield dict(zip(self.names, texts, strict=True))

    @property
    def _categories(self) -> list[tuple[str, ...]]:
        return [item.values for item in self.ranges if isinstance(item, Categorical)]


def make_space(ranges: Mapping[str, Any]) -> Space:
    """`ranges` is a ParameterRanges that has passed the rules."""
    found: list[Numeric | Categorical] = []
    for kind, integer in (("IntegerParameterRanges", True), ("ContinuousParameterRanges", False)):
        for item in ranges.get(kind) or ():
            low, high = float(item["MinValue"]), float(item["MaxValue"])
            found.append(Numeric(item["Name"], low, high, integer, _scaling(item.get("ScalingType"), low, high)))
    for item in ranges.get("CategoricalParameterRanges") or ():
        found.append(Categorical(item["Name"], tuple(dict.fromkeys(item["Values"]))))
    found += [_automatic(item["Name"], item["ValueHint"]) for item in ranges.get("AutoParameters") or ()]
    return Space(tuple(found))


def _automatic(name: str, hint: str) -> Numeric | Categorical:
    """Around an example value: from a quarter to four times a number, both truths, or just the text."""
    if hint.lower() in ("true", "false"):
        return Categorical(name, ("true", "false"))
    try:
        number = float(hint)
    except ValueError:
        return Categorical(name, (hint,))
    low, high = sorted((number / 4, number * 4))
    if number.is_integer() and "." not in hint and "e" not in hint.lower():
        return Numeric(name, math.ceil(low), math.floor(high), True, _scaling("Auto", low, high))
    # A number between 0 and 1 is most often a rate or a share, which cannot grow beyond 1.
    return Numeric(name, low, min(high, 1.0) if 0 < number <= 1 else high, False, _scaling("Auto", low, high))


def _scaling(asked: str | None, low: float, high: float) -> str:
    if asked in ("Linear", "Logarithmic", "ReverseLogarithmic"):
        return asked
    return "Logarithmic" if low > 0 and high / low >= WIDE else "Linear"


def _warp(number: float, scaling: str) -> float:
    if scaling == "Logarithmic":
        return math.log(number)
    return -math.log1p(-number) if scaling == "ReverseLogarithmic" else number


def _unwarp(number: float, scaling: str) -> float:
    if scaling == "Logarithmic":
        return math.exp(number)
    return -math.expm1(-number) if scaling == "ReverseLogarithmic" else number
