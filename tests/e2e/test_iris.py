"""The demonstration pipeline and the tutorial that it comes from: really run, nothing mocked, no network."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest

from tests.conftest import CASES, ROOT
from tests.e2e.comparison import assert_as_the_case_says, assert_expected
from tests.e2e.workspace import Finished, Workspace, processes_of

pytestmark = pytest.mark.e2e
STEPS = ["data_prep", "train_model", "create_model", "test_model", "quality"]


@pytest.fixture(scope="module")
def runs(workspace: Workspace) -> list[Finished]:
    file = workspace.add("iris-knn", (ROOT / "pipelines" / "iris-knn.yaml").read_text())
    return [workspace.run(file), workspace.run(file)]


def test_every_step_succeeds(runs: list[Finished]) -> None:
    for run in runs:
        assert (run.status, run.result["state"]) == (0, "success")
        assert run.states == dict.fromkeys(STEPS, "success")


def test_the_model_is_good_and_the_same_twice(runs: list[Finished]) -> None:
    first, second = (run.result["metrics"]["quality"] for run in runs)
    assert first["accuracy"] >= 0.9
    assert first == second
    assert runs[0].result["outputs"]["quality"]["rows"] == 45


def test_the_model_is_a_real_archive_and_the_predictions_are_one_a_row(runs: list[Finished]) -> None:
    outputs = runs[0].result["outputs"]
    with tarfile.open(runs[0].object(outputs["train_model"]["artifact"])) as archive:
        assert archive.getnames()
    predictions = runs[0].object(outputs["test_model"]["predictions"]).read_text()
    assert len(re.findall("predicted_label", predictions)) == 45
    labels = runs[0].object(outputs["data_prep"]["test_labels"]).read_text().split()
    assert sorted(labels) == ["0"] * 15 + ["1"] * 15 + ["2"] * 15


def test_runs_do_not_overwrite_each_other(runs: list[Finished]) -> None:
    first, second = (run.result["outputs"] for run in runs)
    for step in STEPS:
        for output, value in first[step].items():
            if isinstance(value, str):
                assert value != second[step][output]


def test_everything_of_a_run_lies_under_its_own_prefix(runs: list[Finished]) -> None:
    root = Path(runs[0].result["artifacts"])
    files = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    assert {(path.parts[0], path.parts[1]) for path in files} == {("mlpipelines-local", "iris-knn")}
    assert len({path.parts[2] for path in files}) == 1
    assert {path.parts[3] for path in files} <= set(STEPS)


def test_nothing_is_left_running_and_nothing_is_in_the_home_folder(runs: list[Finished], workspace: Workspace) -> None:
    assert processes_of(workspace.root) == []
    assert list(workspace.home.iterdir()) == []


def test_the_jobs_logs_and_the_requests_are_kept(runs: list[Finished]) -> None:
    assert [request["action"] for request in runs[0].requests()] == [
        "CreateTrainingJob",
        "CreateModel",
        "CreateTransformJob",
    ]
    assert any(file.read_text().strip() for file in (runs[0].folder / "logs").iterdir())


def test_the_tutorial_sends_the_requests_it_always_sent(workspace: Workspace, tmp_path: Path) -> None:
    run = workspace.run(workspace.add("sagemaker_pipeline", (CASES / "real" / "sagemaker_pipeline.yaml").read_text()))
    assert run.status == 0, run.result
    sent = run.requests()
    bound = assert_expected("sagemaker_pipeline", sent)
    assert bound["{{ ts_nodash }}"], "the same run time stands in all names"
    assert_as_the_case_says("06-astronomer-tutorial-iris-knn", sent, tmp_path)
