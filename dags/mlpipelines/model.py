"""Document and defaults -> Pipeline: complete, resolved and frozen; what the templates see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

from mlpipelines import references
from mlpipelines.document import Document, DocumentPath
from mlpipelines.facts.shapes import member_shape
from mlpipelines.step_types import Schema, StepType


@dataclass(frozen=True, eq=False)
class Layer:
    """A mapping of defaults that stands at `path` of a document."""

    document: Document
    path: DocumentPath = ()

    @property
    def data(self) -> dict[str, Any]:
        data = self.document.data
        for key in self.path:
            data = data.get(key) or {}
        return data if isinstance(data, dict) else {}


@dataclass(frozen=True)
class Step:
    """One step: all fields of its type with defaults filled in (None: not given) and references resolved."""

    name: str
    type: StepType
    fields: Mapping[str, Any]
    upstream: tuple[str, ...]

    @cached_property
    def outputs(self) -> dict[str, str]:
        """{output: expression over `result`}"""
        return self.type.outputs(self.fields)


@dataclass(frozen=True)
class Pipeline:
    """One pipeline file, complete."""

    name: str
    description: str | None
    schedule: Mapping[str, Any]
    """cron, timezone, every, assets: None where not given."""
    start_date: str | None
    end_date: str | None
    catchup: bool
    max_active_runs: int
    max_active_tasks: int | None
    timeout: str | None
    tags: list[str] | None
    owner: str | None
    params: Mapping[str, Any]
    steps: tuple[Step, ...]
    source: str
    """The text of the file."""
    folder: str = ""
    """Where the file lies below `pipelines/`."""


def build_pipeline(
    document: Document, merged: MergedSteps, upstream: Mapping[str, tuple[str, ...]], folder: str = ""
) -> Pipeline:
    """The pipeline of a document that has passed the schema and the reference checks, and its merged steps."""
    data = document.data
    deciders = branch_deciders(data["steps"], {name: step_type for name, (step_type, _) in merged.items()})

    def lookup(step: str, output: str) -> str:
        step_type, fields = merged[step]
        task_id = f"{step}.{step}_{step_type.result_task}" if step_type.result_task else step
        value = step_type.output(output, fields)
        assert value is not None  # the references have been checked
        return references.output_expression(task_id, value)

    def step(name: str, step_type: StepType, fields: dict[str, Any]) -> Step:
        resolved = references.resolve(fields, lookup)
        if references.whole_reference(fields.get("request")):
            resolved["request"] = references.as_json(resolved["request"])
        after = (*upstream[name], *deciders.get(name, ()))
        return Step(name, step_type, resolved, tuple(dict.fromkeys(after)))

    steps = tuple(step(name, step_type, fields) for name, (step_type, fields) in merged.items())
    return Pipeline(
        name=data["name"],
        description=data.get("description"),
        schedule=_schedule(data.get("schedule")),
        start_date=_date(data.get("start_date")),
        end_date=_date(data.get("end_date")),
        catchup=data.get("catchup", False),
        max_active_runs=data.get("max_active_runs", 1),
        max_active_tasks=data.get("max_active_tasks"),
        timeout=data.get("timeout"),
        tags=data.get("tags"),
        owner=data.get("owner"),
        params={name: _param(value) for name, value in (data.get("params") or {}).items()},
        steps=steps,
        source=document.text,
        folder=folder,
    )


#: Over so many steps a value is passed on.
_PASSED_ON = 50
MergedSteps = dict[str, tuple[StepType, dict[str, Any]]]


def merge_steps(document: Document, schema: Schema, defaults: Layer | None = None) -> MergedSteps:
    """{step: (its type, its fields with all defaults, references unresolved)} in the order of the file."""
    layers = [*([defaults] if defaults else []), Layer(document, ("defaults",))]
    result: MergedSteps = {}
    bases: dict[str, dict[str, Any]] = {}
    for name, data in document.data["steps"].items():
        step_type = schema.step_types[data["type"]]
        if step_type.name not in bases:
            bases[step_type.name] = _defaults(step_type, layers, schema)
        own = as_written(data, Layer(document, ("steps", name)), step_type)
        fields = _merge(bases[step_type.name], {k: v for k, v in own.items() if k != "type"}, step_type.whole_fields)
        result[name] = (step_type, step_type.completion.of(fields))
    for name in result:
        _inherit(name, result)
    return result


def upstream_steps(
    steps: Mapping[str, Mapping[str, Any]], found: Iterable[references.Reference]
) -> dict[str, tuple[str, ...]]:
    """{step: the steps that it runs after}: those referred to, then those of `after`; each once."""
    named: dict[str, list[str]] = {name: [] for name in steps}
    for reference in found:
        if len(reference.path) > 2 and reference.path[0] == "steps" and reference.path[1] in named:
            named[str(reference.path[1])].append(reference.scope)
    for name, fields in steps.items():
        after = fields.get("after")
        named[name] += [other for other in (after if isinstance(after, list) else [after]) if isinstance(other, str)]
    return {
        name: tuple(dict.fromkeys(other for other in others if other in steps and other != name))
        for name, others in named.items()
    }


def branch_deciders(steps: Mapping[str, Any], step_types: Mapping[str, StepType | None]) -> dict[str, tuple[str, ...]]:
    """{step: the steps that decide whether it runs}: those that name it in a field such as `then`."""
    result: dict[str, tuple[str, ...]] = {}
    for decider, step_type in step_types.items():
        for field in step_type.branches if step_type else ():
            named = steps[decider].get(field)
            for name in named if isinstance(named, list) else [named]:
                if isinstance(name, str) and name in steps and name != decider:
                    result[name] = (*result.get(name, ()), decider)
    return result


def as_written(data: Mapping[str, Any], layer: Layer, step_type: StepType) -> dict[str, Any]:
    """`data` with the values of text fields as they were written: 0.10 stays 0.10, and {json: ...} is its JSON."""
    result = dict(data)
    for field in step_type.text_fields:
        if data.get(field) is not None:
            result[field] = _texts(data[field], step_type.properties[field], (*layer.path, field), layer.document)
    if isinstance(data.get("request"), dict):
        result["request"] = _requests_as_written(data["request"], layer, step_type)
    return result


def _texts(value: Any, schema: Mapping[str, Any], path: DocumentPath, document: Document) -> Any:
    """A value with every mapping of texts below it (x-text) as it was written."""
    if schema.get("x-text"):
        if isinstance(value, list):
            return [_text(child, (*path, index), document) for index, child in enumerate(value)]
        if isinstance(value, dict):
            return {key: _text(child, (*path, key), document) for key, child in value.items()}
        return _text(value, path, document)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_texts(child, schema["items"], (*path, index), document) for index, child in enumerate(value)]
    if not isinstance(value, dict):
        return value
    fields, others = schema.get("properties") or {}, schema.get("additionalProperties")
    others = others if isinstance(others, dict) else {}
    return {key: _texts(child, fields.get(key) or others, (*path, key), document) for key, child in value.items()}


def _text(value: Any, path: DocumentPath, document: Document) -> Any:
    if isinstance(value, dict) and value.keys() == {"json"}:
        return json.dumps(value["json"], ensure_ascii=False)
    return value if value is None else document.raw.get(path, value)


def _requests_as_written(request: Mapping[str, Any], layer: Layer, step_type: StepType) -> dict[str, Any]:
    """`request:` as it was written; what belongs to no action of the step stays and is refused by a check."""
    result = dict(request)
    for action in step_type.requests:
        wrapper = step_type.wrapper(action)
        if wrapper is None:
            return dict(_request_as_written(request, action, (), (*layer.path, "request"), layer.document))
        if isinstance(request.get(wrapper), dict):
            path = (*layer.path, "request", wrapper)
            result[wrapper] = _request_as_written(request[wrapper], action, (), path, layer.document)
    return result


def _request_as_written(value: Any, action: str, member: DocumentPath, path: DocumentPath, document: Document) -> Any:
    """`request:` with numbers and booleans as they were written wherever AWS wants a text, and JSON for {json: ...}."""
    if isinstance(value, dict):
        if value.keys() == {"json"} and _wants_text(action, member):
            return _text(value, path, document)
        return {k: _request_as_written(v, action, (*member, k), (*path, k), document) for k, v in value.items()}
    if isinstance(value, list):
        return [_request_as_written(v, action, (*member, i), (*path, i), document) for i, v in enumerate(value)]
    text = document.raw.get(path)
    return value if value is None or text is None or not _wants_text(action, member) else text


def _wants_text(action: str, member: DocumentPath) -> bool:
    shape = member_shape(action, member)
    return shape is not None and shape["t"] == "s"


def common_defaults(data: Mapping[str, Any], step_type: StepType, schema: Schema) -> dict[str, Any]:
    """The defaults for all steps that have the field; a mapping below a step type's name is for that type."""
    return {
        name: value
        for name, value in data.items()
        if name in step_type.properties and not (name in schema.step_types and isinstance(value, dict))
    }


