"""Regions that AWS does not have, as far as is known."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.facts.repositories import known_regions, nearest_region
from mlpipelines.facts.shapes import is_template


def unknown_region(subject: Subject) -> Iterator[Problem]:
    """A region is misspelt, or newer than the facts."""
    told: set[Problem] = set()
    for name, (_, fields) in subject.merged.items():
        region = fields.get("region")
        if isinstance(region, str) and region not in known_regions() and not is_template(region):
            near = nearest_region(region, known_regions())
            hint = f"did you mean {near!r}? If it is new, all is well" if near else "if it is new, all is well"
            found = subject.field_problem(
                name, ("region",), "SM807", f"AWS is not known to have a region {region!r}", hint
            )
            if found not in told:
                told.add(found)
                yield found
