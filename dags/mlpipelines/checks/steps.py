"""Steps with their defaults: fields that are missing or exclude each other, images that AWS does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.facts.images import UnknownImage, image_uri
from mlpipelines.facts.shapes import is_template
from mlpipelines.references import whole_reference
from mlpipelines.step_types import StepType


def missing_fields(subject: Subject) -> Iterator[Problem]:
    """Fields that neither the step nor the defaults give."""
    for name, (step_type, fields) in _generated(subject):
        for field in step_type.needed:
            if fields.get(field) is None:
                message = f"the step {name!r} has no {field!r}, and {_giver(step_type, field, fields)}"
                yield subject.document.problem(("steps", name), "PL102", message, _choices(step_type, field), key=True)
        for field, reason, value in step_type.needed_with(fields):
            if fields.get(field) is None:
                message = f"the step {name!r} has no {field!r}, which is needed with {reason} {value}"
                yield subject.field_problem(name, (reason,), "PL102", message)


def not_exactly_one(subject: Subject) -> Iterator[Problem]:
    """Exactly one of several fields must be given."""
    for name, (step_type, fields) in _generated(subject):
        for group, given_with in step_type.one_of:
            if given_with and fields.get(given_with) is None:
                continue
            given = [field for field in group if _is_given(fields.get(field))]
            several = len(group) > 2
            choice = " or ".join(f"`{field}`" for field in given if len(given) > 1) or _either(group)
            if not given:
                if "image" in group and _is_inherited(subject, name):
                    continue
                message = f"the step {name!r} needs {'one of ' if several else ''}{choice}"
                yield subject.document.problem(("steps", name), "PL102", message, key=True)
            elif len(given) > 1:
                yield subject.field_problem(name, (given[-1],), "PL106", f"give {choice}, not both")


def no_image(subject: Subject) -> Iterator[Problem]:
    """A built-in algorithm must have an image in the step's region."""
    for name, path, fields in step_images(subject):
        algorithm, region = fields.get("algorithm"), fields.get("region")
        if not algorithm or fields.get("image") or (not path and _is_inherited(subject, name)):
            continue
        if not region or is_template(region):
            hint = "write `region:` in pipelines/defaults.yaml, or give the `image:` itself"
            message = "the image of a built-in algorithm can only be looked up for a region"
            yield subject.field_problem(name, (*path, "algorithm"), "PL411", message, hint)
            continue
        try:
            image_uri(algorithm, fields.get("algorithm_version"), region)
        except UnknownImage as error:
            field = (
                "algorithm_version" if "version" in str(error) else "region" if "region" in str(error) else "algorithm"
            )
            yield subject.field_problem(name, (*path, field), "SM801", str(error), error.hint)


def bad_containers(subject: Subject) -> Iterator[Problem]:
    """Each of several containers has exactly one source of its image."""
    for name, (_, fields) in _generated(subject):
        for index, container in enumerate(fields.get("containers") or ()):
            given = [field for field in ("algorithm", "image", "package") if container[field] is not None]
            if not given:
                message = "this container needs one of `algorithm`, `image`, `package`"
                yield subject.field_problem(name, ("containers", index), "PL102", message)
            elif len(given) > 1:
                message = f"give `{given[0]}` or `{given[-1]}`, not both"
                yield subject.field_problem(name, ("containers", index, given[-1]), "PL106", message)


def step_images(subject: Subject) -> Iterator[tuple[str, tuple[str | int, ...], dict[str, Any]]]:
    """(step, path, fields) of all that names an image: steps, and the containers of some."""
    for name, (_, fields) in _generated(subject):
        yield name, (), fields
        for index, container in enumerate(fields.get("containers") or ()):
            yield name, ("containers", index), {**container, "region": fields.get("region")}


def _is_inherited(subject: Subject, name: str) -> bool:
    """Whether the image is that of another step, in the same region, which tells what is wrong with it."""
    step_type, fields = subject.merged[name]
    source = whole_reference(fields.get(step_type.inherit.get("algorithm", "")))
    other = subject.merged.get(source[0]) if source else None
    if other is None or "algorithm" not in other[0].properties or isinstance(other[1].get("request"), str):
        return False
    fields_of_image = ("algorithm", "algorithm_version", "image", "region")
    return all(fields.get(field) == other[1].get(field) for field in fields_of_image)


def _giver(step_type: StepType, field: str, fields: dict[str, Any]) -> str:
    """Who might have given a field, and has not."""
    through = fields.get(step_type.inherit.get(field, ""))
    return f"{through} leads to no step that has one" if whole_reference(through) else "the defaults give none"


def _choices(step_type: StepType, field: str) -> str:
    values = [str(value) for value in step_type.properties[field].get("enum", ()) if value is not None]
    return f"one of {', '.join(values)}" if values else ""


def _either(fields: tuple[str, ...]) -> str:
    return (", " if len(fields) > 2 else " or ").join(f"`{field}`" for field in fields)


def _generated(subject: Subject) -> Iterator[tuple[str, tuple[StepType, dict[str, Any]]]]:
    """The steps whose requests are made of their fields, not by another task."""
    return (item for item in subject.merged.items() if not isinstance(item[1][1].get("request"), str))


def _is_given(value: Any) -> bool:
    """Mappings that are not given have been completed with fields that are not."""
    return any(child is not None for child in value.values()) if isinstance(value, dict) else value is not None
