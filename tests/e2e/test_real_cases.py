"""Pipelines that others run in production or show to the world, written in this language: really run, the requests
that they send compared with those that they are known to send."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CASES
from tests.e2e.comparison import assert_as_the_case_says, assert_expected
from tests.e2e.workspace import Finished, Workspace
from tests.local.support import running_server

pytestmark = pytest.mark.e2e
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
SAMPLES = "sagemaker-sample-files/datasets/tabular/uci_abalone/preprocessed"
#: What stands in for the images that the cases have built for themselves.
IMAGES = """\
clean-data: python programs/clean_table.py
"*-repo": python programs/split_table.py
"""


@pytest.fixture(scope="module", autouse=True)
def code(workspace: Workspace) -> None:
    """The functions that the cases call, and the programs of their images."""
    shutil.copytree(CASES / "programs", workspace.root / "programs")
    (workspace.root / "images.yaml").write_text(IMAGES)
    folder = workspace.root / "dags" / "callables"
    shutil.copytree(CASES / "callables", folder)
    (folder / "__init__.py").touch()


def run(workspace: Workspace, name: str, *arguments: str) -> Finished:
    return workspace.run(workspace.add(name, (CASES / "real" / f"{name}.yaml").read_text()), *arguments)


def variables(**values: str) -> list[str]:
    return [word for name, value in values.items() for word in ("--var", f"{name}={value}")]


def samples(folder: Path, **rows: int) -> list[str]:
    """Files of synthetic abalones where the sample data of AWS lie: rings, sex, length, height; no header."""
    words = []
    for name, count in rows.items():
        dice = random.Random(name)
        table = [(dice.randrange(3), dice.uniform(0.1, 0.8)) for _ in range(count)]
        lines = [f"{40 * size / 4:.0f},{sex},{size:.3f},{size / 4:.4f}" for sex, size in table]
        lines[7] = re.sub(r",[^,]*$", ",", lines[7]) if name == "test" else lines[7]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        words += ["--put", f"{folder / name}.csv=s3://{SAMPLES}/{name}.csv"]
    return words


def requests_in(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def assert_all_succeeded(done: Finished) -> None:
    assert (done.status, set(done.states.values())) == (0, {"success"}), done.result


def test_an_endpoint_from_training_to_its_end(workspace: Workspace, tmp_path: Path) -> None:
    done = run(workspace, "example_sagemaker_endpoint", "--param", "env_id=e2e")
    assert_all_succeeded(done)
    assert_expected("example_sagemaker_endpoint", done.requests())
    assert_as_the_case_says("02-airflow-system-endpoint", done.requests(), tmp_path)
    answer = json.loads(done.result["outputs"]["call_endpoint"]["answer"])
    assert answer["predictions"][0]["predicted_label"] in (0, 1, 2)
    assert done.result["outputs"]["prune_logs"] == {"streams": 1}
    assert not (Path(done.result["artifacts"]) / "e2e-sagemaker").exists(), "the bucket is gone"


def test_the_life_of_a_notebook_instance(workspace: Workspace, tmp_path: Path) -> None:
    done = run(workspace, "example_sagemaker_notebook", "--param", "env_id=e2e")
    assert_all_succeeded(done)
    assert_expected("example_sagemaker_notebook", done.requests())
    assert_as_the_case_says("04-airflow-system-notebook", done.requests(), tmp_path)


def test_a_model_is_registered_by_one_pipeline_and_predicts_in_another(workspace: Workspace, tmp_path: Path) -> None:
    """Two DAGs of one team: nothing but a name in the registry ties them, so both run in one SageMaker."""
    journal = tmp_path / "journal.jsonl"
    own = ["--journal", str(journal), "--images", str(workspace.root / "images.yaml")]
    with running_server(tmp_path / "server", *own) as server:
        common = ["--endpoint", server.endpoint_url, *variables(model_package_group="abalone", role_arn=ROLE)]
        trained = run(workspace, "sagemaker_training", *samples(tmp_path, train=200, validation=60), *common)
        registering = requests_in(journal)
        image = variables(ecr_repository_uri="123456789012.dkr.ecr.us-east-2.amazonaws.com/clean-data:latest")
        predicted = run(workspace, "sagemaker_batch_inference", *samples(tmp_path, test=40), *image, *common)
    assert_all_succeeded(trained)
    assert_expected("sagemaker_training", registering)
    assert_as_the_case_says("08-astronomer-train-and-register", registering, tmp_path)
    assert_all_succeeded(predicted)
    predicting = requests_in(journal)[len(registering) :]
    assert_expected("sagemaker_batch_inference", predicting)
    assert_as_the_case_says("09-astronomer-batch-inference", predicting, tmp_path)
    assert predicting[-1]["request"]["ModelName"] == "abalone-v1"
    rows = predicted.object(predicted.result["outputs"]["predict"]["predictions"]).read_text().splitlines()
    assert len(rows) == 39, "one row had a gap"
    for row in rows:
        _, _, height, guess = map(float, row.split(","))
        assert abs(guess - 40 * height) < 4


def test_a_pipeline_of_sagemaker_is_started_twice_and_stopped_once(workspace: Workspace, tmp_path: Path) -> None:
    done = run(workspace, "example_sagemaker_pipeline", "--param", "env_id=e2e")
    assert_all_succeeded(done)
    bound = assert_expected("example_sagemaker_pipeline", done.requests())
    assert_as_the_case_says("03-airflow-system-pipeline", done.requests(), tmp_path)
    outputs = done.result["outputs"]
    assert bound["<<execution_arn_1>>"] == outputs["start_pipeline1"]["arn"] != outputs["start_pipeline2"]["arn"]
    xcom = json.loads((done.folder / "xcom.json").read_text())
    assert xcom["await_pipeline2"]["Pipeline"]["PipelineExecutionStatus"] == "Succeeded"


def test_every_classic_step_in_one_chain(workspace: Workspace, tmp_path: Path) -> None:
    """AutoML is refused here, and the chain goes on without it: the steps that need it fail, and so does the run."""
    done = run(workspace, "example_sagemaker", "--param", "env_id=e2e")
    assert (done.status, done.result["state"]) == (1, "failed")
    assert {name: state for name, state in done.states.items() if state != "success"} == {
        "auto_ml": "failed",
        "await_auto_ml": "upstream_failed",
        "stop_automl_job": "failed",  # there is none
        "watcher": "failed",  # what it is for
    }
    sent = done.requests()
    assert [call["action"] for call in sent if "refused" in call] == ["CreateAutoMLJob", "StopAutoMLJob"]
    # The last step empties an experiment and deletes it by a function, of which the case tells no requests.
    *known, last = sent
    assert (last["action"], last["request"]) == ("DeleteExperiment", {"ExperimentName": "e2e-experiment"})
    assert_expected("example_sagemaker", known)
    assert_as_the_case_says("01-airflow-system-sagemaker-all-steps", known, tmp_path)
    xcom = json.loads((done.folder / "xcom.json").read_text())
    counters = xcom["await_tuning"]["Tuning"]["TrainingJobStatusCounters"]
    # The ranges allow k > sample_size, which the algorithm refuses.
    assert counters["Completed"] >= 1
    assert counters["Completed"] + counters["NonRetryableError"] == 10
    assert "BestTrainingJob" in xcom["await_tuning"]
    assert xcom["await_transform"]["Transform"]["TransformJobStatus"] == "Completed"
    assert not (Path(done.result["artifacts"]) / "e2e-sagemaker-example").exists(), "the bucket is gone"
