"""The command line, as its users type it: output and exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CASES, ROOT


def mlpipelines(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in ("GITHUB_ACTIONS", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "mlpipelines", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, env=env | {"PYTHONPATH": str(ROOT / "dags"), **environment},
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that holds nothing but pipelines."""
    (tmp_path / "pipelines").mkdir()
    shutil.copy(CASES / "valid" / "iris-knn.yaml", tmp_path / "pipelines")
    shutil.copy(CASES / "invalid" / "unknown-step-field.yaml", tmp_path / "pipelines")
    (tmp_path / "pipelines" / "defaults.yaml").write_text("region: us-east-2\n")
    return tmp_path


def test_all_pipelines_of_the_project_are_valid() -> None:
    done = mlpipelines("validate")
    assert done.returncode == 0, done.stdout
    assert "no problems" in done.stdout


def test_problems_are_shown_with_their_place_and_a_hint(repository: Path) -> None:
    done = mlpipelines("validate", cwd=repository)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "pipelines/unknown-step-field.yaml:13:5: error: unknown field 'instance_typ' [PL101]",
        "   13 |     instance_typ: ml.m5.large",
        "      |     ^^^^^^^^^^^^",
        "    did you mean 'instance_type'?",
        "",
        "2 files checked: 1 error in 1 file",
    ]


def test_files_can_be_named_from_anywhere(repository: Path, tmp_path: Path) -> None:
    done = mlpipelines("validate", repository / "pipelines" / "iris-knn.yaml", cwd=Path("/"))
    assert (done.returncode, done.stdout) == (0, "1 file checked: no problems\n")


def test_a_folder_stands_for_the_files_in_it(repository: Path) -> None:
    assert "2 errors" not in mlpipelines("validate", "pipelines", cwd=repository).stdout


def test_json_is_for_programs(repository: Path) -> None:
    done = mlpipelines("validate", "--format", "json", cwd=repository)
    report = json.loads(done.stdout)
    assert report["files"] == 2
    assert report["problems"][0]["line"] == 13


def test_github_annotations_come_by_themselves_in_actions(repository: Path) -> None:
    done = mlpipelines("validate", cwd=repository, GITHUB_ACTIONS="true")
    where = "file=pipelines/unknown-step-field.yaml,line=13,col=5,endColumn=17"
    assert done.stdout.startswith(f"::error {where},title=PL101 unknown-field::unknown field")


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["validat"], ["validate", "nowhere.yaml"], ["validate", "--format", "xml"], ["render"],
        ["render", "nowhere.yaml"],
        ["run", "pipelines/iris-knn.yaml", "--param", "k"], ["run", "pipelines/iris-knn.yaml", "--param", "k=3"],
        ["run", "nowhere.yaml"], ["run", "pipelines/iris-knn.yaml", "--put", "nowhere=s3://bucket/key"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_a_reason(arguments: list[str]) -> None:
    done = mlpipelines(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_an_invalid_pipeline_is_not_run() -> None:
    done = mlpipelines("run", CASES / "invalid" / "cycle.yaml")
    assert done.returncode == 1
    assert "first -> third -> second -> first" in done.stderr
    assert "Traceback" not in done.stderr


def test_render_prints_what_dag_factory_reads() -> None:
    import yaml

    done = mlpipelines("render", "pipelines/iris-knn.yaml")
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout)["iris-knn"]["tasks"]["train_model"]["dependencies"] == ["data_prep"]


def test_render_prints_the_requests_by_step() -> None:
    done = mlpipelines("render", "pipelines/iris-knn.yaml", "--requests")
    requests = json.loads(done.stdout)
    assert list(requests) == ["train_model", "create_model", "test_model"]
    assert requests["train_model"]["CreateTrainingJob"]["HyperParameters"]["k"] == "3"


def test_the_schema_can_be_checked_and_written(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "pipelines").mkdir()
    assert mlpipelines("schemas", "--check", cwd=tmp_path).returncode == 0
    (tmp_path / "schemas" / "validate.schema.json").write_text("{}")
    assert mlpipelines("schemas", "--check", cwd=tmp_path).returncode == 1
    assert mlpipelines("schemas", cwd=tmp_path).returncode == 0
    assert mlpipelines("schemas", "--check", cwd=tmp_path).returncode == 0


def test_the_version_names_the_facts() -> None:
    assert "botocore" in mlpipelines("--version").stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m mlpipelines render pipelines/iris-knn.yaml | head -1"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "dags"}
    )
    assert "Traceback" not in done.stderr


def test_local_says_what_it_takes_and_what_it_does_not_understand() -> None:
    assert "--state DIR" in mlpipelines("local", "--help").stdout
    done = mlpipelines("local", "--port", "0", "--faults", '{"rate": 7}')
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mlpipelines: faults: `rate` is a number from 0 to 1, not 7\n"
