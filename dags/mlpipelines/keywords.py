"""A step type's schema file -> what is wrong with it: unknown keywords, and fields or AWS members that do not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.errors import did_you_mean
from mlpipelines.facts.shapes import known_actions, member_shape
from mlpipelines.step_types import StepType, members

Piece = Mapping[str, Any]


def keyword_problems(piece: Piece, meta: Piece) -> list[str]:
    """What is wrong with the file as such, each as `place: what`; `meta` is schemas/step-type.meta.json."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(meta)
    return [text for error in validator.iter_errors(piece) for text in _explained(error, meta)]


def meaning_problems(name: str, schema: Piece) -> list[str]:
    """What is wrong with a well-formed step type once its common fields are there: names of what does not exist."""
    step_type = StepType(name, schema)
    return [*_unknown_fields(step_type), *_unknown_actions(step_type), *_unknown_members(step_type)]


def _explained(error: Any, meta: Piece) -> Iterator[str]:
    place = ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in sorted(set(error.instance) - set(known)):
            yield _line(place, f"unknown keyword {key!r}", did_you_mean(key, known) or _elsewhere(key, meta))
    else:
        yield _line(place, error.message, "")


def _elsewhere(key: str, meta: Piece) -> str:
    """Where a keyword belongs that stands in the wrong place."""
    places = {"step-type": "a step type as a whole", "field": "a field", "output": "an output"}
    found = [text for name, text in places.items() if key in meta["$defs"][name]["properties"]]
    return f"it is a keyword of {' and '.join(found)}" if found else ""


def _line(place: str, message: str, hint: str) -> str:
    return f"{f'{place}: ' if place else ''}{message}{f' ({hint})' if hint else ''}"


def _unknown_fields(step_type: StepType) -> Iterator[str]:
    for keyword, field in _named_fields(step_type):
        if field not in step_type.properties:
            hint = did_you_mean(field, step_type.properties)
            yield _line(keyword, f"{field!r} is no field of this step type", hint)


def _named_fields(step_type: StepType) -> Iterator[tuple[str, str]]:
    """(keyword, field) of every field that the keywords name."""
    schema = step_type.schema
    required = schema.get("required") or schema.get("else", {}).get("required", ())
    yield from (("required", field) for field in required)
    yield from (("x-required", field) for field in step_type.needed)
    for fields, given_with in step_type.one_of:
        yield from (("x-one-of", field) for field in (*fields, *([given_with] if given_with else [])))
    for field, others in step_type.only_with.items():
        yield from (("x-only-with", name) for name in (field, *([others] if isinstance(others, str) else others)))
    for field, table in schema.get("x-required-when", {}).items():
        names = (field, *(name for needed in table.values() for name in needed))
        yield from (("x-required-when", name) for name in names)
    for field, through in step_type.inherit.items():
        yield from (("x-inherit", name) for name in (field, through))
    yield from (("x-branches", field) for field in step_type.branches)
    yield from (("x-aws", field) for field in schema.get("x-aws", {}))
    for pattern, output in schema.get("x-outputs", {}).items():
        if pattern.startswith("<"):
            yield "x-outputs", pattern[1:].partition(">")[0]
        named = [output[key] for key in ("needs", "listed") if key in output]
        yield from ((f"x-outputs.{pattern}", field) for field in (*named, *output.get("when", {})))


def _unknown_actions(step_type: StepType) -> Iterator[str]:
    actions = [*step_type.requests, *filter(None, map(step_type.also, step_type.requests))]
    for action in actions:
        if action not in known_actions():
            hint = did_you_mean(action, known_actions()) or "leave it out: its requests are checked by AWS alone"
            yield _line("x-requests", f"the shape of {action!r} is not known", hint)


def _unknown_members(step_type: StepType) -> Iterator[str]:
    actions = [action for action in step_type.requests if action in known_actions()]
    if len(actions) < len(step_type.requests) or not actions:
        return
    for field, paths in step_type.aws_members.items():
        for path in [*paths, *_nested(paths, step_type.properties.get(field, {}))]:
            if not any(_has_member(step_type, action, path.split(".")) for action in actions):
                yield _line(field, f"AWS has no member {path!r} in {' or '.join(actions)}", "")


def _nested(paths: tuple[str, ...], schema: Piece) -> Iterator[str]:
    """The members that the fields inside a field set; AWS has lists where an author has names."""
    for name, table in schema.get("x-lists", {}).items():
        yield from (f"{path}.{name}.0.{member}" for path in paths for member in table)
    for keyword, index in (("properties", ""), ("additionalProperties", ".0"), ("items", ".0")):
        inner = schema.get(keyword)
        if keyword != "properties":
            inner = inner.get("properties") if isinstance(inner, Mapping) else None
        for child in (inner or {}).values() if not schema.get("x-text") else ():
            below = tuple(f"{path}{index}.{member}" for path in paths for member in members(child))
            yield from (*below, *_nested(below, child))


def _has_member(step_type: StepType, action: str, path: list[str]) -> bool:
    """Members of a step with several requests stand below the name of what the request makes."""
    wrapper = step_type.wrapper(action)
    if wrapper is None:
        return member_shape(action, tuple(path)) is not None
    return path[0] == wrapper and member_shape(action, tuple(path[1:])) is not None
