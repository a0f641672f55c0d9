"""A value that JSON Schema refuses -> what is wrong with it and what to write, in the author's words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mlpipelines.errors import did_you_mean, meant_truth, shown

if TYPE_CHECKING:
    from jsonschema.exceptions import SchemaError, ValidationError

    Refusal = ValidationError | SchemaError

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_DURATION = re.compile(r"\s*([1-9][0-9]*)\s*(s|m|h|d)[a-z]*\s*", re.IGNORECASE)
#: What others call the same: operators, and what steps do.
_ELSEWHERE = {
    **{"=": "==", "eq": "==", "equals": "==", "gt": ">", "gte": ">=", "ge": ">=", "lt": "<", "lte": "<=", "le": "<="},
    **{"deploy": "endpoint", "deployment": "endpoint", "preprocess": "prepare", "preprocessing": "prepare"},
    **{"branch": "condition", "sensor": "wait", "hpo": "tune", "metrics": "evaluate", "test": "evaluate"},
}
#: Longer lists help nobody.
_LISTED = 30
_SEPARATORS = re.compile(r"[,\s]+")


def value_words(error: Refusal, written: str = "") -> tuple[str, str, str]:
    """(code, message, hint). `written` is the value as it stands in the file, where it is no text."""
    value, schema = error.instance, _schema(error)
    seen = written or shown(value)
    expected = schema.get("x-message", "")
    if error.validator == "type":
        message = f"{expected or f'expected {kind_words(error.validator_value)}'}, not {seen}"
        return "PL103", message, _conversion(_listed(error.validator_value), value, written, schema)
    if error.validator in ("enum", "const"):
        return "PL104", f"{seen} is not allowed here", _choice(error, value)
    if error.validator == "pattern":
        hint = _rewritten(value, expected) or expected or f"it must match {error.validator_value}"
        return "PL104", f"{seen} is not allowed here", hint
    words = _LIMITS.get(str(error.validator))
    return ("PL104", *(words(error, seen) if words else (error.message, "")))


def name_words(error: Refusal) -> tuple[str, str]:
    """(message, hint) for a name that is not allowed as a key."""
    name, schema = str(error.instance), _schema(error)
    if error.validator == "maxLength":
        return f"the name {shown(name)} has {len(name)} characters", f"{error.validator_value} are allowed"
    expected = schema.get("x-message") or f"it must match {schema.get('pattern')}"
    plain = re.sub(r"\W+|-", "_", name.strip()).lower()
    if error.validator == "pattern" and plain != name and re.search(str(error.validator_value), plain):
        expected = f"{expected}: {plain}"
    return f"the name {shown(name)} is not allowed here", expected


def _range(error: Refusal, seen: str) -> tuple[str, str]:
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    limit = f"it must be {words[str(error.validator)]} {error.validator_value}"
    value: Any = error.instance
    expected = _schema(error).get("x-message") or limit
    if "share" in expected and 1 < value < 100:
        expected = f"{expected}: {_as_share(value)}"
    return f"{seen} is out of range", expected


def _as_share(percent: float) -> str:
    return f"write {percent / 100:g}"


def _too_short(error: Refusal, seen: str) -> tuple[str, str]:
    limit: Any = error.validator_value
    if limit == 1:
        return "this must not be empty", ""
    return f"this has {_count(error)}, and needs at least {limit}", _schema(error).get("x-message", "")


def _too_long(error: Refusal, seen: str) -> tuple[str, str]:
    return f"this has {_count(error)}, and may have {error.validator_value}", _schema(error).get("x-message", "")


def _format(error: Refusal, seen: str) -> tuple[str, str]:
    return f"{seen} is no {str(error.validator_value).replace('regex', 'regular expression')}", ""


def _absent(error: Refusal, seen: str) -> tuple[str, str]:
    return f"{error.message.split(' is a required')[0]} is missing", ""


def _none_of(error: Refusal, seen: str) -> tuple[str, str]:
    return f"{seen} is not allowed here", ""


def _twice(error: Refusal, seen: str) -> tuple[str, str]:
    items: Any = error.instance
    return f"{shown(items[repeated(items)])} is given twice", "take one of the two away"


_LIMITS: Mapping[str, Callable[[Refusal, str], tuple[str, str]]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _range),
    **dict.fromkeys(("minLength", "minItems", "minProperties"), _too_short),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), _too_long),
    "format": _format,
    "required": _absent,
    **dict.fromkeys(("anyOf", "oneOf", "not"), _none_of),
    "uniqueItems": _twice,
}


def repeated(items: Any) -> int:
    """The index of the first item that stands in the list before."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            return index
        seen.add(text)
    return len(items) - 1  # equal without looking alike: 1 and 1.0


