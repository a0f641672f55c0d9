"""What surrounds the package agrees with itself: pins, lock, image, hooks, editor wiring, and the installer."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("linux", "darwin")


def requirements(name: str) -> list[Requirement]:
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line]


def pin(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    assert (specifier.operator, "*" in specifier.version) == ("==", False), f"{requirement} is not pinned"
    return specifier.version


def applies(requirement: Requirement, python: str, platform: str) -> bool:
    full = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": platform}
    return requirement.marker is None or requirement.marker.evaluate(full)


def locked(python: str = "3.12", platform: str = "linux") -> dict[str, str]:
    chosen = [each for each in requirements("constraints.txt") if applies(each, python, platform)]
    versions: dict[str, str] = {canonicalize_name(each.name): pin(each) for each in chosen}
    assert len(versions) == len(chosen), "a package is locked twice"
    return versions


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lock_holds_everything_that_is_asked_for(python: str, platform: str) -> None:
    versions = locked(python, platform)
    extras = [Requirement(text) for texts in project()["optional-dependencies"].values() for text in texts]
    for asked in [*requirements("requirements.txt"), *map(Requirement, project()["dependencies"]), *extras]:
        if applies(asked, python, platform):
            assert asked.specifier.contains(versions[canonicalize_name(asked.name)], prereleases=True), asked


def test_a_deployment_is_pinned_and_has_what_validate_needs() -> None:
    pinned = {canonicalize_name(each.name): pin(each) for each in requirements("requirements.txt")}
    assert {canonicalize_name(Requirement(text).name) for text in project()["dependencies"]} <= set(pinned)


def test_the_lock_says_nothing_about_where_packages_come_from() -> None:
    assert not re.search(r"--|://|@", (ROOT / "constraints.txt").read_text())


def test_the_wheel_carries_the_language_and_stays_light(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    for folder in ("schemas", "templates"):
        files = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert files
        assert {f"mlpipelines/_project/{file.as_posix()}" for file in files} <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"mlpipelines"}
    needed = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==)", metadata, re.MULTILINE)
    assert not {"apache-airflow", "boto3", "pandas"} & set(needed)


def test_the_image_has_the_airflow_of_the_requirements_and_sends_no_telemetry() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    (airflow,) = [pin(each) for each in requirements("requirements.txt") if each.name == "apache-airflow"]
    first, *others = re.findall(r"^FROM (\S+) AS (\w+)$", dockerfile, re.MULTILINE)
    assert first[0] == f"apache/airflow:{airflow}-python3.12"
    assert {base for base, _ in others} == {first[1]}
    for setting in ("ENABLE_TELEMETRY=False", "DO_NOT_TRACK=1", "SCARF_NO_ANALYTICS=true"):
        assert setting in dockerfile
    copied = set(re.findall(r"^COPY .*? (\S+) \S+$", dockerfile, re.MULTILINE))
    assert {"dags", "pipelines", "pyproject.toml", "schemas", "templates"} <= copied
    sent = (ROOT / ".dockerignore").read_text().splitlines()
    assert {
        "!dags",
        "!pipelines",
        "!schemas",
        "!templates",
        "!requirements.txt",
        "!constraints.txt",
        "!pyproject.toml",
    } <= set(sent)
    users = re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)
    assert users
    assert not users[-1].startswith(("root", "0"))


def test_the_hook_calls_the_console_script_on_pipelines_only() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].split()[0] in project()["scripts"]
    assert all(re.search(hook["files"], f"pipelines/{name}") for name in ("a.yaml", "b.yml", "team/c.yaml"))
    assert not any(re.search(hook["files"], name) for name in ("a.yaml", "docs/pipelines/a.yaml", "pipelines/a.json"))


def test_the_editor_knows_schemas_that_exist() -> None:
    settings = json.loads((ROOT / ".vscode/settings.json").read_text())
    assert settings["yaml.schemas"]
    assert all((ROOT / schema).is_file() for schema in settings["yaml.schemas"])


def test_ci_runs_what_a_developer_runs() -> None:
    called = re.findall(r"^make (?:--\S+ )?(\w+)", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert called == ["test"]
    assert os.access(ROOT / ".ci/run", os.X_OK)


@pytest.mark.parametrize("name", ["load_pipelines.py", "invalid_pipelines.py"])
def test_a_dag_file_imports_the_loader_and_nothing_else(name: str) -> None:
    """But for what puts the package beside it before another version that may be installed."""
    tree = ast.parse((ROOT / "dags" / name).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} - {"__future__"}
    assert imported == {"pathlib", "mlpipelines.loader"}
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert plain == ["sys"]


# .ci/install, with a stand-in for uv that makes an empty environment and writes down what it is asked to install


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/install", tmp_path / ".ci")
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        f"venv) {sys.executable} -m venv --without-pip .venv ;;\n"
        '*) echo "$@" >>calls; [ ! -e offline ] ;;\n'
        "esac\n"
    )
    uv.chmod(0o755)
    return tmp_path


def install(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{checkout / 'bin'}:/usr/bin:/bin", "PYTHON": sys.executable} | environment
    command = ["sh", str(checkout / ".ci/install")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_second_install_does_nothing_and_says_nothing(checkout: Path) -> None:
    first = install(checkout)
    assert (first.returncode, "Installing" in first.stdout) == (0, True), first.stderr
    (checkout / "calls").unlink()
    second = install(checkout, PYTHON="")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert not (checkout / "calls").exists()


def test_a_half_finished_install_is_made_anew(checkout: Path) -> None:
    install(checkout)
    (checkout / ".venv/.installed").unlink()
    left = checkout / ".venv/left"
    left.touch()
    assert "Installing" in install(checkout).stdout
    assert not left.exists()


def test_a_changed_lock_updates_what_is_there(checkout: Path) -> None:
    install(checkout)
    with (checkout / "constraints.txt").open("a") as lock:
        lock.write("# changed\n")
    kept = checkout / ".venv/kept"
    kept.touch()
    assert "Updating" in install(checkout).stdout
    assert kept.exists()


def test_a_failed_update_keeps_the_environment_and_is_tried_again(checkout: Path) -> None:
    install(checkout)
    with (checkout / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    (checkout / "offline").touch()
    failed = install(checkout)
    assert failed.returncode == 1
    assert "Not installed" in failed.stderr
    (checkout / "offline").unlink()
    assert "Updating" in install(checkout).stdout


def test_an_interpreter_that_does_not_fit_is_refused_in_words(checkout: Path) -> None:
    stand_in = checkout / "bin" / "python3.12"
    stand_in.write_text("#!/bin/sh\necho 'not installed' >&2\nexit 127\n")
    stand_in.chmod(0o755)
    refused = install(checkout, PYTHON=str(stand_in))
    assert refused.returncode == 1
    assert "is not a working Python 3.11, 3.12 or 3.13" in refused.stderr
