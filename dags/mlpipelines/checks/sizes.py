"""Files that are small as they are written and huge as they are meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.document import MAX_STEP_NODES
from mlpipelines.errors import Problem
from mlpipelines.reading import MAX_BYTES

#: Shorter files cannot grow to anything that matters.
_SHORT = 20_000
_LIMIT = 10 * MAX_BYTES


def too_large(subject: Subject) -> Iterator[Problem]:
    """Defaults stand in every step: together they may not exceed 10 MiB."""
    if len(subject.document.text) < _SHORT and len(subject.document.values) <= MAX_STEP_NODES:
        return
    total = 0
    sizes: dict[int, int] = {}
    for name, (_, fields) in subject.merged.items():
        total += len(json.dumps(fields))
        values = sum(_values(value, sizes) for value in fields.values())
        if values > MAX_STEP_NODES:
            message = f"with its defaults this step has {values:,} values; a step may have {MAX_STEP_NODES:,}"
            yield subject.document.problem(("steps", name), "PL112", message, "split it", key=True)
            return
        if total > _LIMIT:
            message = f"with its defaults in every step this pipeline has more than {_LIMIT:,} characters"
            yield subject.document.problem(("steps", name), "PL112", message, "split it", key=True)
            return


def _values(value: Any, known: dict[int, int]) -> int:
    """How many values there are in one; defaults are the same object in many steps."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        children = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_values(child, known) for child in children)
    return known[id(value)]
