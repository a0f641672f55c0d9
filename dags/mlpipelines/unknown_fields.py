"""A field that does not exist -> what its author may have meant by it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from mlpipelines.errors import nearest
from mlpipelines.facts.shapes import known_actions, member_shape
from mlpipelines.step_types import Schema, StepType, members

Fields = Mapping[str, Any]
#: What others call the same: Airflow's arguments, and the words of similar tools.
_ELSEWHERE = {
    "dag_id": "name",
    "default_args": "defaults",
    "tasks": "steps",
    "variables": "vars",
    "schedule_interval": "schedule",
    "dagrun_timeout": "timeout",
    "execution_timeout": "timeout",
    "tz": "timezone",
    "upstream": "after",
    "depends_on": "after",
    "dependencies": "after",
    "needs": "after",
    "requires": "after",
    "operator": "is",
    "op": "is",
    "env": "environment",
    "env_vars": "environment",
    "image_uri": "image",
    "role_arn": "role",
    "aws_conn_id": "connection",
    "region_name": "region",
    "python_callable": "function",
    "op_kwargs": "arguments",
    "kwargs": "arguments",
    "inputs": "channels",
    "use_spot": "spot",
    "use_spot_instances": "spot",
    "label": "target",
    "disk_size": "volume_size",
    "model_name": "model",
    "max_run": "max_runtime",
    "model_data": "artifact",
}


def meant(word: str, fields: Fields, missing: Collection[str] = ()) -> str:
    """The field that a word was meant to be; empty: none is near. One that is missing is nearer than others."""
    absent = difflib.get_close_matches(word, missing, 1, 0.5)
    absent = absent or [name for name in missing if word.endswith(f"_{name}") or word.startswith(f"{name}_")]
    elsewhere = _ELSEWHERE.get(word.lower(), "")
    return absent[0] if absent else elsewhere if elsewhere in fields else nearest(word, fields)


def unknown_hint(word: str, path: list[Any], fields: Fields, missing: Collection[str], schema: Schema) -> str:
    """What to write in place of an unknown field."""
    if word.startswith("-"):
        return f"write a space after the dash: - {word.lstrip('-')}"
    step_type = schema.step_types.get(fields.get("type", {}).get("const", ""))
    if word[:1].isupper() and (hint := _aws_hint(word, fields, step_type)):
        return hint
    if near := meant(word, fields, missing):
        return f"did you mean {near!r}?"
    if step_type and word in ("task_id", "step_id", "id"):
        return "the name above the step is its task id"
    if not path and word in schema.default_fields:
        return "write it under `defaults:` or in a step"
    owners = [other.name for other in schema.step_types.values() if word in other.properties]
    if owners and fields.keys() >= schema.default_fields:
        return f"write it below {' or '.join(f'`{owner}:`' for owner in owners)}"
    own = [field for field in fields if field not in schema.common_fields]
    if step_type and len(own) <= 12 and len(owners) not in (1, 2, 3):
        return f"its own fields are {', '.join(own)}"
    if step_type and owners:
        return f"it is a field of {', '.join(owners)} steps"
    return f"known are {', '.join(fields)}" if len(fields) <= 12 else ""


def likely_types(fields: Collection[str], schema: Schema) -> list[str]:
    """The step types that have all of these fields, if they are few."""
    own = [name for name in fields if name not in schema.common_fields]
    found = [
        step_type.name
        for step_type in schema.step_types.values()
        if own and all(field in step_type.properties for field in own)
    ]
    return found if len(found) <= 3 else []


def _aws_hint(word: str, fields: Fields, step_type: StepType | None) -> str:
    """For a member of AWS's request: the field that sets it, or where it can be written."""
    named = step_type.aws_members if step_type else {name: members(child) for name, child in fields.items()}
    for field, paths in named.items():
        if any(path.split(".")[-1] == word for path in paths):
            return f"did you mean {field!r}?"
    for action in step_type.requests if step_type else ():
        if action in known_actions() and member_shape(action, (word,)) is not None:
            wrapper = step_type.wrapper(action) if step_type else None
            return f"write it below `request:`{f' and `{wrapper}:`' if wrapper else ''}"
    return ""
