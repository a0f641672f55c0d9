"""The assembled schema -> one StepType for each step type: what Python needs to know of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlpipelines.completion import Completion
from mlpipelines.errors import ProjectError


@dataclass(frozen=True, eq=False)
class StepType:
    """One step type. Everything is read from its schema; nothing is known in Python alone."""

    name: str
    schema: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        result: Mapping[str, Any] = self.schema["properties"]
        return result

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The built-in default of every field; None for a field without one."""
        return {field: schema.get("default") for field, schema in self.properties.items() if field != "type"}

    @cached_property
    def completion(self) -> Completion:
        """Fills in what a step's author may leave out."""
        return Completion(self.schema)

    @cached_property
    def text_fields(self) -> tuple[str, ...]:
        """Fields with values, at whatever depth, that reach AWS as they were written."""
        return tuple(field for field, schema in self.properties.items() if _holds_text(schema))

    @cached_property
    def whole_fields(self) -> frozenset[str]:
        """Mappings that replace the default's instead of being merged with it."""
        return frozenset(field for field, schema in self.properties.items() if schema.get("x-replace"))

    @property
    def needed(self) -> tuple[str, ...]:
        """Fields that must be given here or by the defaults."""
        return tuple(self.schema.get("x-required", ()))

    def needed_with(self, fields: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
        """(field, the field that makes it needed, with what value) for each that is needed with these fields."""
        table: Mapping[str, Mapping[str, list[str]]] = self.schema.get("x-required-when", {})
        values = ((field, fields.get(field)) for field in table)
        return [(needed, field, value) for field, value in values for needed in table[field].get(str(value), ())]

    @property
    def one_of(self) -> tuple[tuple[tuple[str, ...], str | None], ...]:
        """(fields of which exactly one must be given, the field with which alone that holds) for each such group."""
        groups = (group if isinstance(group, dict) else {"of": group} for group in self.schema.get("x-one-of", ()))
        return tuple((tuple(group["of"]), group.get("with")) for group in groups)

    @property
    def only_with(self) -> Mapping[str, Any]:
        """{field: what else must be given for it to have an effect: a field, one of several, or {field: values}}"""
        result: Mapping[str, Any] = self.schema.get("x-only-with", {})
        return result

    @property
    def inherit(self) -> Mapping[str, str]:
        """{field: the field whose reference leads to the step that it is taken from}."""
        result: Mapping[str, str] = self.schema.get("x-inherit", {})
        return result

    @property
    def requests(self) -> Mapping[str, str]:
        """{AWS action: dotted path of its request inside the task}."""
        result: Mapping[str, str] = self.schema.get("x-requests", {})
        return result

    def wrapper(self, action: str) -> str | None:
        """The key of `request:` that holds what is merged over this action's request; None where the step sends one
        request only, and `request:` is its piece itself."""
        return None if len(self.requests) == 1 else re.sub("^(Create|Start|Update|Delete)", "", action)

    def also(self, action: str) -> str | None:
        """Another action whose members the request may have: the operator sends each what it knows."""
        also: Mapping[str, str] = self.schema.get("x-also", {})
        return also.get(action)

    @property
    def branches(self) -> tuple[str, ...]:
        """Fields that name steps which run after this one if it so decides."""
        return tuple(self.schema.get("x-branches", ()))

    @cached_property
    def aws_members(self) -> dict[str, tuple[str, ...]]:
        """{field: dotted paths of the AWS members that it sets}."""
        own = {field: members(schema) for field, schema in self.properties.items() if "x-aws" in schema}
        return {**own, **{field: members({"x-aws": path}) for field, path in self.schema.get("x-aws", {}).items()}}

    @property
    def instance(self) -> str | None:
        """Dotted path of the AWS member that a list in `instance_type` gives the values of, one after another."""
        return self.schema.get("x-instance")

    @property
    def metrics(self) -> str | None:
        """Expression over `result` that gives this step's metrics, if it has any."""
        return self.schema.get("x-metrics")

    def outputs(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """{output name: expression over `result`, the task's XCom value} of a step with these fields.

        An output named `<split>_labels` in the schema stands for one output for each key of the field `split`. Outputs
        whose names are not known before the run (`metrics.*`) are not among them.
        """
        result: dict[str, str] = {}
        for pattern, output in self.schema.get("x-outputs", {}).items():
            for name in _output_names(pattern, fields):
                if _is_given(name, output, fields):
                    result.setdefault(name, output["value"].replace("<name>", name))
        return result

    def output(self, name: str, fields: Mapping[str, Any]) -> str | None:
        """The expression of one output, of a name not known before the run too; None when there is no such output.

        In the value of a `metrics.*`, `<rest>` stands for what the star stands for, and `<path>` for the same taken
        apart at its dots: `['a']['b']`.
        """
        outputs: Mapping[str, Any] = self.schema.get("x-outputs", {})
        for pattern, output in outputs.items():
            if _is_named(pattern, name, fields) and _is_given(name, output, fields):
                return str(output["value"]).replace("<name>", name)
        for pattern, output in outputs.items():
            start = pattern[:-1] if pattern.endswith("*") else None
            if start is not None and name.startswith(start) and name != start and _is_given(name, output, fields):
                rest = name[len(start) :]
                known_keys = _keys(output, fields)
                if known_keys is not None and not any(rest == key or rest.startswith(f"{key}.") for key in known_keys):
                    continue
                path = "".join(f"['{key}']" for key in rest.split("."))
                return str(output["value"]).replace("<rest>", rest).replace("<path>", path)
        return None

    def output_kind(self, name: str, fields: Mapping[str, Any]) -> str | None:
        """What an output is (`data`, `artifact`, ...); None where the schema does not say."""
        for pattern, output in self.schema.get("x-outputs", {}).items():
            start = pattern[:-1] if pattern.endswith("*") else None
            if name in _output_names(pattern, fields) or (start is not None and name.startswith(start)):
                kind: str | None = output.get("kind")
                return kind
        return None

    def wanted_kinds(self, path: tuple[str | int, ...]) -> tuple[str, ...]:
        """What the field at `path` wants of a reference; empty: anything."""
        field: Mapping[str, Any] | None = self.properties.get(str(path[0])) if path else None
        for key in path[1:]:
            named = (field or {}).get("properties") or {}
            field = named.get(key) or (field or {}).get("items" if isinstance(key, int) else "additionalProperties")
            if not isinstance(field, Mapping):
                return ()
        shorthand = (field or {}).get("x-shorthand")
        field = field["properties"][shorthand] if field and shorthand else field
        return tuple((field or {}).get("x-wants", ()))

    def lacks(self, name: str, fields: Mapping[str, Any]) -> str:
        """What a step with these fields would need to give the output; empty: nothing that is known would help."""
        for pattern, output in self.schema.get("x-outputs", {}).items():
            if (pattern == name or (pattern.endswith("*") and name.startswith(pattern[:-1]))) and name != pattern[:-1]:
                if "needs" in output and fields.get(output["needs"]) is None:
                    return f"with `{output['needs']}`"
                for field, values in output.get("when", {}).items():
                    if fields.get(field) not in values:
                        return f"with `{field}: {' | '.join(_yaml(value) for value in values)}`"
        return ""

    def named_outputs(self, fields: Mapping[str, Any]) -> dict[str, list[str]]:
        """{field: the outputs that its keys name}"""
        found: dict[str, list[str]] = {}
        for pattern in self.schema.get("x-outputs", {}):
            if pattern.startswith("<"):
                field, _, suffix = pattern[1:].partition(">")
                keys = fields.get(field)
                found.setdefault(field, []).extend(list(keys) if isinstance(keys, Mapping) and not suffix else [])
        return found

    @property
    def own_outputs(self) -> dict[str, str]:
        """{output: what it is} of those with a name of their own."""
        outputs: Mapping[str, Any] = self.schema.get("x-outputs", {})
        return {name: output["description"] for name, output in outputs.items() if name[0] != "<" and name[-1] != "*"}

    def output_names(self, fields: Mapping[str, Any]) -> list[str]:
        """The names of the outputs as an author is told them."""
        stars = [
            f"{pattern[:-1]}{key}"
            for pattern, output in self.schema.get("x-outputs", {}).items()
            if pattern.endswith("*") and _is_given(pattern, output, fields)
            for key in _keys(output, fields) or ("<name>",)
        ]
        return [*self.outputs(fields), *stars]

    @property
    def gives_anything(self) -> bool:
        """Whether the outputs are what the task returned, whatever that is."""
        return "*" in self.schema.get("x-outputs", {})

    @property
    def result_task(self) -> str | None:
        """Ending of the task whose result holds the outputs, for a step that is a group of tasks."""
        return self.schema.get("x-result")

    @cached_property
    def plain_fields(self) -> tuple[str, ...]:
        """Fields that Airflow does not render."""
        return tuple(field for field, schema in self.properties.items() if schema.get("x-plain"))

    @property
    def runtime_members(self) -> tuple[str, ...]:
        """Dotted paths of the AWS members that say how long a job may take, in seconds."""
        return tuple(self.schema.get("x-runtime", ()))


def members(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The dotted paths of the AWS members that a field sets; of a nested field, below what it is nested in."""
    paths = schema.get("x-aws", ())
    return (paths,) if isinstance(paths, str) else tuple(paths)


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds_text(schema: Mapping[str, Any]) -> bool:
    inner = [*(schema.get("properties") or {}).values(), schema.get("additionalProperties"), schema.get("items")]
    return bool(schema.get("x-text")) or any(_holds_text(child) for child in inner if isinstance(child, dict))


def _is_given(name: str, output: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Whether a step with these fields gives the output: some need a field, some must be listed in one."""
    if "needs" in output and fields.get(output["needs"]) is None:
        return False
    if any(fields.get(field) not in values for field, values in output.get("when", {}).items()):
        return False
    listed = fields.get(output["listed"]) if "listed" in output else None
    return not isinstance(listed, list) or name in listed


def _keys(output: Mapping[str, Any], fields: Mapping[str, Any]) -> list[str] | None:
    """What the star of an output may begin with: the keys of the field `keys`; None: anything."""
    keys = fields.get(output.get("keys", ""))
    return list(keys) if isinstance(keys, Mapping) and not fields.get("request") else None


def _is_named(pattern: str, name: str, fields: Mapping[str, Any]) -> bool:
    """Whether the pattern stands for the output of that name."""
    if not pattern.startswith("<"):
        return pattern == name and not pattern.endswith("*")
    field, _, suffix = pattern[1:].partition(">")
    keys = fields.get(field)
    return isinstance(keys, Mapping) and name.endswith(suffix) and name[: len(name) - len(suffix)] in keys


def _output_names(pattern: str, fields: Mapping[str, Any]) -> list[str]:
    if not pattern.startswith("<"):
        return [] if pattern.endswith("*") else [pattern]
    field, _, suffix = pattern[1:].partition(">")
    keys = fields.get(field)
    return [f"{key}{suffix}" for key in keys] if isinstance(keys, Mapping) else []


@dataclass(frozen=True, eq=False)
class Schema:
    """The assembled schema of a pipeline file."""

    data: Mapping[str, Any]

    @cached_property
    def step_types(self) -> dict[str, StepType]:
        definitions = self.data["$defs"]
        return {name: StepType(name, definitions[name]) for name in definitions["step"]["properties"]["type"]["enum"]}

    @cached_property
    def common_fields(self) -> frozenset[str]:
        """What every step may have, whatever its type."""
        fields = [frozenset(step_type.properties) for step_type in self.step_types.values()]
        return frozenset.intersection(*fields) | self.default_fields

    @cached_property
    def default_fields(self) -> frozenset[str]:
        """The fields that may stand under `defaults:` for steps of all types."""
        fields = self.data["$defs"]["defaults"]["properties"]
        return frozenset(name for name in fields if name not in self.step_types or "boolean" in fields[name]["type"])


def load_schema(file: Path) -> Schema:
    """Read `validate.schema.json`. Raises ProjectError."""
    try:
        return Schema(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ProjectError(f"cannot read {file}: {error}; `mlpipelines schemas` writes it") from None
