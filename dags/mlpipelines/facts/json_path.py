"""The JSONPath expressions of a transform's filters: the subset that SageMaker knows, and what they select.

`$`, `.name`, `['a','b']`, `[1]`, `[-1]`, `[0,5:]`, `[2:5]` and `*`. A slice ends before its end, as in JSONPath.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

Selector = int | slice | str
#: One step of a path: what it selects, and whether its result is always a list (or an object of some members).
Step = tuple[tuple[Selector, ...], bool]
ALL = "*"
_DOTTED = re.compile(r"""\.(?:([^\s.\[\]()'"*?@,]+)|(\*))""")
_BRACKET = re.compile(r"\.?\[([^\]]*)\]")
_PART = re.compile(r"""(?:'([^']*)'|"([^"]*)"|(-?\d{1,18})?(?:(:)(-?\d{1,18})?)?|(\*))""")


class InvalidPath(Exception):
    """A filter that cannot be used, or data that it does not fit."""


class JsonPath:
    def __init__(self, text: str) -> None:
        """Raises InvalidPath."""
        self.text = text
        self._steps = list(_steps(text))

    @property
    def is_all(self) -> bool:
        return not self._steps

    @property
    def is_positional(self) -> bool:
        """Whether it fits a row of a CSV file: at most one step, of positions."""
        return len(self._steps) <= 1 and all(
            not isinstance(selector, str) or selector == ALL for step, _ in self._steps for selector in step
        )

    def select(self, value: Any) -> Any:
        """Raises InvalidPath when the value has no such part."""
        return self._select(value, self._steps)

    def select_row(self, row: list[str]) -> list[str]:
        found = self.select(row)
        return found if isinstance(found, list) else [found]

    def _select(self, value: Any, steps: list[Step]) -> Any:
        if not steps:
            return value
        (selectors, several), rest = steps[0], steps[1:]
        names = [selector for selector in selectors if isinstance(selector, str) and selector != ALL]
        if several and names:
            return {name: self._select(self._one(value, name), rest) for name in names}
        if several:
            return [self._select(part, rest) for part in self._parts(value, selectors)]
        return self._select(self._one(value, selectors[0]), rest)

    def _parts(self, value: Any, selectors: tuple[Selector, ...]) -> Iterator[Any]:
        for selector in selectors:
            if selector == ALL:
                if not isinstance(value, dict | list):
                    raise self._unfit(value, selector)
                yield from value.values() if isinstance(value, dict) else value
            elif isinstance(selector, slice):
                if not isinstance(value, list) or not value[selector]:
                    raise self._unfit(value, selector)
                yield from value[selector]
            else:
                yield self._one(value, selector)

    def _one(self, value: Any, selector: Selector) -> Any:
        with suppress(LookupError):
            if isinstance(selector, int) and isinstance(value, list):
                return value[selector]
            if isinstance(selector, str) and isinstance(value, dict):
                return value[selector]
        raise self._unfit(value, selector)

    def _unfit(self, value: Any, selector: Selector) -> InvalidPath:
        shown = f"{selector.start or ''}:{selector.stop or ''}" if isinstance(selector, slice) else repr(selector)
        kind = f"a record of {len(value)} values" if isinstance(value, list) else f"{str(value)[:80]!r}"
        return InvalidPath(f"the filter {self.text} asks for {shown} of {kind}")


def _steps(text: str) -> Iterator[Step]:
    if not text.startswith("$"):
        raise InvalidPath(f"the JSONPath {text!r} must start with $")
    at = 1
    while at < len(text):
        if match := _DOTTED.match(text, at):
            yield ((match[1] or ALL,), match[2] is not None)
        elif match := _BRACKET.match(text, at):
            selectors = tuple(_selector(part, text) for part in match[1].split(","))
            if len({isinstance(s, str) and s != ALL for s in selectors}) > 1:
                raise InvalidPath(f"the JSONPath {text!r} mixes names and positions")
            yield selectors, len(selectors) > 1 or selectors[0] == ALL or isinstance(selectors[0], slice)
        else:
            raise InvalidPath(f"SageMaker does not know what stands at character {at + 1} of the JSONPath {text!r}")
        at = match.end()


def _selector(part: str, text: str) -> Selector:
    match = _PART.fullmatch(part.strip())
    if not match or not part.strip():
        raise InvalidPath(f"SageMaker does not know {part.strip()!r} in the JSONPath {text!r}")
    single, double, start, colon, stop, every = match.groups()
    if every:
        return ALL
    if single is not None or double is not None:
        return str(single if single is not None else double)
    if colon:
        return slice(int(start) if start else None, int(stop) if stop else None)
    return int(start)
