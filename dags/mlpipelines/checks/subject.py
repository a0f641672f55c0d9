"""What a check looks at: one document, the schema that it follows, and the defaults around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mlpipelines.document import Document
from mlpipelines.errors import Problem
from mlpipelines.model import Layer, MergedSteps, common_defaults, inherited, merge_steps, upstream_steps
from mlpipelines.references import Reference, find_references
from mlpipelines.step_types import Schema, StepType


@dataclass(frozen=True)
class Subject:
    """One pipeline file under check."""

    document: Document
    schema: Schema
    defaults: Layer | None = None
    callables: Path | None = None
    """The folder of the package that holds a team's own functions."""
    stem: str | None = None
    """The name of the file without its ending; None when there is no file."""
    folder: Path | None = None
    """The folder that the file lies in; None when there is no file."""
    code_root: Path | None = None
    """The folder that code beside pipelines must lie in."""
    code: dict[str, str] = field(default_factory=dict, compare=False)
    """What has been looked for beside the file, and what is there: {path: kind}."""
    accepted: bool = False
    """Whether the schema has accepted the file."""
    _fields: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def data(self) -> dict[str, Any]:
        return self.document.data if isinstance(self.document.data, dict) else {}

    @cached_property
    def steps(self) -> dict[str, dict[str, Any]]:
        """The steps that are mappings, as they are written."""
        steps = self.data.get("steps")
        pairs = steps.items() if isinstance(steps, dict) else ()
        return {name: step for name, step in pairs if isinstance(step, dict)}

    @cached_property
    def params(self) -> dict[str, Any]:
        """The parameters, as they are written."""
        params = self.data.get("params")
        return params if isinstance(params, dict) else {}

    @cached_property
    def merged(self) -> MergedSteps:
        """The steps with all defaults; only for a document that the schema accepts."""
        return merge_steps(self.document, self.schema, self.defaults)

    @cached_property
    def references(self) -> list[Reference]:
        """Every reference of the file, in its order."""
        return find_references(self.data) if "${" in self.document.text else []

    @cached_property
    def upstream(self) -> dict[str, tuple[str, ...]]:
        """{step: the steps that it runs after}"""
        return upstream_steps(self.steps, self.references)

    def step_type(self, name: str) -> StepType | None:
        kind = self.steps.get(name, {}).get("type")
        return self.schema.step_types.get(kind) if isinstance(kind, str) else None

    def fields(self, name: str) -> dict[str, Any]:
        """The fields of one step with all defaults; not complete where the schema has refused the file."""
        if name not in self._fields:
            self._fields[name] = self.merged[name][1] if self.accepted else self._fields_of(name)
        return self._fields[name]

    def _fields_of(self, name: str) -> dict[str, Any]:
        step_type = self.step_type(name)
        result = dict(step_type.defaults) if step_type else {}
        for document, path in reversed(list(self.places(name))):
            data = document.data
            for key in path:
                data = data.get(key) if isinstance(data, dict) else None
            if isinstance(data, dict) and step_type:
                result |= common_defaults(data, step_type, self.schema)
        if step_type and step_type.inherit:
            others = {other: (kind, self.steps[other]) for other in self.steps if (kind := self.step_type(other))}
            for field, through in step_type.inherit.items():
                if result.get(field) is None:
                    result[field] = inherited(field, result.get(through), others, {name})
        return result

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(name, fields with defaults) of the steps of one type."""
        return ((name, fields) for name, (step_type, fields) in self.merged.items() if step_type.name == kind)

    @cached_property
    def searches(self) -> list[tuple[str, dict[str, Any]]]:
        """(name, fields with defaults) of the tuning steps whose request is made of their fields."""
        return [(name, fields) for name, fields in self.of_type("tune") if not isinstance(fields["request"], str)]

    def field_problem(
        self, step: str, path: tuple[str | int, ...], code: str, message: str, hint: str = "", *, key: bool = False
    ) -> Problem:
        """A problem at a step's field, wherever that stands: in the step, in the file's or the common defaults. With
        `key` at its name, if the field itself is there."""
        for layer_document, layer_path in self.places(step):
            for end in range(len(path), 0, -1):
                if layer_document.has((*layer_path, *path[:end])):
                    key = key and end == len(path)
                    return layer_document.problem((*layer_path, *path[:end]), code, message, hint, key=key)
        return self.document.problem(("steps", step), code, message, hint, key=True)

    def places(self, step: str) -> Iterator[tuple[Document, tuple[str | int, ...]]]:
        """Where the fields of a step may stand, nearest first."""
        kind = str(self.steps.get(step, {}).get("type"))
        yield self.document, ("steps", step)
        layers = [Layer(self.document, ("defaults",)), *([self.defaults] if self.defaults else [])]
        for layer in layers:
            yield layer.document, (*layer.path, kind)
            yield layer.document, layer.path
