"""Parameters of the trigger form: their JSON Schema and their defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.document import DocumentPath
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.refused_values import value_words

_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
#: Members of Airflow's form that are no JSON Schema.
_FORM_ONLY = ("default", "description_md", "section", "values_display", "examples")
#: Each value of a default is held against each of its schema's at the most: so many are in one file.
_MOST_COMPARED = 100_000
#: What it costs to look at a parameter at all.
_ONE = 50
#: Bytes that a compiled expression may take.
_LARGEST_EXPRESSION = 1_000_000
#: Would be looked up, in files or on the network, by everyone who reads the schema.
_LOOKED_UP = ("$ref", "$dynamicRef", "$recursiveRef", "$id", "$schema")
#: Take for ever: keys are held against expressions, and schemas within schemas are tried again and again.
_SLOW = ("patternProperties", "unevaluatedItems", "unevaluatedProperties")
#: A repetition of what repeats itself: Python's `re`, which Airflow uses, may never come to an end with it.
_ENDLESS = re.compile(r"[+*}][^()]{0,50}\)[+*{]")


def bad_params(subject: Subject) -> Iterator[Problem]:
    """A parameter's schema must be one, and its default must fit it: Airflow refuses the DAG otherwise."""
    left = _MOST_COMPARED
    for name, param in subject.params.items():
        if isinstance(param, dict):
            left -= _ONE + _size(param) * (1 + _size(param.get("default")))
            if left < 0:
                message = "the schemas and defaults of the parameters are too large to be held against each other"
                yield subject.document.problem(("params", name), "PL307", message, "write less", key=True)
                return
            yield from _bad_param(subject, name, param)


def check_value(schema: dict[str, Any], value: Any, written: str = "") -> str:
    """Why a value does not fit a parameter's schema, or an empty text. Nothing is looked up anywhere. `written` is the
    value as it stands in the file, where it is no text."""
    import jsonschema
    from referencing import Registry

    rules = {key: child for key, child in schema.items() if key not in _FORM_ONLY}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = _validator()(rules, registry=Registry(), format_checker=checker)
    problem = next(validator.iter_errors(value), None)
    if problem is None:
        return ""
    _, message, hint = value_words(problem, "" if problem.absolute_path else written)
    return f"{message}: {hint}" if hint else message


@cache
def _validator() -> Any:
    """JSON Schema's, but for patterns: Python's `re` may never come to an end with them."""
    import jsonschema

    def pattern(_: Any, expression: str, value: Any, __: Any) -> Iterator[Any]:
        if isinstance(value, str) and not _matches(expression, value):
            yield jsonschema.ValidationError(f"{value!r} does not match {expression!r}")

    validators: Any = jsonschema.validators
    return validators.extend(jsonschema.Draft202012Validator, {"pattern": pattern})


def _matches(expression: str, text: str) -> bool:
    """Whether an expression is found in a text, in time that grows with its length; those that only Python knows are
    taken to be."""
    import jsonschema_rs

    options = jsonschema_rs.RegexOptions(size_limit=_LARGEST_EXPRESSION)
    expression = expression.removesuffix(r"\Z") + ("$" if expression.endswith(r"\Z") else "")
    try:
        return bool(jsonschema_rs.Draft202012Validator({"pattern": expression}, pattern_options=options).is_valid(text))
    except ValueError:
        return True


def _size(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, children))


def _bad_param(subject: Subject, name: str, param: dict[str, Any]) -> Iterator[Problem]:
    found = [
        *_bad_types(subject, name, param),
        *_refused(subject, param, ("params", name)),
        *_no_schema(subject, name, param),
    ]
    yield from found[:1]
    if found:
        return
    if "default" not in param:
        message = f"the parameter {name!r} has no default"
        yield subject.document.problem(("params", name), "PL307", message, "scheduled runs need one", key=True)
    elif reason := check_value(param, param["default"], subject.document.raw.get(("params", name, "default"), "")):
        yield subject.document.problem(("params", name, "default"), "PL307", f"the default does not fit: {reason}")


def _bad_types(subject: Subject, name: str, param: dict[str, Any]) -> Iterator[Problem]:
    types = param.get("type", [])
    for wrong in [kind for kind in (types if isinstance(types, list) else [types]) if kind not in _TYPES]:
        hint = did_you_mean(str(wrong), _TYPES) or f"one of {', '.join(_TYPES)}"
        yield subject.document.problem(("params", name, "type"), "PL307", f"there is no type {wrong!r}", hint)


def _refused(subject: Subject, value: Any, path: DocumentPath) -> Iterator[Problem]:
    """What is JSON Schema and still not allowed."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key in _LOOKED_UP + _SLOW:
            message = f"{key!r} is not allowed here"
            yield subject.document.problem((*path, key), "PL307", message, "write the schema out", key=True)
        elif key == "pattern" and isinstance(child, str) and _ENDLESS.search(child):
            message = "this pattern repeats what repeats itself and may take for ever"
            yield subject.document.problem((*path, key), "PL307", message, "write it without nested repetition")
        yield from _refused(subject, child, (*path, key))


def _no_schema(subject: Subject, name: str, param: dict[str, Any]) -> Iterator[Problem]:
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema({k: v for k, v in param.items() if k not in _FORM_ONLY})
    except jsonschema.SchemaError as error:
        place = ("params", name, *error.absolute_path)
        _, message, hint = value_words(error)
        yield subject.document.problem(place, "PL307", f"this is not JSON Schema: {message}", hint)
