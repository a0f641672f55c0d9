"""A template and the function that it calls agree: what a step may say is what the function takes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from mlpipelines.assembly import ASSEMBLED
from mlpipelines.document import parse_document
from mlpipelines.model import build_pipeline, merge_steps
from mlpipelines.render import make_environment, render_pipeline
from mlpipelines.runtime.evaluate import evaluate
from mlpipelines.runtime.prepare import prepare
from mlpipelines.step_types import load_schema
from tests.conftest import ROOT

FUNCTIONS: dict[str, Callable[..., Any]] = {"prepare": prepare, "evaluate": evaluate}
#: For the fields that a template takes apart.
VALUES: dict[str, Any] = {"after": ["before"], "retry_delay": "5m", "timeout": "1h"}
SAMPLES = {
    "string": "text",
    "number": 0.5,
    "integer": 1,
    "boolean": True,
    "array": ["text"],
    "object": {"text": "text"},
}


def fields_of(kind: str) -> dict[str, dict[str, Any]]:
    schema = json.loads((ROOT / "schemas" / ASSEMBLED).read_text(encoding="utf-8"))
    properties: dict[str, dict[str, Any]] = schema["$defs"][kind]["properties"]
    return {name: field for name, field in properties.items() if name != "type"}


def sample(name: str, field: dict[str, Any]) -> Any:
    if name in VALUES:
        return VALUES[name]
    if "default" in field:
        return field["default"]
    if "enum" in field:
        return field["enum"][0]
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    return SAMPLES[types[0]]


def op_kwargs(kind: str) -> dict[str, Any]:
    """What the template gives for a step with every field set; some exclude each other, so nothing is checked."""
    step = {"type": kind} | {name: sample(name, field) for name, field in fields_of(kind).items()}
    before = {"type": "prepare", "dataset": "s3://bucket/data.csv"}
    document = parse_document(json.dumps({"name": "full", "steps": {"before": before, "step": step}}), "full.yaml")
    schema = load_schema(ROOT / "schemas" / ASSEMBLED)
    pipeline = build_pipeline(document, merge_steps(document, schema), {"before": (), "step": ()})
    config, _ = render_pipeline(pipeline, make_environment(ROOT / "templates"))
    given: dict[str, Any] = config["tasks"]["step"]["op_kwargs"]
    return given


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_the_function_takes_all_that_the_template_gives(kind: str) -> None:
    function = FUNCTIONS[kind]
    given = op_kwargs(kind)
    inspect.signature(function).bind(**given)
    never = {name for name in inspect.signature(function).parameters if name not in given}
    assert never == set(), "the template gives none of these"


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_the_defaults_of_a_function_are_those_of_the_schema(kind: str) -> None:
    parameters = inspect.signature(FUNCTIONS[kind]).parameters.values()
    defaults = {each.name: each.default for each in parameters if each.default not in (None, inspect.Parameter.empty)}
    given = op_kwargs(kind)
    assert defaults == {name: given[name] for name in defaults}
