"""The README's examples are valid: each piece of YAML is put where it belongs in a pipeline and checked."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpipelines.document import parse_document
from mlpipelines.project import Project
from mlpipelines.step_types import load_schema
from tests.conftest import CASES, ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)]
#: What the examples call.
CALLABLES = """
def choose(rows, options): ...
def plan(): ...
def cost(labels, predictions): ...
"""


def merged(base: Any, over: Any) -> Any:
    """`base` with what `over` has; a step that is written out replaces its namesake."""
    if not isinstance(base, dict) or not isinstance(over, dict) or "type" in over:
        return over
    return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}


def as_pipeline(block: str) -> dict[str, Any] | None:
    """A piece as a part of a pipeline file; None: it is no piece of one."""
    data = parse_document(block, "README.md").data
    if "repos" in data:
        return None
    if data.keys() & {"steps", "params", "defaults"}:
        return data
    if all(isinstance(step, dict) and ("type" in step or name == "train_model") for name, step in data.items()):
        return {"steps": data}
    return {"steps": {"train_model": data}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copytree(CASES / "valid" / "code", tmp_path / "pipelines" / "code")
    (tmp_path / "pipelines" / "defaults.yaml").write_text("region: us-east-2\n")
    (tmp_path / "dags" / "callables").mkdir(parents=True)
    (tmp_path / "dags" / "callables" / "my_module.py").write_text(CALLABLES)
    return Project.at(tmp_path)


def test_the_first_example_is_the_pipeline_of_the_project() -> None:
    assert BLOCKS[0] == (ROOT / "pipelines" / "iris-knn.yaml").read_text()


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_is_valid(number: int, project: Project) -> None:
    """Beside the steps of all examples, the last of each name, and in place of its own namesakes."""
    own = as_pipeline(BLOCKS[number])
    if own is None:
        return
    pipeline: dict[str, Any] = {}
    for piece in [own] if "name" in own else [*filter(None, map(as_pipeline, BLOCKS)), own]:
        pipeline = merged(pipeline, piece)
    file = project.pipelines / "iris-knn.yaml"
    file.write_text(yaml.safe_dump(pipeline, sort_keys=False))
    assert [str(problem) for problem in project.problems(file)] == []


def test_every_step_type_is_in_the_table() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", TEXT, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert load_schema(ROOT / "schemas" / "validate.schema.json").step_types.keys() <= named


def test_the_table_promises_no_outputs_that_there_are_not() -> None:
    types = load_schema(ROOT / "schemas" / "validate.schema.json").step_types
    for kinds, outputs in re.findall(r"^\| (`[a-z_`, ]*`) \| [^|]* \| ([^|]*) \|$", TEXT, re.MULTILINE):
        here = [types[kind] for kind in re.findall(r"`(\w+)`", kinds) if kind in types]
        known = {name for step_type in here for name in step_type.schema.get("x-outputs", ())}
        for output in re.findall(r"`(\w+)`", outputs) if known else ():
            assert output in known or output == "outputs", (kinds, output)
