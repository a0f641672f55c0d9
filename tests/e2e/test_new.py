"""What `mlpipelines new` writes runs as it stands: real files, real guesses, real runs."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.workspace import Finished, Workspace

pytestmark = pytest.mark.e2e
IRIS = ROOT / "dags" / "mlpipelines" / "local" / "datasets" / "iris.data"


def new_and_run(workspace: Workspace, name: str, dataset: Path, *arguments: str) -> Finished:
    done = subprocess.run(
        [sys.executable, "-m", "mlpipelines", "new", name, "--dataset", str(dataset), *arguments],
        cwd=workspace.root, env=workspace.environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    put = done.stdout.split("--put ")[1].strip().strip("'")
    return workspace.run(workspace.root / "pipelines" / f"{name}.yaml", "--put", put)


def test_flowers_with_a_header(workspace: Workspace, data: Path) -> None:
    file = data / "my flowers.csv"
    file.write_text("sepal length,sepal width,petal length,petal width,species\n" + IRIS.read_text())
    done = new_and_run(workspace, "flowers", file)
    assert done.states == dict.fromkeys(done.states, "success"), done.result
    assert done.result["metrics"]["quality"]["accuracy"] > 0.9


def test_a_table_with_everything_that_tables_have(workspace: Workspace, data: Path) -> None:
    """Words, gaps, numbers of rows, another delimiter, no header, two classes of which one is rare."""
    chance = random.Random(1)
    lines = []
    for number in range(300):
        size, city = chance.randint(1, 9), chance.choice(["Rome", '"New; York"', "Oslo"])
        sold = "yes" if size > 6 and city != "Oslo" else "no"
        lines.append(f"{1000 * number};{city};{size if number % 20 else '?'};{chance.random():.3f};{sold}\n")
    file = data / "houses.txt"
    file.write_text("".join(lines))
    done = new_and_run(workspace, "houses", file)
    assert done.states == dict.fromkeys(done.states, "success"), done.result
    assert done.result["metrics"]["quality"]["roc_auc"] > 0.9


def test_numbers_with_a_linear_model(workspace: Workspace, data: Path) -> None:
    chance = random.Random(2)
    rows = [[chance.random() for _ in range(3)] for _ in range(200)]
    file = data / "lines.jsonl"
    file.write_text("".join(f'{{"a": {a}, "b": {b}, "y": {2 * a - b + c / 50}}}\n' for a, b, c in rows))
    done = new_and_run(workspace, "lines", file, "--algorithm", "linear-learner")
    assert done.states == dict.fromkeys(done.states, "success"), done.result
    assert done.result["metrics"]["quality"]["r2"] > 0.9
