"""The search of a tuning job: ranges that are of no kind, or of several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem

_KINDS = ("integer", "continuous", "categorical", "automatic")


def bad_ranges(subject: Subject) -> Iterator[Problem]:
    """Each hyperparameter is searched in exactly one way."""
    for name, fields in subject.searches:
        for parameter, given in fields["ranges"].items():
            for path, message in _mistakes(given):
                yield subject.field_problem(name, ("ranges", parameter, *path), "PL407", message)


def _mistakes(given: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    kinds = [kind for kind in _KINDS if given[kind] is not None]
    if len(kinds) != 1:
        shown = ", ".join(kinds) if kinds else "none"
        yield tuple(kinds[-1:]), f"a range is one of {', '.join(_KINDS)}; this has {shown}"
    elif kinds[0] not in ("integer", "continuous") and given["scaling"] is not None:
        yield ("scaling",), f"only integer and continuous ranges have a scaling, and this is {kinds[0]}"
