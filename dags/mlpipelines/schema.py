"""Document -> its problems by JSON Schema, each at its own place and in the author's words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from mlpipelines.document import Document
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.step_types import Schema

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


class SchemaChecker:
    """Holds documents against one schema. `part` names a definition, for files that hold only that part."""

    def __init__(self, schema: Schema, part: str | None = None) -> None:
        self.schema = schema
        root = {key: value for key, value in schema.data.items() if key in ("$schema", "$defs")}
        self.root: Mapping[str, Any] = schema.data if part is None else {**root, "$ref": f"#/$defs/{part}"}

    def problems(self, document: Document) -> Iterator[Problem]:
        """Everything that the schema refuses. Valid documents take the fast way."""
        if self._fast.is_valid(document.data):
            return
        errors = list(islice(self._thorough.iter_errors(document.data), 1000))
        misspelt = {(tuple(e.absolute_path), near) for e in errors for near in _meant(e)}
        for error in errors:
            if error.validator != "required" or (tuple(error.absolute_path), _missing(error)) not in misspelt:
                yield from self._explain(document, error)

    @cached_property
    def _fast(self) -> Any:
        import jsonschema_rs

        return jsonschema_rs.Draft202012Validator(dict(self.root))

    @cached_property
    def _thorough(self) -> Any:
        """The library that reports errors in detail; it is slow to import and not needed for a valid file."""
        import jsonschema

        return jsonschema.Draft202012Validator(self.root)

    def _explain(self, document: Document, error: ValidationError) -> Iterator[Problem]:
        path, rule = list(error.absolute_path), error.validator
        schema: Any = error.schema
        if rule in ("additionalProperties", "required") and list(schema.get("properties", ())) == ["json"]:
            hint = "write it as {json: ...}, with nothing beside `json`"
            yield document.problem(path, "PL103", schema["x-message"], hint)
        elif rule == "additionalProperties":
            for name in sorted(set(_names(error)) - set(schema["properties"])):
                hint = self._unknown_hint(name, path, schema["properties"])
                yield document.problem([*path, name], "PL101", f"unknown field {name!r}", hint, key=True)
        elif rule == "required":
            name = error.message.split("'")[1]
            yield document.problem(path, "PL102", f"the field {name!r} is missing", _about(schema, name), key=True)
        elif rule in ("propertyNames", "dependentRequired") or "propertyNames" in error.absolute_schema_path:
            name = str(error.instance)
            message = f"the name {name!r} is not allowed here"
            yield document.problem([*path, name], "PL105", message, _expectation(schema), key=True)
        else:
            code, message, hint = _value_problem(error)
            written = document.raw.get(tuple(path), "")
            if rule == "type" and written and _wants_text(error, written):
                hint = f'put it in quotes: "{written}"'
            yield document.problem(path, code, message, hint)

    def _unknown_hint(self, name: str, path: list[Any], fields: Mapping[str, Any]) -> str:
        near = did_you_mean(name, fields)
        if near:
            return near
        if not path and name in self.schema.default_fields:
            return "write it under `defaults:` or in a step"
        of_step = "const" in fields.get("type", {})
        own = [field for field in fields if field not in self.schema.common_fields]
        owners = [step_type.name for step_type in self.schema.step_types.values() if name in step_type.properties]
        if owners and fields.keys() >= self.schema.default_fields:
            return f"write it below {' or '.join(f'`{owner}:`' for owner in owners)}"
        if of_step and len(own) <= 12 and len(owners) not in (1, 2, 3):
            return f"its own fields are {', '.join(own)}"
        if of_step and owners:
            return f"it is a field of {', '.join(owners)} steps"
        return f"known are {', '.join(fields)}" if len(fields) <= 12 else ""


def _names(error: ValidationError) -> list[str]:
    """The keys of the mapping that the error is about."""
    instance: Any = error.instance
    return list(instance)


def _missing(error: ValidationError) -> str:
    """The field that a `required` error is about."""
    return error.message.split("'")[1]


def _meant(error: ValidationError) -> list[str]:
    """The missing fields that unknown fields were meant to be: one mistake, one problem."""
    schema: Any = error.schema
    if error.validator != "additionalProperties":
        return []
    required = schema.get("required") or schema.get("else", {}).get("required", ())
    absent = [name for name in required if name not in _names(error)]
    unknown = set(_names(error)) - set(schema["properties"])
    return [name for name in absent if any(difflib.get_close_matches(word, [name], 1, 0.5) for word in unknown)]


def _wants_text(error: ValidationError, written: str) -> bool:
    """Whether what was written would do if it were a text."""
    limit: Any = error.validator_value
    schema: Any = error.schema
    fits = "pattern" not in schema or re.search(schema["pattern"], written)
    return "string" in ([limit] if isinstance(limit, str) else limit) and bool(fits)


def _value_problem(error: ValidationError) -> tuple[str, str, str]:
    """(code, message, hint) for a value that is there but wrong."""
    rule, value = error.validator, error.instance
    limit: Any = error.validator_value
    schema: Any = error.schema
    message = schema.get("x-message")
    shown = _shown(value)
    if rule == "enum":
        choices = [str(choice) for choice in limit if choice is not None]
        return "PL104", f"{shown} is not allowed here", _choice_hint(str(value), choices)
    if rule == "const":
        return "PL104", f"{shown} is not allowed here", f"expected {limit!r}"
    if rule == "type":
        return "PL103", message or f"expected {_types(limit)}, not {shown}", f"it is {shown}" if message else ""
    if rule == "pattern":
        return "PL104", f"{shown} is not allowed here", message or f"it must match {limit}"
    if rule in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        return "PL104", f"{shown} is out of range", message or f"the {rule} is {limit}"
    if rule in ("minLength", "minItems", "minProperties"):
        return "PL104", "this must not be empty" if limit == 1 else f"this needs at least {limit} entries", ""
    if rule in ("maxLength", "maxItems", "maxProperties"):
        return "PL104", f"this has too many entries or characters; at most {limit} are allowed", ""
    if rule == "uniqueItems":
        return "PL104", "an entry is given twice", ""
    return "PL104", error.message, ""


def _about(schema: Mapping[str, Any], field: str) -> str:
    return str(schema.get("properties", {}).get(field, {}).get("description", ""))


def _expectation(schema: Mapping[str, Any]) -> str:
    return str(schema.get("x-message") or (f"it must match {schema['pattern']}" if "pattern" in schema else ""))


def _choice_hint(value: str, choices: list[str]) -> str:
    return did_you_mean(value, choices) or (f"one of {', '.join(choices)}" if len(choices) <= 20 else "")


def _types(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    return " or ".join(_TYPE_NAMES[name] for name in names)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = {True: "true", False: "false", None: "null"}.get(value) if value is None or isinstance(value, bool) else None
    text = text or repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
