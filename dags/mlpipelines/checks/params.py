"""Parameters of the trigger form: their JSON Schema and their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean

_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
#: Members of Airflow's form that are no JSON Schema.
_FORM_ONLY = ("default", "description_md", "section", "values_display", "examples")


def bad_params(subject: Subject) -> Iterator[Problem]:
    """A parameter's schema must be one, and its default must fit it: Airflow refuses the DAG otherwise."""
    params = subject.data.get("params")
    for name, param in params.items() if isinstance(params, dict) else ():
        if isinstance(param, dict):
            yield from _bad_param(subject, name, param)


def _bad_param(subject: Subject, name: str, param: dict[str, Any]) -> Iterator[Problem]:
    import jsonschema

    types = param.get("type", [])
    for wrong in [kind for kind in (types if isinstance(types, list) else [types]) if kind not in _TYPES]:
        hint = did_you_mean(str(wrong), _TYPES) or f"one of {', '.join(_TYPES)}"
        yield subject.document.problem(("params", name, "type"), "bad-param", f"there is no type {wrong!r}", hint)
        return
    schema = {key: value for key, value in param.items() if key not in _FORM_ONLY}
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        place = ("params", name, *error.absolute_path)
        yield subject.document.problem(place, "bad-param", f"this is not JSON Schema: {error.message}")
        return
    if "default" not in param:
        message = f"the parameter {name!r} has no default"
        yield subject.document.problem(("params", name), "bad-param", message, "scheduled runs need one", key=True)
        return
    for problem in jsonschema.Draft202012Validator(schema).iter_errors(param["default"]):
        message = f"the default does not fit: {problem.message}"
        yield subject.document.problem(("params", name, "default"), "bad-param", message)
