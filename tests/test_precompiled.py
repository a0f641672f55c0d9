"""What pipelines become, kept: for exactly as long as nothing that decides about it has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpipelines.layout import Layout
from mlpipelines.precompiled import SHIPPED, Precompiled
from mlpipelines.store import Store
from tests.conftest import CASES, ROOT
from tests.test_cli import mlpipelines

PIPELINE = """\
name: scores
steps:
  prepare: {type: process, image: "{{ var.value.image }}", script: code/clean.py, instance_type: ml.m5.large}
  note: {type: python, function: notes.note}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A whole project of one pipeline."""
    for folder in ("schemas", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file, text in {
        "pipelines/scores.yaml": PIPELINE,
        "pipelines/defaults.yaml": "region: us-east-2\n",
        "pipelines/code/clean.py": "",
        "dags/callables/notes.py": "def note(): pass\n",
        "pyproject.toml": "",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    return tmp_path


def store_of(root: Path) -> Store:
    return Store(root / "cache")


def looked_up(root: Path, *, only: bool = True) -> Precompiled:
    """A look at the project; with `only` it may not compile."""
    precompiled = Precompiled(Layout.at(root), [store_of(root)])
    if only:
        precompiled.__dict__["_project"] = _Nobody()
    return precompiled


class _Nobody:
    def __getattr__(self, name: str) -> object:
        raise Compiles(name)


class Compiles(Exception):
    pass


def compiled(root: Path, precompiled: Precompiled):  # type: ignore[no-untyped-def]
    file = root / "pipelines" / "scores.yaml"
    record = precompiled.record(file, file.read_bytes())
    precompiled.keep()
    return record


def test_what_is_kept_is_what_was_compiled(root: Path) -> None:
    first = compiled(root, looked_up(root, only=False))
    assert first.config["tasks"].keys() == {"prepare", "note"}
    assert "name: scores" in first.config["doc_md"]
    assert compiled(root, looked_up(root)) == first


def test_problems_are_kept_too(root: Path) -> None:
    (root / "pipelines" / "scores.yaml").write_text("nmae: scores\n")
    first = compiled(root, looked_up(root, only=False))
    assert first.config is None
    assert {problem.code for problem in first.problems} >= {"PL101"}
    assert compiled(root, looked_up(root)) == first


def test_what_all_pipelines_have_in_common_is_kept_too(root: Path) -> None:
    (root / "pipelines" / "defaults.yaml").write_text("regoin: us-east-2\n")
    problems = looked_up(root, only=False).common_problems()
    assert {problem.code for problem in problems} == {"PL101"}
    assert looked_up(root).common_problems() == problems


def test_a_copy_of_the_project_elsewhere_has_the_same_records(root: Path, tmp_path: Path) -> None:
    first = compiled(root, looked_up(root, only=False))
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("copy"))
    assert compiled(copy, looked_up(copy)) == first


def test_a_dag_folder_that_holds_everything_has_the_records_of_the_repository(root: Path, tmp_path: Path) -> None:
    first = compiled(root, looked_up(root, only=False))
    flat = tmp_path / "away" / "dags"
    shutil.copytree(root / "dags", flat)
    for name in ("pipelines", "schemas", "templates"):
        shutil.copytree(root / name, flat / name)
    layout = Layout.of_dag_folder(flat)
    assert layout.callables == flat / "callables"
    file = flat / "pipelines" / "scores.yaml"
    assert Precompiled(layout, [store_of(root)]).key(file, file.read_bytes()) == first.key


@pytest.mark.parametrize(
    "file",
    [
        "pipelines/scores.yaml",
        "pipelines/defaults.yaml",
        "dags/callables/notes.py",
        "schemas/validate.schema.json",
        "templates/steps/python.yaml.j2",
        "pyproject.toml",
    ],
)
def test_whatever_decides_makes_another_key(root: Path, file: str) -> None:
    compiled(root, looked_up(root, only=False))
    with (root / file).open("a") as text:
        text.write("\n")
    with pytest.raises(Compiles):
        compiled(root, looked_up(root))


@pytest.mark.parametrize("change", [Path.unlink, lambda script: script.rename(script.with_suffix(".sh"))])
def test_code_beside_a_pipeline_is_looked_for_each_time(root: Path, change: Callable[[Path], object]) -> None:
    script = root / "pipelines" / "code" / "clean.py"
    first = compiled(root, looked_up(root, only=False))
    change(script)
    second = compiled(root, looked_up(root, only=False))
    assert [problem.code for problem in second.problems] == ["PL409"]
    assert compiled(root, looked_up(root)) == second, "and that it is not there is kept as well"
    script.touch()
    assert compiled(root, looked_up(root, only=False)) == first


def test_what_was_compiled_while_a_template_changed_is_not_kept(root: Path) -> None:
    precompiled = looked_up(root, only=False)
    template = root / "templates" / "steps" / "python.yaml.j2"
    before = template.stat()
    template.write_text(template.read_text().replace("e", "e"))
    os.utime(template, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    compiled(root, precompiled)
    with pytest.raises(Compiles):
        compiled(root, looked_up(root))


@pytest.mark.parametrize("value", ["[]", "{}", '{"config": 1, "problems": [], "code": {}}', '{"problems": [[1]]}'])
def test_a_record_of_another_form_is_compiled_again(root: Path, value: str) -> None:
    first = compiled(root, looked_up(root, only=False))
    store_of(root).put(first.key, value)
    assert compiled(root, looked_up(root, only=False)) == first
    assert compiled(root, looked_up(root)) == first


def test_what_is_kept_is_read_without_anything_that_reads_yaml(root: Path) -> None:
    compiled(root, looked_up(root, only=False))
    code = (
        "import sys; from pathlib import Path\n"
        "from mlpipelines.layout import Layout\nfrom mlpipelines.precompiled import Precompiled\n"
        "from mlpipelines.store import Store\nimport mlpipelines.rounds, mlpipelines.verdicts\n"
        f"root = Path({str(root)!r}); file = root / 'pipelines/scores.yaml'\n"
        "assert Precompiled(Layout.at(root), [Store(root / 'cache')]).record(file, file.read_bytes()).config\n"
        "print(*{'yaml', 'jinja2', 'jsonschema_rs', 'mlpipelines.project'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "dags")}, capture_output=True, text=True
    )
    assert (done.stderr, done.stdout.strip()) == ("", "")


def test_compile_fills_the_folder_that_is_deployed(root: Path) -> None:
    shutil.copy(CASES / "invalid" / "unknown-step-field.yaml", root / "pipelines" / "wrong.yaml")
    done = mlpipelines("compile", cwd=root)
    assert done.returncode == 1
    assert "pipelines/wrong.yaml:13:5: error: unknown field 'instance_typ' [PL101]" in done.stdout
    assert done.stdout.splitlines()[-1] == f"1 of 2 pipelines compiled into {root / SHIPPED}"
    (root / "pipelines" / "wrong.yaml").unlink()
    done = mlpipelines("compile", cwd=root)
    assert (done.returncode, done.stdout) == (0, f"1 of 1 pipelines compiled into {root / SHIPPED}\n")
    assert len(list((root / SHIPPED).iterdir())) == 2, "the pipeline, and what the project has in common"
    precompiled = Precompiled(Layout.at(root), [Store(root / SHIPPED, writable=False)])
    precompiled.__dict__["_project"] = _Nobody()
    assert compiled(root, precompiled).config
    assert precompiled.common_problems() == ()


def test_compile_says_when_it_cannot_write(root: Path) -> None:
    (root / "taken").write_text("a file")
    done = mlpipelines("compile", "--output", root / "taken", cwd=root)
    assert done.returncode == 2
    assert "could not be written" in done.stderr


def test_compile_refuses_where_there_is_no_project(tmp_path: Path) -> None:
    done = mlpipelines("compile", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no folder `pipelines` here or above" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mistake", ["colour: red\n", "x: [\n"])
def test_with_wrong_defaults_nothing_is_compiled(root: Path, mistake: str) -> None:
    (root / "pipelines" / "defaults.yaml").write_text(f"region: us-east-2\n{mistake}")
    done = mlpipelines("compile", cwd=root)
    assert done.returncode == 1
    assert done.stdout.endswith(f"\n0 of 1 pipelines compiled into {root / SHIPPED}\n")


def test_two_of_one_name_are_errors_of_both(root: Path) -> None:
    (root / "pipelines" / "team").mkdir()
    shutil.copy(root / "pipelines" / "scores.yaml", root / "pipelines" / "team")
    done = mlpipelines("compile", cwd=root)
    assert done.returncode == 1
    assert done.stdout.count("[PL110]") == 2
