"""Input that nobody should send: it ends in problems, soon, and takes no other file with it."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpipelines.errors import InvalidPipeline
from mlpipelines.project import Project
from tests.conftest import CASES

#: What stands for every value in turn.
ODD: tuple[Any, ...] = (None, 5, 0.5, True, "", "x", "${a.b}", "{{ x", [], [[1]], [{"a": 1}], {}, {"a": {"b": 1}})
BASES = ("iris-knn", "params", "defaults-and-variables", "prepare-everything", "schedules-cron-timezone")
#: Files of all step types, of which a sample is taken: the whole takes minutes.
STEPS = ("near-misses", "whole-request", *sorted(file.stem for file in (CASES / "valid").glob("step-*.yaml")))
SAMPLE = 80


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(child, (*path, key))


def replaced(data: Any, path: tuple[Any, ...], odd: Any) -> Any:
    result = copy.deepcopy(data)
    holder = result
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = odd
    return result


@pytest.mark.parametrize("base", BASES)
def test_an_odd_value_anywhere_is_no_crash(base: str, tmp_path: Path, project: Project) -> None:
    """Every place of real pipelines holds every odd value once; nothing but problems may come out."""
    no_crash(base, None, tmp_path, project)


@pytest.mark.parametrize("base", STEPS)
def test_an_odd_value_in_any_step_is_no_crash(base: str, tmp_path: Path, project: Project) -> None:
    no_crash(base, SAMPLE, tmp_path, project)


def no_crash(base: str, sample: int | None, folder: Path, project: Project) -> None:
    data = yaml.safe_load((CASES / "valid" / f"{base}.yaml").read_text(encoding="utf-8"))
    file = folder / f"{base}.yaml"
    cases = [(path, odd) for path in places(data) for odd in ODD]
    for path, odd in cases if sample is None else random.Random(base).sample(cases, min(sample, len(cases))):
        file.write_text(yaml.safe_dump(replaced(data, path, odd), sort_keys=False))
        codes = {problem.code for problem in project.problems(file)}
        assert "internal" not in codes, (path, odd)
        assert "template" not in codes, (path, odd)


@pytest.mark.parametrize(
    "text",
    [
        "name: a\nsteps:\n  s: {type: prepare, dataset: 'https://h/${vars.x}" + "{{" * 15_000 + "'}\n",
        "name: a\nsteps:\n"
        + "".join(f"  s{n}: {{type: model, algorithm: knn, artifact: '${{t{n}.x}}'}}\n" for n in range(1200)),
        "name: a\nparams: {p: {default: " + "a" * 40 + "!, type: string, pattern: '^(a+)+$'}}\nsteps: {}\n",
        "name: a\ndescription: |\n  " + "token" * 12_000 + "\nsteps: {}\n",
        "name: a\nsteps:\n  s: {type: prepare, dataset: 'https://h/" + "${" * 30_000 + "'}\n",
        "name: a\nsteps:\n" + "".join(f"  s{n}: {{type: train}}\n" for n in range(5000)),
    ],
    ids=range(6),
)  # fmt: skip
def test_a_hostile_file_takes_no_time(text: str, tmp_path: Path, project: Project) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    started = time.process_time()
    assert project.problems(file)
    assert time.process_time() - started < 5


def test_a_schema_of_a_parameter_is_looked_up_nowhere(tmp_path: Path, project: Project) -> None:
    file = tmp_path / "a.yaml"
    for reference in ("http://127.0.0.1:9/x.json", "file:///etc/passwd", "#/nope"):
        file.write_text(
            f"name: a\nparams: {{p: {{default: [1], type: array, items: {{$ref: '{reference}'}}}}}}\n"
            "steps:\n  s: {type: prepare, dataset: https://h/a.csv}\n"
        )
        assert [problem.code for problem in project.problems(file)] == ["PL307"]


def test_a_defect_of_ours_takes_no_other_file_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlpipelines.project

    def defect(*_: Any) -> Any:
        raise RuntimeError("oh")

    (tmp_path / "pipelines").mkdir()
    file = tmp_path / "pipelines" / "a.yaml"
    file.write_text("name: a\nsteps: {}\n")
    monkeypatch.setattr(mlpipelines.project, "expand_variables", defect)
    [(_, result)] = Project.at(tmp_path).compile_all([file])
    assert isinstance(result, InvalidPipeline)
    assert "pipelines/a.yaml:1:1: PL502: this file cannot be checked: RuntimeError: oh" in str(result)


@pytest.mark.parametrize(
    "unit", ["{{ ds }}", "{{ [1, 2, 3] }}", "{{ ds" + ".a" * 5000 + " }}", "{{ ds" + "()" * 5000 + " }}"]
)
def test_a_file_full_of_templates_is_refused_soon(unit: str, tmp_path: Path, project: Project) -> None:
    texts = [unit * (30_000 // len(unit)) + f"{{{{ {number} }}}}" for number in range(20)]
    steps = {f"s{number}": {"type": "experiment", "name": text} for number, text in enumerate(texts)}
    file = tmp_path / "full.yaml"
    file.write_text(yaml.safe_dump({"name": "full", "steps": steps}, width=10**6))
    start = time.process_time()
    problems = project.problems(file)
    assert time.process_time() - start < 2
    assert any("templates of this file" in problem.message for problem in problems)
