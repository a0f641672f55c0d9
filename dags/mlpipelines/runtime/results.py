"""What a task gave, as templates see it: a value that is missing fails the task that wants it, in plain words.

Without this a missing value would reach AWS as the text "None". The function is a macro of every generated DAG, so this
module imports nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlpipelines.errors import StepError, did_you_mean

_MOST_NAMES = 20


def result_of(ti: Any, task_id: str) -> Any:
    """The result of another task of the run. Raises StepError when there is none."""
    result = ti.xcom_pull(task_ids=task_id)
    step = task_id.partition(".")[0]
    if result is None:
        raise StepError(f"the step {step!r} has given nothing: it was skipped, has failed, or was cleared")
    return _seen(result, f"the step {step!r}", "")


def _seen(value: Any, giver: str, path: str) -> Any:
    if isinstance(value, Mapping):
        return _Mapping(value, giver, path)
    return _List(value, giver, path) if isinstance(value, list) else value


class _Mapping(dict[str, Any]):
    """A mapping below `path` of what `giver` gave."""

    def __init__(self, values: Mapping[str, Any], giver: str, path: str) -> None:
        super().__init__(values)
        self._giver, self._path = giver, path

    def __getitem__(self, key: str) -> Any:
        path = f"{self._path}.{key}".removeprefix(".")
        if key not in self:
            raise StepError(f"{self._giver} has given no {path!r}; {self._hint(key)}")
        value = super().__getitem__(key)
        if value is None:
            raise StepError(f"{self._giver} has given no value for {path!r}")
        return _seen(value, self._giver, path)

    def _hint(self, key: str) -> str:
        names = sorted(map(str, self))
        shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
        return did_you_mean(str(key), names) or (f"there are {shown}" if names else "there is nothing at all")


class _List(list[Any]):
    """A list at `path` of what `giver` gave."""

    def __init__(self, values: list[Any], giver: str, path: str) -> None:
        super().__init__(values)
        self._giver, self._path = giver, path

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int) and not -len(self) <= index < len(self):
            raise StepError(f"{self._giver} has given only {len(self)} of {self._path!r}")
        return _seen(super().__getitem__(index), self._giver, f"{self._path}.{index}")
