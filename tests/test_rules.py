"""Every rule is documented, and its own examples show that it finds the mistake and nothing but it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from mlpipelines.errors import Problem
from mlpipelines.project import Project
from mlpipelines.rules import RULES, Rule
from tests.conftest import ROOT

#: Examples are short: what a team has in its defaults is not repeated in them.
DEFAULTS = """
region: us-east-2
bucket: example-bucket
role: arn:aws:iam::123456789012:role/sagemaker
train: {instance_type: ml.m5.xlarge}
tune: {instance_type: ml.m5.xlarge}
process: {instance_type: ml.m5.xlarge}
transform: {instance_type: ml.m5.xlarge}
endpoint: {instance_type: ml.m5.xlarge}
endpoint_config: {instance_type: ml.m5.xlarge}
"""
#: No text shows these: the tests named do.
WITHOUT_EXAMPLE = {
    "YM12": "test_document.py",
    "YM13": "test_document.py",
    "YM20": "test_document.py",
    "YM21": "test_document.py",
    "PL110": "test_project.py",
    "PL111": "test_project.py",
    "PL501": "test_project.py",
    "PL502": "test_hostile.py",
    "PL503": "airflow/test_loader.py",
    "PL504": "airflow/test_loader.py",
    "PL505": "airflow/test_loader_under_stress.py",
    "SM008": "test_facts.py",
    "SM506": "test_aws_models.py",
}
WITH_EXAMPLE = [rule for rule in RULES.values() if rule.id not in WITHOUT_EXAMPLE]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project for the examples, with a function and code to name."""
    root = tmp_path_factory.mktemp("rules")
    for folder in ("pipelines/code", "dags/callables"):
        (root / folder).mkdir(parents=True)
    (root / "pipelines" / "defaults.yaml").write_text(DEFAULTS)
    (root / "pipelines" / "code" / "train.py").write_text("print('trains')\n")
    (root / "dags" / "callables" / "__init__.py").write_text("")
    (root / "dags" / "callables" / "features.py").write_text("def count(uri: str, limit: int = 5):\n    return limit\n")
    return root


def whole_file(example: str) -> str:
    """A piece of a pipeline file as a file: `steps:` is left out in most examples."""
    text = example.strip("\n") + "\n"
    if not re.search(r"^(steps|name):", text, re.M):
        text = "steps:\n" + re.sub(r"^(?=.)", "  ", text, flags=re.M)
    return text if re.search(r"^name:", text, re.M) else f"name: example\n{text}"


def problems_of(example: str, place: Path) -> list[Problem]:
    file = place / "pipelines" / "example.yaml"
    file.write_text(whole_file(example))
    return project_at(place).problems(file)


@cache
def project_at(place: Path) -> Project:
    """Reading the schemas takes longer than checking an example."""
    return Project.at(place)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_is_documented(rule: Rule) -> None:
    assert re.fullmatch(r"(YM|PL|SM|HP|AF|DF)\d{2,3}", rule.id)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    for text in (rule.what, rule.why):
        assert text.endswith("."), f"{rule.id}: {text!r} is no sentence"
    assert rule.source, f"{rule.id} has no source"
    assert not (rule.verified == "inferred" and rule.severity == "error"), "what nobody says is no error"
    assert bool(rule.wrong and rule.right) == (rule.id not in WITHOUT_EXAMPLE)


@pytest.mark.parametrize("rule", WITH_EXAMPLE, ids=lambda rule: rule.id)
def test_the_wrong_example_breaks_the_rule_at_the_line_marked(rule: Rule, place: Path) -> None:
    marked = [n for n, line in enumerate(whole_file(rule.wrong).splitlines(), 1) if "# <-" in line]
    found = problems_of(rule.wrong, place)
    assert rule.id in {problem.code for problem in found}, f"found only {list(map(str, found))}"
    assert [problem.line for problem in found if problem.code == rule.id] == marked
    assert [str(p) for p in found if p.code != rule.id] == [], "an example shows one mistake"


@pytest.mark.parametrize("rule", WITH_EXAMPLE, ids=lambda rule: rule.id)
def test_the_right_example_is_fine(rule: Rule, place: Path) -> None:
    assert "# <-" not in rule.right
    assert [str(problem) for problem in problems_of(rule.right, place)] == []


@pytest.mark.parametrize("rule", [rule for rule in WITH_EXAMPLE if not rule.fixed], ids=lambda rule: rule.id)
def test_what_can_be_ignored_can_be_built(rule: Rule, place: Path) -> None:
    example = f"# mlpipelines: ignore[{rule.id}] the team knows better\n{whole_file(rule.wrong)}"
    assert [str(problem) for problem in problems_of(example, place) if problem.severity == "error"] == []


def test_ids_and_names_are_unique() -> None:
    assert [name for name, count in Counter(rule.name for rule in RULES.values()).items() if count > 1] == []


def test_every_code_that_a_check_gives_is_a_rule_and_every_rule_is_used() -> None:
    package = ROOT / "dags" / "mlpipelines"
    text = "\n".join(
        file.read_text() for file in package.rglob("*.py") if "rules" not in file.relative_to(package).parts[:-1]
    )
    given = set(re.findall(r'"((?:YM|PL|SM|HP|AF|DF)\d{2,3})"', text))
    assert given == RULES.keys()
