"""The schemas -> `REFERENCE.md`: every step type with its fields, outputs and an example, for people to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpipelines.assembly import read_piece
from mlpipelines.document import MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, MAX_SCALAR, MAX_STEP_NODES
from mlpipelines.macros.analysis import MAX_TEMPLATES
from mlpipelines.markdown import as_table, prose
from mlpipelines.reading import MAX_BYTES
from mlpipelines.step_types import Schema, StepType, members

REFERENCE = "REFERENCE.md"
Fields = Mapping[str, Any]
Row = tuple[str, ...]

#: What the beginning of a field's x-message says of the texts that it takes.
_TEXTS = {
    "expected a duration": "duration",
    "expected an S3 URI": "S3 URI",
    "expected an instance type": "instance type",
    "expected an image URI": "image URI",
    "expected a region": "region",
    "expected a size": "size",
    "expected module.function": "module.function",
}
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_GROUPS = {
    "airflow": "On every step",
    "aws": "On steps that talk to AWS",
    "storage": "On steps that write to S3",
    "role": "On steps whose jobs assume a role",
    "job": "On steps that send a request to SageMaker",
    "wait": "On steps that start a job",
    "container": "On steps whose containers are yours to set up",
    "image": "On steps that choose an image",
    "machines": "On steps that choose machines",
}
_HEAD = """\
# Reference

Made of the schemas by `mlpipelines schemas`; change those, not this file. `README.md` beside it says how to add a step
type.

In texts of steps, `${step.output}`, `${vars.name}` and Airflow's `{{ ... }}` may stand. Durations are a number and a
unit: `30s`, `100m`, `6h`, `2d`. A field that is null is as good as not given, and takes a default away.
"""
_DEFAULTS = """\
## Defaults

Built in (the column *default* below) < `pipelines/defaults.yaml` < `defaults:` of the file < the step. Mappings are
merged, everything else is replaced. Fields that several step types have stand there as they are; below the name of a
step type stand defaults for that type alone: any of its fields but `after`.
"""
_REFERENCES = """\
## References

`${step.output}` stands for what a step gives when it has run, and makes the step that refers to it wait for that.
`${vars.name}` stands for a variable of the file; a text that is one `${vars.name}` and nothing else becomes the
variable's value, be it a mapping or a list. In `defaults:` only `${vars.name}` may stand. No reference may stand inside
of Airflow's `{{ }}` or in `vars:`; a plain `${` is written `$${`.
"""
_LIMITS = f"""\
## Limits

