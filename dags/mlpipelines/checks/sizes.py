"""Files that are small as they are written and huge as they are meant."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.document import MAX_BYTES
from mlpipelines.errors import Problem

#: Shorter files cannot grow to anything that matters.
_SHORT = 20_000
_LIMIT = 10 * MAX_BYTES


def too_large(subject: Subject) -> Iterator[Problem]:
    """Defaults stand in every step: together they may not exceed 10 MiB."""
    if len(subject.document.text) < _SHORT:
        return
    total = 0
    for name, (_, fields) in subject.merged.items():
        total += len(json.dumps(fields))
        if total > _LIMIT:
            message = f"with its defaults in every step this pipeline has more than {_LIMIT:,} characters"
            yield subject.document.problem(("steps", name), "PL112", message, "split it", key=True)
            return
