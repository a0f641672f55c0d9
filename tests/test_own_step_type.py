"""A step type of one's own is two files: the guide's example works, and mistakes in such files are told."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.assembly import META, assemble
from mlpipelines.errors import ProjectError
from mlpipelines.filters import FILTERS, GLOBALS
from mlpipelines.project import Project
from mlpipelines.reference import reference_text
from tests.conftest import ROOT
from tests.own_step_type import GUIDE, PIPELINE, add_step_type


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with the guide's step type beside the others."""
    for folder in ("schemas", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "pipelines").mkdir()
    add_step_type(tmp_path)
    return Project.at(tmp_path)


def problems(project: Project, text: str) -> list[str]:
    file = project.pipelines / "own.yaml"
    file.write_text(text)
    return [str(problem).removeprefix("pipelines/own.yaml:") for problem in project.problems(file)]


def test_the_example_becomes_a_task_and_a_request(project: Project) -> None:
    assert problems(project, PIPELINE) == []
    compiled = project.compile(project.pipelines / "own.yaml")
    task = compiled.config["tasks"]["prefer_new"]
    assert task["operator"] == "mlpipelines.runtime.resources.RequestOperator"
    assert task["dependencies"] == ["deploy"]
    assert compiled.config["tasks"]["note"]["dependencies"] == ["prefer_new"]
    [request] = [request for request in compiled.requests if request.step == "prefer_new"]
    assert request.action == "UpdateEndpointWeightsAndCapacities"
    assert request.data["DesiredWeightsAndCapacities"] == [
        {"VariantName": "old", "DesiredWeight": 1},
        {"VariantName": "new", "DesiredWeight": "{{ params.share }}"},
    ]


@pytest.mark.parametrize(
    ("wrong", "right", "problem"),
    [
        ("wieghts:", "weights:", "PL101: unknown field 'wieghts' (did you mean 'weights'?)"),
        ("{prefer_new.name}", "{prefer_new.arn}", "has no output 'name' (it gives arn)"),
        ("{old: -1,", "{old: 1,", "PL104: -1 is out of range"),
        ("{old_one: 1,", "{old: 1,", "SM005: 'old_one' does not have the form that AWS wants"),
        ("endpoint: my_flowers", "endpoint: ${deploy.name}", "SM005: 'my_flowers' does not have the form"),
    ],
)
def test_a_mistake_in_a_step_of_it_is_reported(project: Project, wrong: str, right: str, problem: str) -> None:
    assert right in PIPELINE
    [found] = problems(project, PIPELINE.replace(right, wrong))
    assert problem in found


def test_defaults_hold_for_it(project: Project) -> None:
    (project.pipelines / "defaults.yaml").write_text("share_traffic: {weights: {spare: 0}, retries: 3}\n")
    assert problems(project, PIPELINE) == []
    task = project.compile(project.pipelines / "own.yaml").config["tasks"]["prefer_new"]
    assert task["retries"] == 3
    assert len(task["config"]["DesiredWeightsAndCapacities"]) == 3


def test_it_is_in_the_reference(project: Project) -> None:
    text = reference_text(project.schemas, project.schema)
    assert (
        "| `weights` | mapping of name to number from 0 or template | required | `DesiredWeightsAndCapacities` |"
        in text
    )


FIELD = {"type": "string", "description": "A word."}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"x-outptus": {}}, "unknown keyword 'x-outptus' (did you mean 'x-outputs'?)"),
        ({"x-message": "no"}, "unknown keyword 'x-message' (it is a keyword of a field)"),
        ({"x-common": ["airflwo"]}, "x-common: there is no group 'airflwo'; common.json has airflow, aws"),
        ({"x-one-of": [["word", "wrod"]]}, "x-one-of: 'wrod' is no field of this step type (did you mean 'word'?)"),
        ({"x-one-of": [{"of": ["word"], "wiht": "word"}]}, "x-one-of.0: unknown keyword 'wiht' (did you mean 'with'?)"),
        ({"required": ["words"]}, "required: 'words' is no field of this step type (did you mean 'word'?)"),
        ({"x-only-with": {"word": {"action": ["a"]}}}, "x-only-with: 'action' is no field of this step type"),
        ({"x-inherit": {"word": "sentence"}}, "x-inherit: 'sentence' is no field of this step type"),
        ({"x-requests": {"CreateMdoel": "config"}}, "'CreateMdoel' is not known (did you mean 'CreateModel'?)"),
        ({"x-requests": {"AddTags": "config"}}, "the shape of 'AddTags' is not known (leave it out:"),
        ({"x-outputs": {"a": {"value": "result"}}}, "x-outputs.a: 'description' is a required property"),
        ({"x-outputs": {"<words>": {"value": "result", "description": "d"}}}, "x-outputs: 'words' is no field"),
        ({"x-outputs": {"a": {"value": "result", "description": "d", "needs": "x"}}}, "x-outputs.a: 'x' is no field"),
        ({"properties": {"type": FIELD}}, "'type' should not be valid"),
        ({"properties": {"word": {"type": "string"}}}, "properties.word: 'description' is a required property"),
        ({"properties": {"word": {**FIELD, "x-plian": True}}}, "unknown keyword 'x-plian' (did you mean 'x-plain'?)"),
        ({"properties": {"word": {**FIELD, "x-text": "yes"}}}, "word.x-text: 'yes' is not of type 'boolean'"),
        (
            {"x-requests": {"CreateModel": "config"}, "properties": {"word": {**FIELD, "x-aws": "ModleName"}}},
            "word: AWS has no member 'ModleName' in CreateModel",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_the_schema_of_a_step_type_is_told(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    own = {"type": "object", "title": "Say something", "properties": {"word": FIELD}, **changes}
    (tmp_path / "schemas/steps/say.schema.json").write_text(json.dumps(own))
    with pytest.raises(ProjectError) as found:
        assemble(tmp_path / "schemas")
    assert str(found.value).startswith("steps/say.schema.json: ")
    assert problem in str(found.value)


def test_the_guide_names_every_keyword_filter_and_function() -> None:
    definitions = json.loads((ROOT / "schemas" / META).read_text())["$defs"]
    keywords = {key for kind in ("step-type", "field", "output") for key in definitions[kind]["properties"]}
    own = {key for key in keywords if key.startswith("x-")} | {"needs", "when", "listed", "task", "required", "title"}
    named = set(re.findall(r"`([^`]*)`", GUIDE))
    words = {word for text in named for word in re.findall(r"[\w-]+", text)}
    assert own | FILTERS.keys() | GLOBALS.keys() <= words


def test_the_guide_names_every_include() -> None:
    for file in (ROOT / "templates").glob("*.j2"):
        assert f"`{file.name}`" in GUIDE or file.name == "pipeline.yaml.j2"
