"""One text for each row -> the same in little memory: numbers, or positions in the list of the different texts."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Values:
    """`numbers` (float64) when every text is one; else `codes`, the position of each row's text in `texts`."""

    numbers: Any = None
    codes: Any = None
    texts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes if self.numbers is None else self.numbers)

    def text(self, row: int) -> str:
        return self.texts[self.codes[row]] if self.numbers is None else class_of_number(float(self.numbers[row]))

    def classes(self) -> tuple[list[str], Any]:
        """(the different values as classes, the position of each row's in them)."""
        import numpy as np

        if self.numbers is not None:
            different, codes = np.unique(self.numbers, return_inverse=True)
            return [class_of_number(number) for number in different.tolist()], codes
        names = [class_of(text) for text in self.texts]
        position = {name: at for at, name in enumerate(dict.fromkeys(names))}
        return list(position), np.array([position[name] for name in names], np.int64)[self.codes]


class ValuesBuilder:
    """Takes texts one by one."""

    def __init__(self) -> None:
        self._numbers = array("d")
        self._codes: array[int] | None = None
        self._index: dict[str, int] = {}

    def add(self, text: str, number: float | None) -> None:
        """`number` is what `as_number` says of the text."""
        if self._codes is None:
            if number is not None:
                self._numbers.append(number)
                return
            self._codes = array("q", (self._code(class_of_number(each)) for each in self._numbers))
            self._numbers = array("d")
        self._codes.append(self._code(text))

    def build(self) -> Values:
        import numpy as np

        if self._codes is None:
            return Values(numbers=np.frombuffer(self._numbers, np.float64))
        return Values(codes=np.frombuffer(self._codes, np.int64), texts=tuple(self._index))

    def _code(self, text: str) -> int:
        return self._index.setdefault(text, len(self._index))


def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def class_of(text: str) -> str:
    """One spelling for one class: 1, 1.0 and 1e0 are the same."""
    number = as_number(text)
    return text if number is None else class_of_number(number)


def class_of_number(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def sorted_classes(classes: Iterable[str]) -> list[str]:
    """Numbers by size, texts by alphabet."""
    names = list(classes)
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)
