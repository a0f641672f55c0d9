"""A Jinja2 template of YAML and its variables -> plain data.

The template's own text is parsed, and the values of its `{{ }}` are put into the result: no value can change the shape
of the YAML, and all pipelines that take the same way through a template share one parsed text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateRuntimeError, Undefined, pass_context
from jinja2.runtime import Context

from mlpipelines.document import parse_data

#: Stands for a value in the template's text: its number between two characters that no template has.
_MARK = re.compile("\ue000([0-9]+)\ue000")
_VALUES = "__values"
#: What is copied by being handed over. `str` is not among them: Jinja has texts of its own kind.
_ATOMS = frozenset((int, bool, float))
#: Characters that JSON leaves alone and YAML does not.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class _Slot:
    """The place of one value."""

    number: int


@dataclass(frozen=True)
class _Text:
    """A text with values inside."""

    marked: str


def evaluate(template: Template, variables: Mapping[str, Any]) -> Any:
    """The data that the template gives. Raises what its expressions raise, and InvalidPipeline for what is not YAML.

    The template's environment must have `mark` as its `finalize`.
    """
    values: list[Any] = []
    text = template.render({**variables, _VALUES: values})
    return _filled(_skeleton(text), values)


def _new_mark(number: int) -> str:
    return f"\ue000{number}\ue000"


_MARKS = [_new_mark(number) for number in range(500)]


@pass_context
def mark(context: Context, value: Any) -> str:
    """What `{{ }}` prints: a mark of its value. Files that are imported without context have no place for values."""
    values = context.parent.get(_VALUES)
    if values is None:
        return yaml_value(value)
    number = len(values)
    values.append(value if value is None or value.__class__ in _ATOMS else _plain(value))
    return _MARKS[number] if number < len(_MARKS) else _new_mark(number)


def yaml_value(value: Any) -> str:
    """One value as YAML in one line."""
    text = json.dumps(_plain(value), ensure_ascii=False)
    return text if text.isascii() and "\x7f" not in text else _UNSAFE.sub(lambda c: f"\\u{ord(c[0]):04x}", text)


@lru_cache(maxsize=256)
def _skeleton(text: str) -> Any:
    """The parsed text with a slot in place of every mark."""
    return _slotted(parse_data(text))


class _Mapping(dict[str, Any]):
    """A mapping of the skeleton with no value in its keys."""


def _slotted(part: Any) -> Any:
    if isinstance(part, str):
        whole = _MARK.fullmatch(part)
        return _Slot(int(whole[1])) if whole else _Text(part) if _MARK.search(part) else part
    if isinstance(part, dict):
        result = {_slotted(key): _slotted(child) for key, child in part.items()}
        return _Mapping(result) if all(isinstance(key, str) for key in result) else result
    if isinstance(part, list):
        return [_slotted(child) for child in part]
    return part


def _filled(part: Any, values: Sequence[Any]) -> Any:
    """A copy of a part of the skeleton with its values."""
    kind = part.__class__
    if kind is _Slot:
        return values[part.number]
    if kind is _Mapping:
        return {
            key: values[child.number] if child.__class__ is _Slot else _filled(child, values)
            for key, child in part.items()
        }
    if kind is list:
        return [_filled(child, values) for child in part]
    if kind is _Text:
        return _MARK.sub(lambda found: yaml_value(values[int(found[1])]), part.marked)
    return _keyed(part, values) if kind is dict else part


def _keyed(part: dict[Any, Any], values: Sequence[Any]) -> dict[str, Any]:
    """A mapping with values in its keys."""
    result: dict[str, Any] = {}
    for slot, child in part.items():
        key = _filled(slot, values)
        if not isinstance(key, str) or key in result:
            raise TemplateRuntimeError(f"gives the key {key!r} twice" if key in result else f"{key!r} is no key")
        result[key] = _filled(child, values)
    return result


def _plain(value: Any) -> Any:
    """A copy of a value that holds nothing but data."""
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, int | float):
        return value
    if type(value) is Undefined:  # an inline `if` without `else`; what an undefined name gives is StrictUndefined
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child) for child in value]
    raise TypeError(f"a {type(value).__name__} is not data: {value}")  # an undefined name says so itself here
