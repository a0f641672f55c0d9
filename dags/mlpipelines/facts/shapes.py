"""An AWS request -> what SageMaker's API would refuse in it, from botocore's own shapes (`shapes.json`).

The table's letters: a shape has a kind `t` (o structure, m map, a list, s string, i integer, f float, b boolean,
* anything), members `p`, required members `r`, union `u`, key `k`, child `c`, enum `e`, minimum `n`, maximum `M`
(length or value) and pattern `x` (matches the whole text).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from mlpipelines.errors import did_you_mean, meant_truth, shown
from mlpipelines.facts.forms import form

Kind = Literal["type", "unknown", "required", "enum", "pattern", "length", "range", "union", "rule"]
RequestPath = tuple[str | int, ...]
#: The rules that the shapes themselves stand for.
SHAPE_RULES: dict[str, str] = {
    "unknown": "SM001",
    "required": "SM002",
    "type": "SM003",
    "enum": "SM004",
    "pattern": "SM005",
    "length": "SM006",
    "range": "SM007",
    "union": "SM008",
}

_NAMES = {
    "o": "a mapping",
    "m": "a mapping",
    "a": "a list",
    "s": "a text",
    "i": "a whole number",
    "f": "a number",
    "b": "true or false",
}
_TYPES: dict[str, tuple[type, ...]] = {
    "o": (dict,),
    "m": (dict,),
    "a": (list, tuple),
    "s": (str,),
    "i": (int,),
    "f": (int, float),
    "b": (bool,),
}


@dataclass(frozen=True)
class ShapeProblem:
    """One thing that the API refuses, at `path` inside the request. `value` is the offending value, `rule` the id of a
    rule beyond the shapes."""

    path: RequestPath
    kind: Kind
    message: str
    hint: str = ""
    value: Any = None
    shape: str = ""
    rule: str = ""

    @property
    def code(self) -> str:
        """The rule that this is about: its own, or that of its kind."""
        return self.rule or SHAPE_RULES[self.kind]


#: (path, name of the shape, text with a template) -> what AWS would refuse once it is rendered.
TemplateCheck = Callable[[RequestPath, str, str], Iterator[ShapeProblem]]


@cache
def load_shapes() -> dict[str, Any]:
    text = (Path(__file__).parent / "shapes.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def known_actions() -> frozenset[str]:
    return frozenset(load_shapes()["actions"])


def request_problems(
    action: str, request: Mapping[str, Any], templates: TemplateCheck | None = None
) -> Iterator[ShapeProblem]:
    """Everything in `request` that `action` would refuse. Texts with run-time templates (`{{`) are left to `templates`.

    Raises KeyError for an action that is not in the table.
    """
    table = load_shapes()
    yield from _check(request, table["actions"][action], table["shapes"], (), templates)


def member_problems(action: str, path: RequestPath, value: Any) -> Iterator[ShapeProblem]:
    """The same for one member; there is nothing to refuse where there is none."""
    name = _member(action, path)
    if name is not None:
        yield from shape_problems(name, path, value)


def shape_problems(name: str, path: RequestPath, value: Any) -> Iterator[ShapeProblem]:
    """The same for a value of a shape that is known by its name."""
    yield from _check(value, name, load_shapes()["shapes"], path)


def member_shape(action: str, path: RequestPath) -> dict[str, Any] | None:
    """The shape of the member at `path` of an action's request, or None when there is none."""
    name = _member(action, path)
    return None if name is None else load_shapes()["shapes"][name]


def _member(action: str, path: RequestPath) -> str | None:
    """The name of the shape of the member at `path`."""
    table = load_shapes()
    name: str | None = table["actions"][action]
    for step in path:
        shape = table["shapes"][name]
        name = shape["p"].get(step) if shape["t"] == "o" else shape.get("c")
        if name is None:
            return None
    return name


