"""Steps with their defaults: fields that are missing or exclude each other, images that AWS does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.facts.images import UnknownImage, image_uri
from mlpipelines.facts.shapes import is_template
from mlpipelines.step_types import StepType


def without_effect(subject: Subject) -> Iterator[Problem]:
    """A request that another task makes is sent as it is: fields that would set its members do nothing."""
    for name, (step_type, fields) in subject.merged.items():
        if isinstance(fields.get("request"), str):
            for field in subject.steps[name]:
                if field in step_type.aws_members and field != "name":
                    message = f"{field!r} has no effect: the whole request is made by {fields['request']}"
                    hint = "take it away here, and have that task put it into the request"
                    yield subject.document.problem(("steps", name, field), "no-effect", message, hint, key=True)


def missing_fields(subject: Subject) -> Iterator[Problem]:
    """Fields that neither the step nor the defaults give."""
    for name, (step_type, fields) in _generated(subject):
        for field in step_type.needed:
            if fields.get(field) is None:
                message = f"the step {name!r} has no {field!r}, and the defaults give none"
                yield subject.document.problem(("steps", name), "missing-field", message, key=True)
        for field, reason, value in step_type.needed_with(fields):
            if fields.get(field) is None:
                message = f"the step {name!r} has no {field!r}, which is needed with {reason} {value}"
                yield subject.field_problem(name, (reason,), "missing-field", message)


def not_exactly_one(subject: Subject) -> Iterator[Problem]:
    """Exactly one of several fields must be given."""
    for name, (step_type, fields) in _generated(subject):
        for group, given_with in step_type.one_of:
            if given_with and fields.get(given_with) is None:
                continue
            given = [field for field in group if _is_given(fields.get(field))]
            choice = " or ".join(f"`{field}`" for field in group)
            if not given:
                message = f"the step {name!r} needs {choice}"
                yield subject.document.problem(("steps", name), "missing-field", message, key=True)
            elif len(given) > 1:
                yield subject.field_problem(name, (given[-1],), "too-many-fields", f"give {choice}, not both")


def no_image(subject: Subject) -> Iterator[Problem]:
    """A built-in algorithm must have an image in the step's region."""
    for name, (_, fields) in _generated(subject):
        algorithm, region = fields.get("algorithm"), fields.get("region")
        if not algorithm or fields.get("image"):
            continue
        if not region or is_template(region):
            hint = "write `region:` in pipelines/defaults.yaml, or give the `image:` itself"
            message = "the image of a built-in algorithm can only be looked up for a region"
            yield subject.field_problem(name, ("algorithm",), "no-region", message, hint)
            continue
        try:
            image_uri(algorithm, fields.get("algorithm_version"), region)
        except UnknownImage as error:
            field = (
                "algorithm_version" if "version" in str(error) else "region" if "region" in str(error) else "algorithm"
            )
            yield subject.field_problem(name, (field,), "unknown-image", str(error), error.hint)


def _generated(subject: Subject) -> Iterator[tuple[str, tuple[StepType, dict[str, Any]]]]:
    """The steps whose requests are made of their fields, not by another task."""
    return (item for item in subject.merged.items() if not isinstance(item[1][1].get("request"), str))


def _is_given(value: Any) -> bool:
    """Mappings that are not given have been completed with fields that are not."""
    return any(child is not None for child in value.values()) if isinstance(value, dict) else value is not None
