"""Files that are small as they are written and huge as they are meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.document import MAX_BYTES
from mlpipelines.errors import Problem
from mlpipelines.references import find_references

#: Shorter files cannot grow to anything that matters.
_SHORT = 20_000
_LIMIT = 10 * MAX_BYTES


def too_large(subject: Subject) -> Iterator[Problem]:
    """Defaults stand in every step, and a variable wherever it is used: together they may not exceed 10 MiB."""
    if len(subject.document.text) < _SHORT:
        return
    sizes = {name: _size(value) for name, value in (subject.data.get("vars") or {}).items()}
    total = 0
    for name, (_, fields) in subject.merged.items():
        total += _size(fields)
        total += sum(sizes.get(r.name, 0) for r in find_references(fields) if r.scope == "vars")
        if total > _LIMIT:
            message = f"with its defaults and variables this pipeline has more than {_LIMIT:,} characters"
            yield subject.document.problem(("steps", name), "too-large", message, "split it", key=True)
            return


def _size(value: Any) -> int:
    return len(json.dumps(value))
