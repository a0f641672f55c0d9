"""Every file in cases/ gives exactly its golden result: the problems of invalid ones, the DAG of valid ones."""

from __future__ import annotations

import json
import re
from collections import Counter
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
    warnings = "".join(f"# {problem}\n" for problem in compiled.warnings)
    golden(warnings + dag_factory_yaml(compiled.pipeline.name, compiled.config), file.with_suffix(".dag"))


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_pipeline_gives_its_requests(file: Path, project: Project, golden: Golden) -> None:
    requests = [{"step": r.step, "action": r.action, "request": r.data} for r in project.compile(file).requests]
    golden(json.dumps(requests, indent=2, ensure_ascii=False) + "\n", file.with_suffix(".requests"))


def test_every_step_type_has_a_valid_case_and_three_mistakes(project: Project) -> None:
    valid = {step.type.name for file in VALID for step in project.compile(file).pipeline.steps}
    mistakes: Counter[str] = Counter()
    for file in INVALID:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for place in {(problem.line, problem.column) for problem in project.problems(file)}:
            mistakes[_type_of_step_at(lines, place[0])] += 1
    assert valid == project.schema.step_types.keys()
    assert {name: mistakes[name] for name in valid if mistakes[name] < 3} == {}


def _type_of_step_at(lines: list[str], line: int) -> str:
    """The type of the step that a line of a file belongs to; empty outside of steps."""
    start = next((n for n in range(line, 0, -1) if re.match(r"  \w", lines[n - 1])), 0) if line <= len(lines) else 0
    end = next((n for n in range(start + 1, len(lines) + 1) if re.match(r" {0,2}\w", lines[n - 1])), len(lines) + 1)
    found = re.search(r"\btype: (\w+)", "\n".join(lines[start - 1 : end - 1])) if start else None
    return found[1] if found else ""
