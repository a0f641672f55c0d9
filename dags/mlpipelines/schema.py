"""Document -> its problems by JSON Schema, each at its own place and in the author's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from mlpipelines.document import Document
from mlpipelines.errors import Problem, nearest
from mlpipelines.refused_values import name_words, repeated, value_words
from mlpipelines.step_types import Schema
from mlpipelines.unknown_fields import likely_types, meant, unknown_hint

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

#: So many unknown fields in one place, in so many places, are held against the fields that are missing there.
_COMPARED, _PLACES = 10, 100
_FEW = 20


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
        steps = document.data.get("steps") if isinstance(document.data, dict) else None
        most = self.root.get("properties", {}).get("steps", {}).get("maxProperties")
        if most and isinstance(steps, dict) and len(steps) > most:
            message = f"there are {len(steps):,} steps; a pipeline may have {most:,}"
            yield document.problem(("steps",), "PL104", message, "split it", key=True)
            return
        errors = list(islice(self._thorough.iter_errors(self._without_fine_steps(document.data)), 1000))
        unknown = [error for error in errors if error.validator == "additionalProperties"]
        misspelt = {(tuple(error.absolute_path), near) for error in unknown[:_PLACES] for near in _misspelt(error)}
        outdented = self._outdented(document.data)
        for error in errors:
            path = tuple(error.absolute_path)
            if error.validator == "required" and (path, _missing(error)) in misspelt:
                continue
            if path[:2] not in outdented:
                yield from self._explain(document, error)

    def _without_fine_steps(self, data: Any) -> Any:
        """The data without most of the steps that nothing is wrong with: to find that in detail takes long."""
        steps = data.get("steps") if isinstance(data, dict) else None
        if "properties" not in self.root or not isinstance(steps, dict) or len(steps) < _FEW:
            return data
        wrong = {name: step for name, step in steps.items() if not self._fast_steps.is_valid({name: step})}
        return {**data, "steps": wrong or dict(islice(steps.items(), 1))}

    def _outdented(self, data: Any) -> set[tuple[str, ...]]:
        """The fields of a step that stand beside its name, not below it: one mistake, told at the name."""
        steps = data.get("steps") if isinstance(data, dict) else None
        if not isinstance(steps, dict) or None not in steps.values():
            return set()
        fields = {field for step_type in self.schema.step_types.values() for field in step_type.properties}
        return {
            ("steps", name)
            for name, step in steps.items()
            if name in fields and step is not None and not _is_step(step)
        }

    @cached_property
    def _fast(self) -> Any:
        import jsonschema_rs

        return jsonschema_rs.Draft202012Validator(dict(self.root))

    @cached_property
    def _fast_steps(self) -> Any:
        import jsonschema_rs

        return jsonschema_rs.Draft202012Validator({**self.root["properties"]["steps"], "$defs": self.root["$defs"]})

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
            for name in _unknown(error):
                hint = unknown_hint(name, path, schema["properties"], _absent(error), self.schema)
                if not path and _is_step(document.data[name]):
                    hint = "indent it below `steps:`"
                yield document.problem([*path, name], "PL101", f"unknown field {name!r}", hint, key=True)
        elif rule == "required":
            name = _missing(error)
            hint = self._about(error, path, name)
            yield document.problem(path, "PL102", f"the field {name!r} is missing", hint, key=True)
        elif rule in ("propertyNames", "dependentRequired") or "propertyNames" in error.absolute_schema_path:
            message, hint = name_words(error)
            yield document.problem([*path, str(error.instance)], "PL105", message, hint, key=True)
        else:
            yield self._bad_value(document, error, path)

    def _bad_value(self, document: Document, error: ValidationError, path: list[Any]) -> Problem:
        code, message, hint = value_words(error, document.raw.get(tuple(path), ""))
        if document.doubtful.get(tuple(path), ("",))[0] == "YM09":
            hint = "write a space after each dash"
        elif code == "PL103" and path == ["steps"] and isinstance(error.instance, list):
            hint = "each step stands below its name: `train_model:`"
        elif code == "PL103" and not path:
            hint = "begin with `name:` and `steps:`"
        elif code == "PL103" and _is_list_without_spaces(error.instance):
            hint = "write a space after each dash"
        if error.validator == "uniqueItems":
            path = [*path, repeated(error.instance)]
        return document.problem(path, code, message, hint)

    def _about(self, error: ValidationError, path: list[Any], name: str) -> str:
        """What a missing field is for."""
        instance: Any = error.instance
        of_step = name == "type" and path[:1] == ["steps"]
        if of_step and (near := nearest("type", instance)):
            return f"write `type:` for `{near}:`"
        if of_step and (kinds := likely_types(instance, self.schema)):
            return f"write `type: {'` or `type: '.join(kinds)}`"
        step_type = self.schema.step_types.get(str(instance.get("type")))
        schema: Any = error.schema
        fields = schema.get("properties") or (step_type.properties if step_type else {})
        return str(fields.get(name, {}).get("description", "")).partition(". ")[0].rstrip(".")


def _names(error: ValidationError) -> list[str]:
    """The keys of the mapping that the error is about."""
    instance: Any = error.instance
    return list(instance)


def _missing(error: ValidationError) -> str:
    """The field that a `required` error is about."""
    return error.message.split("'")[1]


def _is_step(value: Any) -> bool:
    return isinstance(value, dict) and "type" in value


def _is_list_without_spaces(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(key.startswith("-") for key in value)


def _unknown(error: ValidationError) -> list[str]:
    schema: Any = error.schema
    return sorted(set(_names(error)) - set(schema["properties"]))


def _absent(error: ValidationError) -> list[str]:
    """The fields that are needed where the error is, and are not there."""
    schema: Any = error.schema
    required = schema.get("required") or schema.get("else", {}).get("required", ())
    return [name for name in required if name not in _names(error)]


def _misspelt(error: ValidationError) -> list[str]:
    """The missing fields that unknown fields were meant to be: one mistake, one problem."""
    schema: Any = error.schema
    absent = _absent(error)
    words = _unknown(error)[:_COMPARED] if absent else ()
    return [name for word in words if (name := meant(word, schema["properties"], absent)) in absent]