A file has at most {MAX_BYTES // 1024**2} MB and {MAX_NODES:,} values, nested at most {MAX_DEPTH} levels deep; a text
has at most {MAX_SCALAR // 1024} KB. All templates (`{{{{ }}}}`) of a file, equal ones counted once, have at most
{MAX_TEMPLATES:,} characters. With its variables and defaults in place it has at most 10 MB.

There are at most %s steps, and each has at most {MAX_STEP_NODES:,} values, its defaults among them. Each check tells
the first {MAX_PROBLEMS} mistakes that it finds. No file takes more than two seconds or 300 MB to check, and nothing in
it is ever run.
"""


def reference_text(schemas: Path, schema: Schema) -> str:
    """The reference of the schemas in a folder; `schema` is what they have been assembled to."""
    common = read_piece(schemas / "common.json")
    limits = _LIMITS % f"{schema.data['properties']['steps']['maxProperties']:,}"
    parts = [_HEAD, _contents(schema), *_document(schema), _DEFAULTS, _REFERENCES, limits, *_common(common)]
    parts += [_step_type(step_type, schemas, common) for step_type in schema.step_types.values()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _contents(schema: Schema) -> str:
    rows = [(f"[`{name}`](#{name})", prose(each.schema["title"])) for name, each in schema.step_types.items()]
    return "## Step types\n\n" + as_table(("step type", "what it does"), rows)


def _document(schema: Schema) -> Iterator[str]:
    fields = {**schema.data["properties"], "defaults": schema.data["$defs"]["defaults"]}
    rows = list(_rows(fields, schema.data["required"]))
    yield "## A pipeline file\n\n" + as_table(
        ("field", "value", "default", "what it is"), [_without_aws(row) for row in rows]
    )


def _common(common: Mapping[str, Fields]) -> Iterator[str]:
    yield "## Fields that several step types have\n"
    for group, fields in common.items():
        rows = [_without_aws(row) for row in _rows(fields, ())]
        heading = f"### {_GROUPS.get(group, group)}\n\n"
        yield heading + as_table(("field", "value", "default", "what it is"), rows)


def _step_type(step_type: StepType, schemas: Path, common: Mapping[str, Fields]) -> str:
    piece = read_piece(schemas / "steps" / f"{step_type.name}.schema.json")
    rows = list(_rows(piece["properties"], piece.get("required", ()), step_type.aws_members))
    columns: Row = ("field", "value", "default", "AWS", "what it is")
    if not step_type.requests:
        columns, rows = columns[:3] + columns[4:], [_without_aws(row) for row in rows]
    parts = [f"## {step_type.name}\n", _sentence(piece["title"])]
    parts += ["```yaml\n" + "\n".join(piece["x-example"]) + "\n```"] if "x-example" in piece else []
    more = "".join(f"- {line}\n" for line in _more(step_type, piece, common))
    parts += [as_table(columns, rows), more, _outputs(piece)]
    return "\n\n".join(part.rstrip("\n") for part in parts if part)


def _more(step_type: StepType, piece: Fields, common: Mapping[str, Fields]) -> Iterator[str]:
    """What the table does not say: fields that go together, common fields, AWS actions."""
    for fields, given_with in step_type.one_of:
        yield f"{f'With `{given_with}`: exactly' if given_with else 'Exactly'} one of {_listed(fields)}."
    if step_type.needed:
        yield f"Needed, here or in the defaults: {_listed(step_type.needed)}."
    for field, table in piece.get("x-required-when", {}).items():
        for value, needed in table.items():
            yield f"Needed with `{field}: {value}`: {_listed(needed)}."
    for others, names in _grouped(step_type.only_with).items():
        yield f"Only with {others}: {_listed(names)}."
    for through, names in _grouped(step_type.inherit).items():
        yield f"Taken from the step that {through} refers to, when not given: {_listed(names)}."
    also = [name for group in piece.get("x-common", ()) for name in common[group] if name not in piece["properties"]]
    if also:
        yield (
            "Also [what several step types have](#fields-that-several-step-types-have): "
            + ", ".join(_also(name, step_type) for name in also)
            + "."
        )
    if step_type.requests:
        wrappers = [(action, step_type.wrapper(action)) for action in step_type.requests]
        actions = [f"`{action}`" + (f" (`request: {{{key}: ...}}`)" if key else "") for action, key in wrappers]
        yield f"AWS: {', '.join(actions)}."


def _grouped(table: Mapping[str, Any]) -> dict[str, list[str]]:
    """{what fields go with, as it is shown: the fields}"""
    result: dict[str, list[str]] = {}
    for field, others in table.items():
        if isinstance(others, Mapping):
            shown = " and ".join(f"`{name}: {' | '.join(map(_yaml, values))}`" for name, values in others.items())
        else:
            shown = " or ".join(f"`{name}`" for name in ([others] if isinstance(others, str) else others))
        result.setdefault(shown, []).append(field)
    return result


def _listed(fields: Iterable[str]) -> str:
    return ", ".join(f"`{field}`" for field in fields)


def _also(name: str, step_type: StepType) -> str:
    aws = _listed(step_type.aws_members.get(name, ()))
    return f"`{name}`" + (f" ({aws})" if aws else "")


def _outputs(piece: Fields) -> str:
    outputs = piece.get("x-outputs", {})
    rows = [
        (f"`{_output_name(name)}`", output.get("kind", ""), prose(_output_text(name, output)))
        for name, output in outputs.items()
    ]
    return as_table(("output", "kind", "what it is"), rows) if rows else ""


def _output_name(pattern: str) -> str:
    if pattern.endswith("*"):
        return f"{pattern[:-1]}<name>"
    return re.sub("^<.*?>", "<name>", pattern)


def _output_text(pattern: str, output: Fields) -> str:
    text: str = output["description"]
    if pattern.startswith("<"):
        text += f" One for each of `{pattern[1:].partition('>')[0]}`."
    if "needs" in output:
        text += f" Only with `{output['needs']}`."
    for field, values in output.get("when", {}).items():
        text += f" Only with `{field}`: {', '.join(f'`{_yaml(value)}`' for value in values)}."
    if "listed" in output:
        text += f" Only when `{output['listed']}`, if given, has it."
    return text


def _rows(
    fields: Fields, required: Any, aws: Mapping[str, tuple[str, ...]] | None = None, above: str = ""
) -> Iterator[Row]:
    """(field, value, default, AWS members, description) of each field and of what is nested in it."""
    for name, field in fields.items():
        paths = (aws or {}).get(name, ()) if not above else members(field)
        default = "required" if name in required else _default(field)
        yield f"`{above}{name}`", _value(field), default, _listed(paths), prose(field.get("description", ""))
        yield from _nested(field, f"{above}{name}")


def _nested(field: Fields, name: str) -> Iterator[Row]:
    if field.get("x-text"):
        return
    holders = ((field, "."), (field.get("additionalProperties"), ".<name>."), (field.get("items"), "[]."))
    for holder, link in holders:
        inner = holder.get("properties") if isinstance(holder, Mapping) else None
        if holder and inner and list(inner) != ["json"] and not _is_elsewhere(inner):
            yield from _rows(inner, holder.get("required", ()), above=name + link)


def _is_elsewhere(fields: Fields) -> bool:
    """A parameter of the trigger form is a piece of JSON Schema, and defaults are the fields of steps."""
    return "exclusiveMinimum" in fields or "train" in fields


def _value(field: Fields) -> str:
    """What may stand there, in the author's words."""
    if "enum" in field:
        return " ".join(f"`{_yaml(value)}`" for value in field["enum"] if value is not None)
    if "const" in field:
        return f"`{field['const']}`"
    types = field.get("type", [])
    names = [_kind(kind, field) for kind in ([types] if isinstance(types, str) else types) if kind != "null"]
    return " or ".join(dict.fromkeys(names)) or "anything"


def _kind(kind: str, field: Fields) -> str:
    if kind == "string" and field.get("pattern") == "\\{\\{":
        return "template"
    if kind == "string":
        message = field.get("x-message", "")
        return next((word for start, word in _TEXTS.items() if message.startswith(start)), "text")
    if kind in ("integer", "number"):
        return _TYPES[kind] + _limits(field)
    if kind == "array":
        items = field.get("items")
        return f"list of {_plural(_value(items))}" if items and not items.get("properties") else "list"
    inner = field.get("additionalProperties")
    if kind == "object" and isinstance(inner, dict) and "$ref" in inner:
        return f"mapping of name to {inner['$ref'].rpartition('/')[2]}"
    if kind == "object" and field.get("x-text"):
        return "mapping of name to text"
    if kind == "object" and isinstance(inner, dict) and not inner.get("properties"):
        return f"mapping of name to {_value(inner)}"
    return "mapping" if kind == "object" else _TYPES[kind]


def _plural(value: str) -> str:
    return f"{value}s" if value in ("text", "instance type", "number", "whole number") else value


def _limits(field: Fields) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" from {low}" if low is not None else f" up to {high}" if high is not None else ""


def _default(field: Fields) -> str:
    return f"`{_yaml(field['default'])}`" if field.get("default") is not None else ""


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _without_aws(row: tuple[str, ...]) -> tuple[str, ...]:
    return (*row[:3], row[4])


def _sentence(text: str) -> str:
    return prose(text if text.endswith(".") else f"{text}.")
