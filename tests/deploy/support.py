"""A checkout of a repository that is deployed, the tools that its scripts call, and what Airflow sees at the target."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

HERE = Path(__file__).parent
PIPELINES = {"iris-knn", "flowers"}


@dataclass
class Seen:
    """What a fresh Airflow process finds in a DAG folder."""

    dags: list[str]
    errors: dict[str, str]
    files: list[str]
    modules: list[str]
    compiled: list[str]


def seen_by_airflow(folder: Path, home: Path, *swap: str, **environment: str) -> Seen:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "AWS", "PYTHONPATH", "MLPIPELINES"))}
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
        "MLPIPELINES_CACHE": "off",
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "look.py"), str(ROOT), str(folder), *swap],
        env=kept | settings | environment, cwd=home, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stdout + done.stderr
    return Seen(**json.loads(lines[0].removeprefix("RESULT ")))


def assert_runs_from(folder: Path, seen: Seen) -> None:
    """All pipelines are DAGs, nothing else was looked at, and no code came from elsewhere."""
    assert set(seen.dags) == PIPELINES
    assert seen.errors == {}
    assert [Path(file).name for file in seen.files] == ["invalid_pipelines.py", "load_pipelines.py"]
    assert seen.modules
    assert [file for file in seen.modules if not file.startswith(f"{folder}{os.sep}")] == []


class Checkout:
    """A repository with two pipelines, as it lies on a developer's machine: caches and leftovers are there, too."""

    def __init__(self, root: Path) -> None:
        self.root, self.bin = root, root.parent / "bin"
        self.bin.mkdir()
        ignore = shutil.ignore_patterns("__pycache__", "local")
        for folder in ("dags", "schemas", "templates", "deploy"):
            shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
        shutil.copytree(HERE / "pipelines", root / "pipelines")
        for file in ("pipelines/iris-knn.yaml", "pipelines/defaults.yaml"):
            shutil.copy(ROOT / file, root / file)
        for file in ("pyproject.toml", "requirements.txt", "constraints.txt", "Dockerfile"):
            shutil.copy(ROOT / file, root / file)
        for leftover in ("dags/__pycache__/load_pipelines.cpython-311.pyc", "dags/mlpipelines/local/server.py",
                         "dags/mlpipelines/__pycache__/loader.cpython-311.pyc", ".env"):  # fmt: skip
            (root / leftover).parent.mkdir(exist_ok=True)
            (root / leftover).write_text("left over")

    def add_tool(self, name: str, script: str) -> None:
        """A program on the PATH of the deployment scripts."""
        file = self.bin / name
        file.write_text(script, encoding="utf-8")
        file.chmod(0o755)

    def add_pipeline(self, name: str, text: str) -> None:
        (self.root / "pipelines" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS", "PYTHONPATH", "MLPIPELINES"))}
        settings = {"PATH": f"{self.bin}:{os.environ['PATH']}", "PYTHON": sys.executable}
        return subprocess.run(
            command, env=kept | settings | environment, cwd=self.root, capture_output=True, text=True, timeout=120
        )

    def deploy(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(f"deploy/{script}.sh", *arguments, **environment)


def tree(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def python_tool(file: Path) -> str:
    return f'#!/bin/sh\nexec "{sys.executable}" "{file}" "$@"\n'
