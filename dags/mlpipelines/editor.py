"""The schema that files are checked with -> the one for editors: it suggests more, and refuses nothing else.

Editors know nothing of `${vars.x}`, which `validate` replaces before it looks at a file, and show what to write by the
schema alone. So a variable may stand for any value here, and instance types, hyperparameters by algorithm, channels and
metrics are suggested, each as a value beside which any other is allowed: what is wrong with them is for rules to say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlpipelines.refused_values import kind_words
from mlpipelines.step_types import members
from mlpipelines.suggestions import Json, add_suggestions

#: What pipeline files name in their first line.
EDITORS = "pipeline.schema.json"
#: A text that holds a variable, so that nothing is known of the value.
VARIABLE = r"\$\{\s*vars\."
#: Below these the schema says what must not be, or what is asked and not demanded.
_LEFT_ALONE = ("if", "not", "propertyNames", "const", "enum", "default", "examples")


def editor_schema(schema: Mapping[str, Any]) -> Json:
    """The whole schema for editors of pipeline files."""
    result = _for_editors(schema)
    add_suggestions(result["$defs"], schema)
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
            if "errorMessage" not in schema:
                schema.setdefault("patternErrorMessage", f"expected {kind_words(types)}")
        elif "pattern" in schema:
            schema["pattern"] = f"(?:{schema['pattern']})|{VARIABLE}"
    elif "pattern" in schema:
        schema["pattern"] = f"(?:{schema['pattern']})|{VARIABLE}"


def _describe(schema: Json) -> None:
    if "x-message" in schema:
        has_fields = list(schema.get("properties", ())) not in ([], ["json"])  # there it would hide which one is wrong
        schema["patternErrorMessage" if has_fields else "errorMessage"] = schema["x-message"]
    notes = []
    if schema.get("default") is not None:
        notes.append(f"Default: {json.dumps(schema['default'], ensure_ascii=False)}")
    if "x-aws" in schema:
        notes.append(f"AWS: {', '.join(members(schema))}")
    if notes and "description" in schema:
        schema["description"] = "\n\n".join([schema["description"], *notes])
