"""Every file in cases/ gives exactly its golden result: the problems of invalid ones, the DAG of valid ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpipelines.project import Project
from mlpipelines.render import dag_factory_yaml
from tests.conftest import CASES

INVALID = sorted((CASES / "invalid").glob("*.yaml"))
VALID = [*sorted((CASES / "valid").glob("*.yaml")), *sorted((CASES / "real").glob("*.yaml"))]
Golden = Callable[[str, Path], None]


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_invalid_pipeline_gives_its_problems(file: Path, project: Project, golden: Golden) -> None:
    problems = project.problems(file)
    assert any(problem.severity == "error" for problem in problems)
    golden("".join(f"{problem}\n" for problem in problems), file.with_suffix(".problems"))


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_pipeline_gives_its_dag(file: Path, project: Project, golden: Golden) -> None:
    compiled = project.compile(file)
    config = {key: value for key, value in compiled.config.items() if key != "doc_md"}
    warnings = "".join(f"# {problem}\n" for problem in compiled.warnings)
    golden(warnings + dag_factory_yaml(compiled.pipeline.name, config), file.with_suffix(".dag"))


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_pipeline_gives_its_requests(file: Path, project: Project, golden: Golden) -> None:
    requests = [{"step": r.step, "action": r.action, "request": r.data} for r in project.compile(file).requests]
    golden(json.dumps(requests, indent=2, ensure_ascii=False) + "\n", file.with_suffix(".requests"))