def _count(error: Refusal) -> str:
    size = len(error.instance)  # type: ignore[arg-type]
    one, more = ("character", "characters") if isinstance(error.instance, str) else ("entry", "entries")
    return f"{size} {one if size == 1 else more}"


def _conversion(kinds: list[str], value: Any, written: str, schema: Mapping[str, Any]) -> str:
    """What to write in place of a value of the wrong kind."""
    text = written or (value if isinstance(value, str) else "")
    if "string" in kinds and written and re.search(schema.get("pattern", ""), written):
        return f'put it in quotes: "{written}"'
    if "duration" in schema.get("x-message", "") and isinstance(value, int) and value > 0:
        return f"write {value}s for seconds, {value}m for minutes"
    if (share := re.fullmatch(r"([0-9.]+) ?%", text)) and "share" in schema.get("x-message", ""):
        return _as_share(float(share[1]))
    if "json" in _inner(schema, "properties"):
        return "write {json: ...} around it to send it as JSON" if isinstance(value, list) else ""
    if "boolean" in kinds and meant_truth(text):
        return f"write {meant_truth(text)}"
    one = "{" not in text and schema.get("minItems", 1) < 2
    if "array" in kinds and text and one and "string" in _listed(_inner(schema, "items").get("type")):
        return f"write a list: [{', '.join(_SEPARATORS.split(text.strip(' ,')))}]"
    if "integer" in kinds or "number" in kinds:
        return f"write {text} without quotes" if re.fullmatch(r"-?[0-9]+", text) and not written else ""
    if "object" in kinds and value is None:
        return "nothing stands below it: check the indentation"
    if "object" in kinds and isinstance(value, list):
        return "write `name: value`, without dashes or brackets"
    if "object" in kinds and text and "x-shorthand" in _inner(schema, "additionalProperties"):
        return f"give it a name: {{<name>: {text}}}"
    return ""


def _rewritten(value: Any, expected: str) -> str:
    """A text in the form that was expected, where it is plain what was meant."""
    found = _DURATION.fullmatch(value) if "duration" in expected else None
    if "number" in expected and value.isdecimal():
        return f"write {value} without quotes"
    written = f"{found[1]}{found[2].lower()}" if found else ""
    if written == value:
        return "this is longer than Airflow can reckon with; 9999d is the most"
    return f"write {written}" if written else ""


def _choice(error: Refusal, value: Any) -> str:
    if error.validator == "const":
        return f"expected {error.validator_value!r}"
    choices = [str(choice) for choice in _listed(error.validator_value) if choice is not None]
    other = _ELSEWHERE.get(str(value).lower(), "")
    if other in choices:
        return f"did you mean {other!r}?"
    return did_you_mean(str(value), choices) or (f"one of {', '.join(choices)}" if len(choices) <= _LISTED else "")


def kind_words(kinds: Any) -> str:
    return " or ".join(_KINDS[kind] for kind in _listed(kinds) if kind != "null" or kinds == "null")


def _inner(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    inner = schema.get(keyword)
    return inner if isinstance(inner, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _schema(error: Refusal) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}
