"""Class texts as they turn up -> small codes while rows are read, and the numbers of the classes when all are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mlpipelines.errors import StepError, did_you_mean

# More than this is a number that somebody calls a class.
_MOST_CLASSES = 100_000


class UnknownClass(Exception):
    """A text that the author's mapping lacks."""


@dataclass
class Labels:
    """`classes` is the author's mapping, "auto" (sorted texts get 0, 1, ...) or None (the text is a number already)."""

    source: str
    target: str
    classes: Mapping[str, int] | Literal["auto"] | None
    texts: list[str] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)

    def codes(self, texts: Sequence[str]) -> Any:
        """The code of each text, new ones added in order of appearance (numpy uint32)."""
        import numpy as np

        for text in texts:
            if text not in self._codes:
                self._codes[text] = len(self.texts)
                self.texts.append(text)
        if len(self.texts) > _MOST_CLASSES:
            raise StepError(
                f"{self.source}, column {self.target!r}: more than {_MOST_CLASSES} different values are too many "
                "to be classes; for a number to predict leave out `classes` and `stratify`"
            )
        return np.array([self._codes[text] for text in texts], np.uint32)

    def require_known(self, text: str) -> None:
        if isinstance(self.classes, Mapping) and text not in self.classes:
            raise UnknownClass(text)

    def unknown(self, text: str, place: str) -> StepError:
        known = list(self.classes) if isinstance(self.classes, Mapping) else []
        hint = did_you_mean(text, known) or f"known are {', '.join(known)}"
        return StepError(
            f"{self.source}, {place}, column {self.target!r}: the class {text!r} is not in `classes`; "
            f"{hint}; add it, or drop such rows"
        )

    def mapping(self) -> dict[str, int] | None:
        """Class text -> number, when all rows are read."""
        if self.classes is None:
            return None
        if isinstance(self.classes, Mapping):
            return dict(self.classes)
        return {text: number for number, text in enumerate(sorted(self.texts))}

    def numbers(self) -> list[str]:
        """For each code, what stands in the files."""
        mapping = self.mapping()
        return list(self.texts) if mapping is None else [str(mapping[text]) for text in self.texts]

    def groups(self) -> list[int]:
        """For each code, its class for stratification: equal numbers are one class."""
        known: dict[float, int] = {}
        return [known.setdefault(float(number), len(known)) for number in self.numbers()]
