"""The assembled schema: up to date, valid, the same verdict by both libraries, and usable by an editor."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
import yaml

from mlpipelines.assembly import assemble, assembled_text
from mlpipelines.document import parse_document, read_document
from mlpipelines.errors import InvalidPipeline, ProjectError
from mlpipelines.facts.images import known_algorithms
from mlpipelines.project import Project
from mlpipelines.step_types import Schema
from tests.conftest import CASES, ROOT

SCHEMA = json.loads((ROOT / "schemas" / "validate.schema.json").read_text(encoding="utf-8"))
TYPES = Schema(SCHEMA).step_types


def test_the_assembled_schema_is_up_to_date() -> None:
    assert (ROOT / "schemas" / "validate.schema.json").read_text(encoding="utf-8") == assembled_text(ROOT / "schemas")


def test_the_algorithms_of_the_schema_are_those_that_have_images() -> None:
    enum = TYPES["train"].properties["algorithm"]["enum"]
    assert [name for name in enum if name is not None] == known_algorithms()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted(CASES.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_both_libraries_give_the_same_verdict(file: Path) -> None:
    try:
        data = read_document(file).data
    except InvalidPipeline:
        return
    assert jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(data) == jsonschema.Draft202012Validator(
        SCHEMA
    ).is_valid(data)


def test_every_step_type_has_its_two_files() -> None:
    schemas = {file.name.removesuffix(".schema.json") for file in (ROOT / "schemas" / "steps").glob("*.json")}
    templates = {file.name.removesuffix(".yaml.j2") for file in (ROOT / "templates" / "steps").glob("*.j2")}
    assert schemas == templates == set(TYPES)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_field_is_described(name: str) -> None:
    assert [field for field, schema in TYPES[name].properties.items() if not schema.get("description")] == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_built_in_defaults_fit_their_own_schema(name: str) -> None:
    for schema in TYPES[name].properties.values():
        if "default" in schema:
            jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], **schema}).validate(schema["default"])


def test_a_step_type_of_ones_own_is_two_files(tmp_path: Path) -> None:
    """No Python: a schema and a template, and the new type is checked, referred to and rendered like the others."""
    import shutil

    for folder in ("schemas", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "pipelines").mkdir()
    own = {
        "type": "object",
        "title": "Say something",
        "x-common": ["airflow"],
        "required": ["words"],
        "properties": {"words": {"type": "string", "description": "What to say."}},
        "x-outputs": {"said": {"value": "result", "description": "What was said."}},
    }
    (tmp_path / "schemas/steps/say.schema.json").write_text(json.dumps(own))
    template = "{{ task_id }}:\n  operator: airflow.providers.standard.operators.bash.BashOperator\n"
    template += '{% include "airflow.yaml.j2" %}\n'
    (tmp_path / "templates/steps/say.yaml.j2").write_text(template + '  bash_command: {{ "echo " ~ step.words }}\n')
    file = tmp_path / "pipelines" / "talk.yaml"
    file.write_text(
        "name: talk\nsteps:\n  a: {type: say, words: hello}\n  b: {type: say, words: '${a.said}', wrods: x}\n"
    )
    with pytest.raises(ProjectError, match="mlpipelines schemas"):
        Project.at(tmp_path).problems(file)
    (tmp_path / "schemas/validate.schema.json").write_text(assembled_text(tmp_path / "schemas"))
    assert [str(problem) for problem in Project.at(tmp_path).problems(file)] == [
        "pipelines/talk.yaml:4:38: PL101: unknown field 'wrods' (did you mean 'words'?)"
    ]
    file.write_text(file.read_text().replace(", wrods: x", ""))
    tasks = Project.at(tmp_path).compile(file).config["tasks"]
    assert tasks["a"]["bash_command"] == "echo hello"
    assert tasks["b"] == {
        "operator": "airflow.providers.standard.operators.bash.BashOperator",
        "bash_command": "echo {{ result_of(ti, 'a') }}",
        "dependencies": ["a"],
    }


def test_a_piece_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "document.json").write_text("{")
    with pytest.raises(ProjectError, match=r"document\.json"):
        assemble(tmp_path)


def test_the_examples_are_valid_for_an_editor_too() -> None:
    for file in (ROOT / "pipelines").glob("*.yaml"):
        if file.name != "defaults.yaml":
            jsonschema.validate(parse_document(file.read_text(), "f").data, SCHEMA)
            assert yaml.safe_load(file.read_text()), "a YAML 1.1 reader, such as an editor's, can read it as well"
