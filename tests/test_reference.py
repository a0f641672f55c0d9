"""The reference: up to date, the same each time, complete, and its examples are a pipeline."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from mlpipelines.project import Project
from mlpipelines.reference import REFERENCE, reference_text
from mlpipelines.step_types import Schema
from tests.conftest import CASES, ROOT

SCHEMAS = ROOT / "schemas"
SCHEMA = Schema(json.loads((SCHEMAS / "validate.schema.json").read_text(encoding="utf-8")))
TEXT = (SCHEMAS / REFERENCE).read_text(encoding="utf-8")


def test_the_reference_is_up_to_date() -> None:
    assert reference_text(SCHEMAS, SCHEMA) == TEXT, "run `mlpipelines schemas`"


@pytest.mark.parametrize("name", sorted(SCHEMA.step_types))
def test_every_step_type_has_an_example_and_all_of_its_fields(name: str) -> None:
    section = TEXT.split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert f"  type: {name}\n" in section
    for field in SCHEMA.step_types[name].properties:
        assert f"`{field}`" in section or field == "type"


def test_the_examples_together_are_a_valid_pipeline(tmp_path: Path) -> None:
    steps = "".join(re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
    file = tmp_path / "pipelines" / "examples.yaml"
    shutil.copytree(CASES / "valid" / "code", file.parent / "code")
    shutil.copytree(ROOT / "dags" / "callables", tmp_path / "dags" / "callables")
    (file.parent / "defaults.yaml").write_text("region: us-east-2\n")
    file.write_text("name: examples\nsteps:\n" + "".join(f"  {line}\n" for line in steps.splitlines()))
    assert Project.at(tmp_path).problems(file) == []


def test_nothing_in_the_reference_is_taken_for_html() -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", TEXT, flags=re.DOTALL)
    assert re.findall(r"<[a-z/!]", prose) == []


def test_every_row_of_a_table_has_the_columns_of_its_head() -> None:
    for table in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1, table
