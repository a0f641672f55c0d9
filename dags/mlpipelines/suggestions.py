"""What editors suggest for the fields of steps: AWS's own values, and what an algorithm takes. It refuses nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlpipelines.facts.algorithms import Facts, load_algorithms, range_words
from mlpipelines.facts.images import known_algorithms, known_versions
from mlpipelines.facts.repositories import known_regions
from mlpipelines.facts.shapes import member_shape
from mlpipelines.step_types import Schema, StepType, members

Json = dict[str, Any]
#: {values: the name of the definition that lists them}
Lists = dict[tuple[str, ...], str]
_WORDS = {
    "integer": "a whole number",
    "float": "a number",
    "boolean": "true or false",
    "string": "a text",
    "list": "words with commas between them",
    "json": "a list in JSON: {json: [...]}",
}
_GOALS = ("maximize", "minimize")
_ANY = ("number", "string", "boolean", "object", "null")


def add_suggestions(definitions: Json, schema: Mapping[str, Any]) -> None:
    """Add to the definitions for editors what goes beyond `schema`, the one that files are checked with."""
    lists: Lists = {}
    for step_type in Schema(schema).step_types.values():
        properties = definitions[step_type.name]["properties"]
        for field, paths in step_type.aws_members.items():
            _suggest_members(step_type, properties[field], step_type.properties[field], paths, lists)
    for name, definition in schema["$defs"].items():
        if "region" in definition["properties"]:
            target, field = definitions[name]["properties"]["region"], definition["properties"]["region"]
            _suggest(target, field, lists, sorted(known_regions()), "regions")
    for values, name in lists.items():  # an enum would be shown whole by hover texts, and AWS has hundreds of machines
        definitions[name] = {"anyOf": [{"const": value} for value in values]}
    for kind in {"train", "tune"} & definitions.keys():
        definitions[kind]["allOf"] = [_of_algorithm(kind, algorithm) for algorithm in known_algorithms()]
    for algorithm in known_algorithms():
        definitions |= _algorithm_definitions(algorithm, load_algorithms()[algorithm])


def _suggest_members(
    step_type: StepType,
    target: Json,
    schema: Mapping[str, Any],
    paths: Iterable[str],
    lists: Lists,
) -> None:
    """Suggest the values that AWS knows for a field, and for the fields inside."""
    for path in paths:
        _suggest(target, schema, lists, _values(step_type, path.split(".")), f"aws-{path.rsplit('.', 1)[-1]}")
    if schema.get("x-text"):
        return
    for name, child in schema.get("properties", {}).items():
        below = [f"{path}.{member}" for path in paths for member in members(child)]
        _suggest_members(step_type, target["properties"][name], child, below, lists)
    for keyword in ("additionalProperties", "items"):  # AWS has lists where an author has names
        if isinstance(schema.get(keyword), dict) and "properties" in schema[keyword]:
            _suggest_members(step_type, target[keyword], schema[keyword], [f"{path}.0" for path in paths], lists)


def _values(step_type: StepType, path: list[str]) -> list[str]:
    """The values of AWS's enum at a member of a step's requests."""
    for action in step_type.requests:
        wrapper = step_type.wrapper(action)
        inside = path if wrapper is None else path[1:] if path[0] == wrapper else None
        shape = member_shape(action, tuple(inside)) if inside else None
        if shape and "e" in shape:
            return list(shape["e"])
    return []


def _suggest(target: Json, schema: Mapping[str, Any], lists: Lists, values: Iterable[str], name: str) -> None:
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
    metrics = facts.get("metrics", {})
    goals = {goal: _any_of(name for name, better in metrics.items() if better in (goal, "")) for goal in _GOALS}
    tuned = {"ranges": {"properties": ranges}, **goals}
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