def is_template(value: Any) -> bool:
    """Whether Airflow will render this text at run time."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def _check(
    value: Any, name: str, shapes: dict[str, Any], path: RequestPath, templates: TemplateCheck | None = None
) -> Iterator[ShapeProblem]:
    shape = shapes[name]
    kind: str = shape["t"]
    if kind == "*":
        return
    if is_template(value):
        if templates:
            yield from templates(path, name, value)
        return
    if not _is_of_kind(value, kind):
        message = f"expected {_NAMES[kind]}, not {shown(value)}"
        yield ShapeProblem(path, "type", message, _conversion(value, kind), value=value, shape=name)
        return
    if kind == "o":
        yield from _structure(value, shape, shapes, path, templates)
        return
    found = list(_limits(value, name, shape, path))
    if found or kind not in "ma":
        if not found and value.__class__ in _SCALARS:
            _remember(name, value)
        yield from found
    elif kind == "m":
        for key, child in value.items():
            yield from _check(key, shape["k"], shapes, (*path, key))
            yield from _check(child, shape["c"], shapes, (*path, key), templates)
    elif kind == "a":
        for index, child in enumerate(value):
            yield from _check(child, shape["c"], shapes, (*path, index), templates)


#: What was found to be fine before: the same words and numbers stand in most requests. No booleans: True equals 1.
_FINE: set[tuple[str, str | int]] = set()
_SCALARS = frozenset((str, int))
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 20_000, 200


def _remember(name: str, value: Any) -> None:
    if len(_FINE) < _MOST_REMEMBERED and (value.__class__ is int or len(value) < _LONGEST_REMEMBERED):
        _FINE.add((name, value))


def _is_of_kind(value: Any, kind: str) -> bool:
    """A boolean is an integer to Python, and to nobody else."""
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind in "if")


def _conversion(value: Any, kind: str) -> str:
    """What to write in place of a value of the wrong kind."""
    if isinstance(value, dict) and value.keys() == {"json"}:
        return "{json: ...} makes a text: write the value itself"
    if kind == "b" and meant_truth(str(value)):
        return f"write {meant_truth(str(value))}"
    if kind == "i" and isinstance(value, str) and value.isdecimal():
        return f"write {value} without quotes"
    return f"write [{value}]" if kind == "a" and isinstance(value, str | int) else ""


def _structure(
    value: dict[str, Any],
    shape: dict[str, Any],
    shapes: dict[str, Any],
    path: RequestPath,
    templates: TemplateCheck | None,
) -> Iterator[ShapeProblem]:
    members = shape["p"]
    for key, child in value.items():
        if key in members:
            name = members[key]
            if child.__class__ in _SCALARS and (name, child) in _FINE:
                continue
            yield from _check(child, name, shapes, (*path, key), templates)
        else:
            hint = did_you_mean(str(key), members)
            yield ShapeProblem((*path, key), "unknown", f"AWS has no member {key!r} here", hint, key)
    for member in shape.get("r", ()):
        if member not in value:
            yield ShapeProblem(path, "required", f"AWS needs the member {member!r} here", value=member)
    if shape.get("u") and len(value) != 1:
        yield ShapeProblem(path, "union", f"exactly one of {', '.join(members)} is allowed here", value=value)


def _limits(value: Any, name: str, shape: dict[str, Any], path: RequestPath) -> Iterator[ShapeProblem]:
    sized = shape["t"] in "mas"
    size = len(value) if sized else value
    kind: Kind = "length" if sized else "range"
    unit = {"s": " characters", "a": " items", "m": " entries"}.get(shape["t"], "")
    if "M" in shape and size > shape["M"]:
        yield ShapeProblem(path, kind, f"{_size(value, size, unit)}, AWS allows at most {shape['M']}", "", value, name)
    elif "n" in shape and size < shape["n"]:
        yield ShapeProblem(path, kind, f"{_size(value, size, unit)}, AWS needs at least {shape['n']}", "", value, name)
    elif "e" in shape and value not in shape["e"]:
        hint = did_you_mean(value, shape["e"]) or _choices(shape["e"])
        yield ShapeProblem(path, "enum", f"AWS does not know {shown(value)} here", hint, value, name)
    elif "x" in shape and not _pattern(shape["x"]).fullmatch(value):
        message = f"{shown(value)} does not have the form that AWS wants"
        yield ShapeProblem(path, "pattern", message, form(shape["x"]), value, name)


def _size(value: Any, size: Any, unit: str) -> str:
    return f"{shown(value)} has {size}{unit}" if unit else f"{size} is out of range"


def _choices(values: list[str]) -> str:
    return f"one of {', '.join(values)}" if len(values) <= 16 else ""


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
