"""`mlpipelines run` of the demonstration pipeline a second time: how long, and in which steps."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.measure import ROOT, Row, environment, new_folder, run_process
from tests.bench.projects import copy_project


def rows(quick: bool) -> Iterator[Row]:
    with new_folder() as name:
        folder = Path(name)
        copy_project(folder, ROOT / "pipelines")
        runs = [_run(folder) for _ in range(2 if quick else 4)][1:]
        whole, result = sorted(runs, key=lambda run: run[0])[len(runs) // 2]
    yield Row("run iris-knn again", whole, "s")
    steps = sum(step["seconds"] for step in result["steps"])
    for step in result["steps"]:
        yield Row(f"  {step['name']}", step["seconds"], "s")
    yield Row("  everything else", whole - steps, "s")


def _run(project: Path) -> tuple[float, dict[str, Any]]:
    command = [sys.executable, "-m", "mlpipelines", "run", "pipelines/iris-knn.yaml", "--json"]
    sample = run_process(command, environment(project / "dags"), project)
    result: dict[str, Any] = json.loads(next(line for line in sample.output.splitlines() if line.startswith("{")))
    assert result["state"] == "success", sample.output
    return sample.seconds, result