def _defaults(step_type: StepType, layers: list[Layer], schema: Schema) -> dict[str, Any]:
    """The defaults of a step type: built in < each layer's common fields < each layer's fields for the type."""
    result = step_type.defaults
    for layer in layers[:-1]:  # the organisation's are the same for all files
        result = _common_over(step_type, layer, schema)
    return _over(result, step_type, layers[-1], schema)


@lru_cache(maxsize=256)
def _common_over(step_type: StepType, layer: Layer, schema: Schema) -> dict[str, Any]:
    return _over(step_type.defaults, step_type, layer, schema)


def _over(base: dict[str, Any], step_type: StepType, layer: Layer, schema: Schema) -> dict[str, Any]:
    data = layer.data
    if not data:
        return base
    common = common_defaults(data, step_type, schema)
    result = _merge(base, as_written(common, layer, step_type), step_type.whole_fields)
    special = data.get(step_type.name)
    if isinstance(special, dict):
        inner = Layer(layer.document, (*layer.path, step_type.name))
        result = _merge(result, as_written(special, inner, step_type), step_type.whole_fields)
    return result


def _merge(base: Mapping[str, Any], over: Mapping[str, Any], whole: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Mappings are merged, everything else is replaced; so are the fields in `whole`."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _merge(old, value) if both and key not in whole else value  # type: ignore[arg-type]
    return result


def _inherit(name: str, steps: MergedSteps) -> None:
    """Take fields that are not given from the step that another field refers to (a model's image), or from what that
    step is (the kind of its job)."""
    step_type, fields = steps[name]
    if any(fields[field] is not None for field in step_type.inherit):
        return
    for field, through in step_type.inherit.items():
        fields[field] = inherited(field, fields[through], steps, {name})


def inherited(
    field: str, reference: Any, steps: Mapping[str, tuple[StepType, Mapping[str, Any]]], seen: set[str]
) -> Any:
    """The value of `field` in the step that `reference` leads to, over steps that pass it on; None: there is none."""
    scope = references.whole_reference(reference)
    if scope is None or scope[0] not in steps or scope[0] in seen or len(seen) > _PASSED_ON:
        return None
    step_type, fields = steps[scope[0]]
    if f"x-{field}" in step_type.schema:
        return step_type.schema[f"x-{field}"]
    if field in fields:
        return fields[field]
    return next((inherited(field, fields.get(t), steps, {*seen, scope[0]}) for t in step_type.inherit.values()), None)


def utc(date: str) -> datetime:
    """A date, or a time with or without an offset, as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(date)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _date(date: str | None) -> str | None:
    """In UTC and without an offset: dag-factory would put UTC in place of another one."""
    return None if date is None else utc(date).replace(tzinfo=None).isoformat()


def _schedule(value: Any) -> dict[str, Any]:
    given = value if isinstance(value, dict) else {"cron": value}
    return {"cron": None, "timezone": None, "every": None, "assets": None, **given}


def _param(value: Any) -> dict[str, Any]:
    """A parameter as Airflow's Param: a default, and JSON Schema for the trigger form."""
    schema = dict(value) if isinstance(value, dict) else {"default": value}
    return {"__type__": "airflow.sdk.Param", "default": schema.pop("default", None), **schema}
