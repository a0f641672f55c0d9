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


# validate: what it writes, where, and how it ends


@pytest.fixture
def warned(tmp_path: Path) -> Path:
    """A repository with one warning, about a machine that may be new."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "w.yaml").write_text(
        "name: w\nsteps:\n  t:\n    type: train\n    image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/own:1\n"
        "    channels: {train: s3://data/x}\n    instance_type: ml.m99.large\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "options", "status"),
    [
        ("", [], 0),
        ("", ["--fail-on", "error"], 0),
        ("", ["--fail-on", "warning"], 1),
        ('SM812 = "error"', [], 1),
        ('SM812 = "info"', ["--fail-on", "warning"], 0),
        ('SM812 = "off"', ["--fail-on", "warning"], 0),
        ('SM8122 = "off"', [], 2),
    ],
)
def test_what_fails_is_for_the_project_and_the_caller_to_say(
    warned: Path, settings: str, options: list[str], status: int
) -> None:
    (warned / "pyproject.toml").write_text(f"[tool.mlpipelines.rules]\n{settings}\n")
    for form in ("text", "json", "github", "sarif", "junit"):
        done = mlpipelines("validate", *options, "--format", form, cwd=warned)
        assert done.returncode == status, (form, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr


def test_wrong_settings_are_told_before_anything_else(warned: Path) -> None:
    (warned / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nSM812 = "of"\n')
    for command in (["validate"], ["render", "pipelines/w.yaml"]):
        done = mlpipelines(*command, cwd=warned)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("mlpipelines: pyproject.toml:2:1: settings: SM812 = 'of'")


def test_a_report_can_go_to_a_file(warned: Path) -> None:
    done = mlpipelines("validate", "--format", "sarif", "--output", "x.sarif", cwd=warned, GITHUB_ACTIONS="true")
    assert (done.returncode, done.stdout) == (0, "1 file checked: 1 warning in 1 file\n")
    assert json.loads((warned / "x.sarif").read_text())["version"] == "2.1.0"
    mlpipelines("validate", "--output", "x.txt", cwd=warned, GITHUB_ACTIONS="true", FORCE_COLOR="1")
    assert (warned / "x.txt").read_text().startswith("pipelines/w.yaml:7:20: warning: ")
    done = mlpipelines("validate", "--output", "nowhere/x.sarif", cwd=warned)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot write nowhere/x.sarif" in done.stderr


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "0"}, False), ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False), ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)  # fmt: skip
def test_colour_without_a_terminal_is_only_forced(warned: Path, environment: dict[str, str], coloured: bool) -> None:
    done = mlpipelines("validate", "--format", "text", cwd=warned, **environment)
    assert ("\x1b[" in done.stdout) is coloured


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)],
)
def test_colour_on_a_terminal(warned: Path, environment: dict[str, str], coloured: bool) -> None:
    import pty

    reader, writer = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS")}
    env |= {"PYTHONPATH": str(ROOT / "dags"), **environment}
    command = [sys.executable, "-m", "mlpipelines", "validate"]
    with subprocess.Popen(command, cwd=warned, env=env, stdout=writer, stderr=subprocess.PIPE):
        os.close(writer)
        output = b""
        while True:
            try:
                piece = os.read(reader, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not piece:
                break
            output += piece
    os.close(reader)
    assert b"SM812" in output
    assert (b"\x1b[" in output) is coloured


def test_a_terminal_without_unicode_is_no_error(warned: Path) -> None:
    file = warned / "pipelines" / "w.yaml"
    file.write_text("# \u6f22\u5b57\n" + file.read_text().replace("name: w", "name: \u6f22\u5b57"))
    done = mlpipelines("validate", cwd=warned, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert r"\u6f22" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_ignored_error_is_no_error(warned: Path) -> None:
    file = warned / "pipelines" / "w.yaml"
    file.write_text(file.read_text().replace("ml.m99.large", "ml.m5.larg  # mlpipelines: ignore[SM811] it will be"))
    done = mlpipelines("validate", cwd=warned)
    assert (done.returncode, done.stdout) == (0, "1 file checked: no problems\n")
    assert "ignored_rules:\n      - SM811\n" in mlpipelines("render", "pipelines/w.yaml", cwd=warned).stdout


# explain and rules


def test_explain_says_what_why_and_how(warned: Path) -> None:
    done = mlpipelines("explain", "SM812", cwd=warned)
    assert done.returncode == 0
    assert done.stdout.startswith("SM812 new-instance-type (warning)\n")
    assert "To ignore it: # mlpipelines: ignore[SM812] and the reason" in done.stdout
    assert mlpipelines("explain", "new-instance-type", cwd=warned).stdout == done.stdout
    (warned / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nSM812 = "error"\n')
    assert "In this project: error (pyproject.toml)" in mlpipelines("explain", "sm812", cwd=warned).stdout


def test_explain_shows_examples_and_sources() -> None:
    done = mlpipelines("explain", "YM01", "PL905")
    for words in ("Wrong:\n    newest:", "Right:\n", "Source: https://yaml.org", "cannot be ignored", "\n\nPL905 "):
        assert words in done.stdout
    assert "\x1b[" in mlpipelines("explain", "YM01", FORCE_COLOR="1").stdout


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("SM8122", "there is no rule 'SM8122'; did you mean 'SM812'?"),
        ("unused-ignor", "did you mean 'unused-ignore'?"),
        ("zzz", "`mlpipelines rules` lists them all"),
        ("SM10", "`mlpipelines rules SM10` lists those about it"),
        ("spot", "`mlpipelines rules spot` lists those about it"),
        ("AF02", "AF02 is not checked: "),
    ],
)
def test_what_is_no_rule_cannot_be_explained(word: str, reason: str) -> None:
    done = mlpipelines("explain", word)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr


def test_explain_and_rules_work_anywhere_and_with_wrong_settings(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nSM8122 = "off"\n')
    for cwd in (Path("/"), tmp_path):
        for command in (["explain", "SM101"], ["rules"]):
            done = mlpipelines(*command, cwd=cwd)
            assert done.returncode == 0
            assert ("SM8122" in done.stderr) is (cwd == tmp_path)


def test_rules_are_listed_filtered_and_as_json(warned: Path) -> None:
    (warned / "pyproject.toml").write_text('[tool.mlpipelines.rules]\nPL905 = "off"\n')
    everything = mlpipelines("rules", cwd=warned).stdout.splitlines()
    assert everything[-1] == f"{len(everything) - 1} rules; * as pyproject.toml says"
    assert [line.split()[0] for line in everything[:-1]] == sorted(line.split()[0] for line in everything[:-1])
    some = mlpipelines("rules", "PL9", "IGNORE", cwd=warned).stdout.splitlines()
    assert [line.split()[0] for line in some[:-1]] == ["PL901", "PL902", "PL903", "PL904", "PL905"]
    assert some[4].split()[1] == "off*"
    (rule,) = json.loads(mlpipelines("rules", "PL905", "--format", "json", cwd=warned).stdout)
    assert (rule["id"], rule["severity"], rule["setting"], rule["fixed"]) == ("PL905", "warning", "off", False)
    done = mlpipelines("rules", "no such words", cwd=warned)
    assert (done.returncode, done.stdout) == (1, "")
