"""An AWS that throttles, fails and hangs up at random: the run succeeds all the same, and nothing happens twice."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.conftest import ROOT
from tests.e2e.workspace import Workspace

pytestmark = pytest.mark.e2e
#: The worst that can happen to a Create request: it is carried out, and nobody is told.
LOST = [
    {"service": "sagemaker", "action": f"Create{what}", "kind": "lost", "times": 1}
    for what in ("TrainingJob", "Model", "TransformJob")
]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_run_succeeds_with_one_job_of_each_kind(workspace: Workspace, seed: int) -> None:
    file = workspace.add("iris-knn", (ROOT / "pipelines" / "iris-knn.yaml").read_text())
    run = workspace.run(file, "--faults", json.dumps({"seed": seed, "rate": 0.1, "faults": LOST}))
    assert (run.status, run.result["state"]) == (0, "success"), run.result
    assert run.result["metrics"]["quality"]["accuracy"] == pytest.approx(44 / 45)
    assert Counter(request["action"] for request in run.requests()) == {
        "CreateTrainingJob": 1,
        "CreateModel": 1,
        "CreateTransformJob": 1,
    }
    faults = [json.loads(line) for line in (run.folder / "faults.jsonl").read_text().splitlines()]
    assert {fault["action"] for fault in LOST} <= {fault["action"] for fault in faults if fault["kind"] == "lost"}
    assert len(faults) > len(LOST)


def test_faults_that_cannot_be_understood_are_told(workspace: Workspace) -> None:
    file = workspace.add("iris-knn", (ROOT / "pipelines" / "iris-knn.yaml").read_text())
    process = workspace.start(file, "--faults", '{"rate": 7}')
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "`rate` is a number from 0 to 1" in stderr
