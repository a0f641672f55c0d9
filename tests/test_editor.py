"""The schema for editors: up to date, the same verdict as the one that files are checked with, and what it suggests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mlpipelines.document import parse_document, read_document
from mlpipelines.editor import EDITORS, VARIABLE, editor_text
from mlpipelines.errors import InvalidPipeline
from mlpipelines.facts.algorithms import load_algorithms
from mlpipelines.facts.images import known_algorithms
from mlpipelines.variables import expand_variables
from tests.conftest import CASES, ROOT

STRICT = json.loads((ROOT / "schemas" / "validate.schema.json").read_text(encoding="utf-8"))
TEXT = (ROOT / "schemas" / EDITORS).read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = json.loads(TEXT)
CHECKED = jsonschema_rs.Draft202012Validator(STRICT)
SHOWN = jsonschema_rs.Draft202012Validator(SCHEMA)
FILES = [*CASES.glob("*/*.yaml"), *(ROOT / "pipelines").glob("*.yaml"), *(ROOT / "tests/e2e/pipelines").glob("*.yaml")]
PIPELINE = "name: a\nsteps:\n  data: {{type: python, function: f.g}}\n  t:\n    {}\n"
TRAIN = "type: train\n    algorithm: knn\n    channels: {train: s3://b/x}\n    "


def test_the_schema_for_editors_is_up_to_date_and_small() -> None:
    assert editor_text(STRICT) == TEXT, "run `mlpipelines schemas`"
    assert len(TEXT) < 1_500_000
    jsonschema_rs.meta.validate(SCHEMA)


@pytest.mark.parametrize("file", sorted(FILES), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_editors_give_the_verdict_of_the_schema_that_files_are_checked_with(file: Path) -> None:
    """What a variable stands for is not known to an editor: there it may say less, and never more."""
    try:
        document = read_document(file)
        expanded, _ = expand_variables(document)
    except InvalidPipeline:
        return
    checked, shown = CHECKED.is_valid(expanded.data), SHOWN.is_valid(document.data)
    assert shown or not checked
    assert shown == checked or re.search(VARIABLE, document.text)


@pytest.mark.parametrize(
    "step",
    [
        TRAIN + "instance_count: ${vars.x}",
        TRAIN + "spot: ${vars.x}",
        TRAIN + "trigger_rule: ${ vars.x }",
        TRAIN + "after: ['${vars.x}']",
        TRAIN + "max_runtime: ${vars.x}h",
        TRAIN + "hyperparameters: ${vars.x}",
        TRAIN + "instance_groups: ${vars.x}",
        "type: train\n    algorithm: ${vars.x}\n    channels: ${vars.x}",
        "type: train\n    algorithm: knn\n    channels: {train: '${vars.x}'}",
        "type: ${vars.x}\n    anything: 1",
        "type: train\n    request: ${data.result}",
        "type: condition\n    if: ${vars.x}\n    then: ${vars.x}",
        TRAIN + "instance_count: '{{ params.n }}'",
        TRAIN + "hyperparameters: {k: '{{ params.k }}', json: {json: [1]}}",
    ],
)
def test_what_stands_for_any_value_is_allowed_anywhere(step: str) -> None:
    assert SHOWN.is_valid(parse_document(PIPELINE.format(step), "a").data)


@pytest.mark.parametrize(
    "line",
    [
        "hyperparameters: {index_type: wrong, k: -1, unknown: 1}",
        "algorithm_version: '99'",
        "instance_type: ml.x99.large",
        "instance_type: [ml.x99.large, ml.m5.large]",
        "region: xx-new-9",
    ],
)
def test_a_suggestion_is_no_demand(line: str) -> None:
    data = parse_document(PIPELINE.format(TRAIN + line), "a").data
    assert CHECKED.is_valid(data)
    assert SHOWN.is_valid(data)


@pytest.mark.parametrize(
    "line", ["spot: maybe", "instance_count: 0", "instance_tpye: ml.m5.large", "retries: '${x.y}'"]
)
def test_mistakes_are_shown_all_the_same(line: str) -> None:
    data = parse_document(PIPELINE.format(TRAIN + line), "a").data
    assert not CHECKED.is_valid(data)
    assert not SHOWN.is_valid(data)


def parts(schema: Any, value: Any) -> Iterator[Mapping[str, Any]]:
    """The schemas that an editor looks for suggestions in, where `value` stands so far."""
    if not isinstance(schema, dict):
        return
    yield schema
    if "$ref" in schema:
        target: Any = SCHEMA
        for key in schema["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        yield from parts(target, value)
    for child in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from parts(child, value)
    if "if" in schema:
        holds = jsonschema_rs.Draft202012Validator(schema["if"]).is_valid(value)
        yield from parts(schema.get("then" if holds else "else"), value)


def suggested(step: dict[str, Any], *path: str) -> tuple[set[str], list[Any], str]:
    """(fields, values, hover text) that are suggested at a path below a step."""
    schemas, value = list(parts({"$ref": "#/$defs/step"}, step)), step
    for key in path:
        value = value.get(key, {}) if isinstance(value, dict) else {}
        below = [s["properties"][key] for s in schemas if key in s.get("properties", {})]
        schemas = [part for child in below for part in parts(child, value)]
    fields = {name for s in schemas for name in s.get("properties", {})}
    values = [each for s in schemas for each in (*s.get("enum", ()), *([s["const"]] if "const" in s else []))]
    return fields, values, next((s["description"] for s in schemas if "description" in s), "")


@pytest.mark.parametrize("kind", ["train", "tune"])
@pytest.mark.parametrize("algorithm", known_algorithms())
def test_hyperparameters_channels_and_versions_are_suggested_by_algorithm(kind: str, algorithm: str) -> None:
    facts, step = load_algorithms()[algorithm], {"type": kind, "algorithm": algorithm}
    assert suggested(step, "hyperparameters")[0] == facts["hyperparameters"].keys()
    assert suggested(step, "channels")[0] >= {*facts["channels"]["required"], *facts["channels"]["optional"]}
    assert suggested(step, "algorithm_version")[1]
    if kind == "tune":
        assert suggested(step, "ranges")[0] == facts["hyperparameters"].keys()
        metrics = facts.get("metrics", {})
        assert {*suggested(step, "maximize")[1], *suggested(step, "minimize")[1]} == metrics.keys()
        assert all(metrics[name] != "minimize" for name in suggested(step, "maximize")[1])


def test_a_hyperparameter_says_what_it_takes() -> None:
    step = {"type": "train", "image": "404615174143.dkr.ecr.us-east-2.amazonaws.com/knn:1"}
    assert suggested(step, "hyperparameters", "k")[2] == "A whole number, at least 1. Required."
    _, values, text = suggested(step, "hyperparameters", "index_metric")
    assert (values, text) == (["L2", "INNER_PRODUCT", "COSINE"], "One of L2, INNER_PRODUCT, COSINE. Default: L2")
    assert suggested({"type": "train", "algorithm": "xgboost"}, "hyperparameters", "eta")[2] == (
        "A number, at least 0 and at most 1. Default: 0.3"
    )
    assert suggested({"type": "train", "image": "own"}, "hyperparameters")[0] == {"json"} - {"json"}


@pytest.mark.parametrize(
    ("path", "has", "has_not"),
    [
        (("train", "instance_type"), "ml.p5.48xlarge", "ml.m4.nano"),
        (("process", "instance_type"), "ml.t3.medium", "ml.trn1.2xlarge"),
        (("transform", "instance_type"), "ml.c4.xlarge", "ml.t3.medium"),
        (("endpoint", "instance_type"), "ml.inf1.xlarge", "ml.p5.huge"),
        (("notebook", "instance_type"), "ml.t2.medium", "ml.p5.huge"),
        (("train", "region"), "us-east-2", "us-east-9"),
        (("train", "trigger_rule"), "all_done", "some"),
    ],
)
def test_values_are_suggested_by_use(path: tuple[str, str], has: str, has_not: str) -> None:
    kind, field = path
    _, values, text = suggested({"type": kind}, field)
    assert has in values
    assert has_not not in values
    assert text


def undescribed(schema: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    for keyword in ("additionalProperties", "items"):
        yield from undescribed(schema.get(keyword), path) if isinstance(schema.get(keyword), dict) else ()
    for name, child in schema.get("properties", {}).items():
        if isinstance(child, dict) and "$ref" not in child:
            yield from [] if "description" in child else [".".join((*path, name))]
            yield from undescribed(child, (*path, name))


def test_every_field_at_whatever_depth_says_what_it_is() -> None:
    found = [*undescribed(STRICT), *(name for key, d in STRICT["$defs"].items() for name in undescribed(d, (key,)))]
    assert found == []


def test_a_misspelt_field_is_named_by_editors() -> None:
    """Editors show `errorMessage` in place of whatever is wrong with a mapping: it may not stand at one with fields."""

    def hiding(schema: Any) -> Iterator[Any]:
        if isinstance(schema, dict):
            if "errorMessage" in schema and list(schema.get("properties", ())) not in ([], ["json"]):
                yield schema
            for child in schema.values():
                yield from hiding(child)
        elif isinstance(schema, list):
            for child in schema:
                yield from hiding(child)

    assert list(hiding(SCHEMA)) == []
