"""The schema that files are checked with -> the one for editors: it suggests more, and refuses nothing else.

Editors know nothing of `${vars.x}`, which `validate` replaces before it looks at a file, and show what to write by the
schema alone. So a variable may stand for any value here, and instance types, hyperparameters by algorithm, channels and
metrics are suggested, each as a value beside which any other is allowed: what is wrong with them is for rules to say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlpipelines.facts.algorithms import Facts, load_algorithms, range_words
from mlpipelines.facts.images import known_algorithms, known_versions
from mlpipelines.facts.repositories import known_regions
from mlpipelines.facts.shapes import member_shape
from mlpipelines.refused_values import kind_words
from mlpipelines.step_types import Schema, StepType, members

#: What pipeline files name in their first line.
EDITORS = "pipeline.schema.json"
#: A text that holds a variable, so that nothing is known of the value.
VARIABLE = r"\$\{\s*vars\."
#: Below these the schema says what must not be, or what is asked and not demanded.
_LEFT_ALONE = ("if", "not", "propertyNames", "const", "enum", "default", "examples")
_WORDS = {"integer": "a whole number", "float": "a number", "boolean": "true or false", "string": "a text"}
_ANY = ("number", "string", "boolean", "object", "null")
_WORDS |= {"list": "words with commas between them", "json": "a list in JSON: {json: [...]}"}
Json = dict[str, Any]


def editor_schema(schema: Mapping[str, Any]) -> Json:
    """The whole schema for editors of pipeline files."""
    result = _for_editors(schema)
    definitions = result["$defs"]
    lists: dict[tuple[str, ...], str] = {}
    for step_type in Schema(schema).step_types.values():
        properties = definitions[step_type.name]["properties"]
        for field, paths in step_type.aws_members.items():
            _suggest_members(step_type, properties[field], step_type.properties[field], paths, lists)
        if "region" in properties:
            _suggest(properties["region"], step_type.properties["region"], lists, sorted(known_regions()), "regions")
    for values, name in lists.items():  # an enum would be shown whole by hover texts, and AWS has hundreds of machines
        definitions[name] = {"anyOf": [{"const": value} for value in values]}
    for algorithm in known_algorithms():
        definitions |= _algorithm_definitions(algorithm, load_algorithms()[algorithm])
    for kind in ("train", "tune"):
        if kind in definitions:
            definitions[kind]["allOf"] = [_of_algorithm(kind, algorithm) for algorithm in known_algorithms()]
    return result


def editor_text(schema: Mapping[str, Any]) -> str:
    return json.dumps(editor_schema(schema), indent=1, ensure_ascii=False) + "\n"


def _for_editors(schema: Mapping[str, Any]) -> Json:
    """A copy in which variables may stand for values, with messages and defaults where editors look for them."""
    result: Json = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            result[key] = {name: _for_editors(child) for name, child in value.items()}
        elif key in _LEFT_ALONE or not isinstance(value, dict | list) or key.startswith("x-"):
            result[key] = value
        elif isinstance(value, dict):
            result[key] = _for_editors(value)
        else:
            result[key] = [_for_editors(each) if isinstance(each, dict) else each for each in value]
    _describe(result)
    _let_variables_in(result)
    return {key: value for key, value in result.items() if not key.startswith("x-")}


def _let_variables_in(schema: Json) -> None:
    if "enum" in schema or "const" in schema:
        kept = {key: schema.pop(key) for key in ("type", "enum", "const") if key in schema}
        schema["anyOf"] = [kept, {"type": "string", "pattern": VARIABLE}]
    elif "type" in schema:
        types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if "string" not in types:
            schema |= {"type": [*types, "string"], "pattern": VARIABLE}
            schema.setdefault("errorMessage", f"expected {kind_words(types)}")
        elif "pattern" in schema:
            schema["pattern"] = f"(?:{schema['pattern']})|{VARIABLE}"
    elif "pattern" in schema:
        schema["pattern"] = f"(?:{schema['pattern']})|{VARIABLE}"


def _describe(schema: Json) -> None:
    if "x-message" in schema:
        schema["errorMessage"] = schema["x-message"]
    notes = []
    if schema.get("default") is not None:
        notes.append(f"Default: {json.dumps(schema['default'], ensure_ascii=False)}")
    if "x-aws" in schema:
        notes.append(f"AWS: {', '.join(members(schema))}")
    if notes and "description" in schema:
        schema["description"] = "\n\n".join([schema["description"], *notes])


def _suggest_members(
    step_type: StepType,
    target: Json,
    schema: Mapping[str, Any],
    paths: Iterable[str],
    lists: dict[tuple[str, ...], str],
) -> None:
    """Suggest the values that AWS knows for a field, and for the fields inside."""
    for path in paths:
        _suggest(target, schema, lists, _values(step_type, path.split(".")), f"aws-{path.rsplit('.', 1)[-1]}")
    for keyword, index in (("properties", ""), ("additionalProperties", ".0"), ("items", ".0")):
        inner, inner_target = schema.get(keyword), target.get(keyword)
        if keyword != "properties" and isinstance(inner, Mapping):
            inner, inner_target = inner.get("properties"), inner_target.get("properties") if inner_target else None
        for name, child in (inner or {}).items() if isinstance(inner, Mapping) and not schema.get("x-text") else ():
            below = [f"{path}{index}.{member}" for path in paths for member in members(child)]
            _suggest_members(step_type, (inner_target or {})[name], child, below, lists)


def _values(step_type: StepType, path: list[str]) -> list[str]:
    """The values of AWS's enum at a member of a step's requests."""
    for action in step_type.requests:
        wrapper = step_type.wrapper(action)
        inside = path if wrapper is None else path[1:] if path[0] == wrapper else None
        shape = member_shape(action, tuple(inside)) if inside else None
        if shape and "e" in shape:
            return list(shape["e"])
    return []


def _suggest(
    target: Json, schema: Mapping[str, Any], lists: dict[tuple[str, ...], str], values: Iterable[str], name: str
) -> None:
    """Suggest values for a field of text, or for each entry of a list of them; any others are allowed as before."""
    values = tuple(values)
    types = schema.get("type", ())
    is_text = types == "string" or (not isinstance(types, str) and set(types) <= {"string", "array", "null"})
    if not values or not is_text or "anyOf" in target:
        return
    taken = [other for other in lists.values() if other == name or other.startswith(f"{name}-")]
    reference = {"$ref": f"#/$defs/{lists.setdefault(values, f'{name}-{len(taken)}' if taken else name)}"}
    target["anyOf"] = [True, reference]
    if isinstance(target.get("items"), dict):
        target["items"]["anyOf"] = [True, reference]


def _of_algorithm(kind: str, algorithm: str) -> Json:
    """What is suggested in a step of that algorithm, be it named or its image."""
    image = rf"\.dkr\.ecr.*/(sagemaker-)?{algorithm}(:|$)"
    named: Json = {"properties": {"algorithm": {"const": algorithm}}, "required": ["algorithm"]}
    by_image: Json = {"properties": {"image": {"type": "string", "pattern": image}}, "required": ["image"]}
    return {"if": {"anyOf": [named, by_image]}, "then": {"$ref": f"#/$defs/{kind}-{algorithm}"}}


def _algorithm_definitions(algorithm: str, facts: Facts) -> Json:
    facts_of: Mapping[str, Facts] = facts["hyperparameters"]
    titles = {name: {"title": f"{name} of {algorithm}", "description": _about(fact)} for name, fact in facts_of.items()}
    hyperparameters = {name: titles[name] | _values_of(fact) for name, fact in facts_of.items()}
    ranges = {name: title | {"type": ["object", "string"]} for name, title in titles.items()}
    common = {
        "hyperparameters": {"properties": hyperparameters},
        "channels": {"properties": dict(_channels(facts))},
        "algorithm_version": _any_of(known_versions(algorithm)),
    }
    metrics = _any_of(facts.get("metrics", ()))
    tuned = {"ranges": {"properties": ranges}, "maximize": metrics, "minimize": metrics}
    return {
        f"train-{algorithm}": {"properties": common},
        f"tune-{algorithm}": {
            "properties": {key: {"$ref": f"#/$defs/train-{algorithm}/properties/{key}"} for key in common} | tuned
        },
    }


def _channels(facts: Facts) -> Iterator[tuple[str, Json]]:
    kinds = {"content_type": _any_of(facts["content_types"])}
    for need in ("required", "optional"):
        for name in facts["channels"][need]:
            about = f"Channel that the algorithm reads, {need}."
            yield name, {"description": about, "type": ["string", "object", "null"], "properties": kinds}


def _values_of(fact: Facts) -> Json:
    """What editors write for a hyperparameter: they begin with the first of the types."""
    first = {"boolean": "boolean", "json": "object"}.get(fact["type"], "string")
    types = [first, *(kind for kind in _ANY if kind != first)]
    words = [*fact.get("enum", ()), *fact.get("also", ())]
    if fact["type"] == "boolean":
        words = ["true", "false"]
    default = {"default": _typed(fact["default"])} if fact.get("default") else {}
    return {"type": types, **_any_of(map(_typed, words)), **default}


def _about(fact: Facts) -> str:
    limits = range_words(fact)
    kind = f"one of {', '.join(fact['enum'])}" if "enum" in fact else _WORDS[fact["type"]]
    text = f"{kind}{f', {limits}' if limits and 'enum' not in fact else ''}"
    if fact.get("also"):
        text += f"; or {' or '.join(word or 'an empty text' for word in fact['also'])}"
    text = f"{text[0].upper()}{text[1:]}."
    if fact.get("required"):
        text += " Required."
    return text + (f" Default: {fact['default']}" if fact.get("default") else "")


def _any_of(values: Iterable[Any]) -> Json:
    """These values are suggested, and any other is allowed."""
    words = list(values)
    return {"anyOf": [True, {"enum": words}]} if words else {}


def _typed(value: str) -> Any:
    """A hyperparameter's value as YAML reads it, so that editors do not put numbers and true in quotes."""
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return read if isinstance(read, bool | int | float) and abs(read) < math.inf else value
