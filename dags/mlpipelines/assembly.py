"""The pieces in schemas/ -> `validate.schema.json`: one schema, which files are checked with and the loader reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlpipelines.errors import ProjectError
from mlpipelines.keywords import keyword_problems, meaning_problems

ASSEMBLED = "validate.schema.json"
#: The schema of the step types' own files.
META = "step-type.meta.json"


def assemble(schemas: Path) -> dict[str, Any]:
    """The whole-file schema of the pieces in `schemas`. Raises ProjectError naming the piece that is at fault."""
    document, common = read_piece(schemas / "document.json"), read_piece(schemas / "common.json")
    pieces = {name: read_piece(file) for name, file in step_files(schemas).items()}
    meta = read_piece(schemas / META)
    _refuse({name: keyword_problems(piece, meta) for name, piece in pieces.items()})
    types = {name: _step_type(name, piece, common) for name, piece in pieces.items()}
    _refuse({name: meaning_problems(name, schema) for name, schema in types.items()})
    definitions: dict[str, Any] = {"step": _step(list(types)), "defaults": _defaults(types, common), **types}
    document["properties"]["defaults"] = {"$ref": "#/$defs/defaults"}
    document["properties"]["steps"]["additionalProperties"] = {"$ref": "#/$defs/step"}
    return {**document, "$defs": definitions}


def assembled_text(schemas: Path) -> str:
    return json.dumps(assemble(schemas), indent=1, ensure_ascii=False) + "\n"


def step_files(schemas: Path) -> dict[str, Path]:
    """{step type: schema file}, sorted by type."""
    return {file.name.removesuffix(".schema.json"): file for file in sorted((schemas / "steps").glob("*.schema.json"))}


def read_piece(file: Path) -> dict[str, Any]:
    """One of the files that the schema is made of. Raises ProjectError."""
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProjectError(f"cannot read {file}: {error}") from None
    return data


def _refuse(problems: Mapping[str, list[str]]) -> None:
    """Raises ProjectError with every problem of every step type's file."""
    lines = [f"steps/{name}.schema.json: {problem}" for name, found in problems.items() for problem in found]
    if lines:
        raise ProjectError("\n".join(lines))


def _step_type(name: str, piece: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": {"const": name, "description": piece["title"]}}
    fields |= piece["properties"]
    for group in piece.get("x-common", ()):
        if group not in common:
            _refuse({name: [f"x-common: there is no group {group!r}; common.json has {', '.join(common)}"]})
        fields |= {name: field for name, field in common[group].items() if name not in fields}
    required = set(piece.get("required", ()))
    fields = {
        name: _inside(field) if name in required | {"type"} else _nullable(field) for name, field in fields.items()
    }
    kept = {key: value for key, value in piece.items() if key not in ("$schema", "x-common", "x-example")}
    if required and "string" in fields.get("request", {}).get("type", ()):
        del kept["required"]
        kept |= _required_unless_made_by_a_task(piece["required"], fields)
    return {**kept, "type": "object", "properties": fields, "additionalProperties": False}


def _required_unless_made_by_a_task(required: list[str], fields: dict[str, Any]) -> dict[str, Any]:
    """A step whose whole request comes from another task (`request: ${lookup.request}`) needs no field besides."""
    about = {name: {"description": fields[name].get("description", "")} for name in required}
    return {
        "if": {"properties": {"request": {"type": "string"}}, "required": ["request"]},
        "else": {"required": required, "properties": about},
    }


def _nullable(field: dict[str, Any]) -> dict[str, Any]:
    """The field, or null: that takes a default away, save from fields that no template can do without."""
    field = _inside(field)
    if field.pop("x-always", False):
        return field
    if "enum" in field:
        field["enum"] = [*field["enum"], None]
    if "type" in field:
        types = field["type"] if isinstance(field["type"], list) else [field["type"]]
        field["type"] = [*types, "null"]
    return field


def _inside(field: dict[str, Any]) -> dict[str, Any]:
    """The field with the optional fields of its own nullable too."""
    result = dict(field)
    for keyword in ("additionalProperties", "items"):
        if isinstance(field.get(keyword), dict):
            result[keyword] = _inside(field[keyword])
    if "properties" in field:
        required = field.get("required", ())
        result["properties"] = {
            name: _inside(child) if name in required else _nullable(child)
            for name, child in field["properties"].items()
        }
    return result


def _step(types: list[str]) -> dict[str, Any]:
    """One `if/then` for each type, so that every mistake is reported at its own place."""
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": types, "description": "What kind of step this is."}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in types
        ],
    }


def _defaults(types: dict[str, dict[str, Any]], common: dict[str, Any]) -> dict[str, Any]:
    shared = {name for group in common.values() for name in group}
    fields = {name: _nullable(field) for group in common.values() for name, field in group.items()}
    for name, schema in types.items():
        own = [field for field in schema["properties"] if field not in ("type", "after")]
        also = fields.get(name, {}).get("type")  # `wait` is a field of many steps, and a step type
        fields[name] = {
            "type": ["object", also] if also else "object",
            "description": f"Defaults for the {name} steps.",
            "properties": {field: {"$ref": f"#/$defs/{name}/properties/{field}"} for field in own},
            "additionalProperties": False,
        }
    for name in ("after", "request", "image", "algorithm", "algorithm_version", "output", "description"):
        if name in shared:
            del fields[name]
    return {
        "type": "object",
        "description": "Defaults for the steps of this file: fields of all steps, or of one step type below its name.",
        "properties": fields,
        "additionalProperties": False,
    }
