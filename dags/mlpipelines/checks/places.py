"""A member of an AWS request -> the author's field that it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlpipelines.facts.shapes import RequestPath, ShapeProblem
from mlpipelines.step_types import StepType, members

#: Where AWS has a list of things with names, an author writes them as `name: thing`.
_NAMES = frozenset(("ChannelName", "InputName", "OutputName", "VariantName"))


def is_about_name(problem: ShapeProblem) -> bool:
    """Whether the author's key is wrong, and not its value."""
    last = problem.path[-1] if problem.path else None
    return problem.kind == "unknown" or last in _NAMES or (isinstance(last, str) and problem.value == last)


def author_path(step_type: StepType, fields: Mapping[str, Any], path: RequestPath) -> RequestPath:
    """The field that sets the AWS member at `path`, and what remains below it; of several, one that is given."""
    named = [(field, member) for field, paths in step_type.aws_members.items() for member in paths]
    field, length = _nearest(named, path, fields)
    if field is None:
        return ()
    return (field, *_below(fields.get(field), step_type.properties[field], path[length:]))


def _nearest(named: list[tuple[str, str]], path: RequestPath, fields: Mapping[str, Any]) -> tuple[str | None, int]:
    """(field, length of its member's path) of the longest path that leads to `path`."""
    best: tuple[bool, int, str | None] = (False, 0, None)
    for field, member in named:
        parts = tuple(member.split("."))
        if tuple(map(str, path[: len(parts)])) == parts:
            rank = (_is_given(fields.get(field)), len(parts), field)
            best = max(best, rank, key=lambda each: each[:2])
    if best[2] is None:
        lower = [field for field, member in named if _leads_below(member, path) and _is_given(fields.get(field))]
        return (lower[0], len(path)) if path and len(lower) == 1 else (None, 0)
    return best[2], best[1]


def _leads_below(member: str, path: RequestPath) -> bool:
    return tuple(member.split(".")[: len(path)]) == tuple(map(str, path))


def _below(value: Any, schema: Mapping[str, Any], path: RequestPath) -> RequestPath:
    """The rest of an AWS path in the author's words: AWS has lists where an author has names."""
    if not path:
        return ()
    inner = schema.get("additionalProperties")
    if isinstance(value, dict) and isinstance(path[0], int) and isinstance(inner, dict):
        keys = [key for key, child in value.items() if child is not None]
        if path[0] < len(keys):
            key = keys[path[0]]
            if path[1:] and path[1] in _NAMES:
                return (key,)
            return (key, *_below(value[key], inner, path[1:]))
    if isinstance(value, dict) and path[0] in (lists := schema.get("x-lists", {})):
        return _listed(value, lists[path[0]], path[1:]) or path
    if isinstance(value, list) and isinstance(path[0], int) and path[0] < len(value):
        return (path[0], *_below(value[path[0]], schema.get("items", {}), path[1:]))
    if isinstance(value, dict) and schema.get("properties"):
        named = [(name, member) for name, child in schema["properties"].items() for member in members(child)]
        field, length = _nearest(named, path, value)
        if field is not None:
            return (field, *_below(value[field], schema["properties"][field], path[length:]))
    return path


def _listed(value: Mapping[str, Any], table: Mapping[str, str], path: RequestPath) -> RequestPath:
    """The same where AWS has a list for each kind of entry, and an author's entries have names and say their kind."""
    kind = next(iter(table.values())).partition(".")[0]
    entries = [key for key, child in value.items() if isinstance(child, dict) and child.get(kind) is not None]
    if not path or not isinstance(path[0], int) or path[0] >= len(entries):
        return ()
    field, _, index = table.get(str(path[1]), kind).partition(".") if len(path) > 1 else (kind, "", "")
    return (entries[path[0]], field, *((int(index),) if index else path[2:]))


def _is_given(value: Any) -> bool:
    """Mappings that are not given have been completed with fields that are not."""
    return any(child is not None for child in value.values()) if isinstance(value, dict) else value is not None
