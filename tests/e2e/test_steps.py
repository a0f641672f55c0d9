"""Every step type in whole runs: nothing is mocked, and what is only pretended says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.workspace import Finished, Workspace

pytestmark = pytest.mark.e2e
PIPELINES = Path(__file__).parent / "pipelines"
IRIS = ROOT / "dags" / "mlpipelines" / "local" / "datasets" / "iris.data"


@pytest.fixture(scope="module")
def project(workspace: Workspace) -> Workspace:
    shutil.copytree(PIPELINES / "code", workspace.root / "pipelines" / "code")
    (workspace.root / "dags" / "callables").mkdir(parents=True)
    shutil.copy(PIPELINES / "code" / "own.py", workspace.root / "dags" / "callables")
    return workspace


def run(project: Workspace, name: str, *arguments: str) -> Finished:
    file = project.add(name, (PIPELINES / f"{name}.yaml").read_text(encoding="utf-8"))
    return project.run(file, "--put", f"{IRIS}=s3://raw-data/iris/iris.csv", *arguments)


def test_from_raw_data_to_an_endpoint_that_answers(project: Workspace) -> None:
    done = run(project, "flowers")
    assert done.states == dict.fromkeys(done.states, "success") | {"forget": "skipped"}, done.result
    outputs = done.result["outputs"]
    assert outputs["search"]["best_value"] > 0.9
    assert outputs["newest"]["version"] == 1
    assert done.result["metrics"]["quality"]["accuracy"] > 0.9
    results = xcom(done)
    assert results["ask"] == {"species": 0}
    package = results["newest"]["ModelPackage"]
    assert package["ModelApprovalStatus"] == "Approved"
    assert float(package["CustomerMetadataProperties"]["script"]) > 0.9
    assert done.object(outputs["clean"]["report"] + "/numbers.json").is_file()
    actions = [call["action"] for call in done.requests() if call["service"] == "sagemaker"]
    made = [action for action in actions if action.startswith("Create")]
    assert sorted(made) == sorted(
        "CreateProcessingJob CreateTrainingJob CreateHyperParameterTuningJob CreateModelPackageGroup "
        "CreateModelPackage CreateModel CreateTransformJob CreateEndpointConfig CreateEndpoint".split()
    )
    assert {"DeleteEndpoint", "DeleteEndpointConfig", "DeleteModelPackage", "DeleteModelPackageGroup"} <= {*actions}


def test_parts_of_their_own_existing_things_and_a_lack_of_capacity(project: Workspace) -> None:
    done = run(project, "plants", "--no-capacity", "ml.p4d.24xlarge")
    assert done.states == dict.fromkeys(done.states, "success"), done.result
    trained = [call["request"] for call in done.requests() if call["action"] == "CreateTrainingJob"]
    clusters = [request for request in trained if "clusters" in request["TrainingJobName"]]
    assert [request["ResourceConfig"]["InstanceType"] for request in clusters] == ["ml.p4d.24xlarge", "ml.m5.large"]
    assert len({request["TrainingJobName"] for request in clusters}) == 2
    lines = done.object(done.result["outputs"]["label"]["predictions"]).read_text().split()
    pairs = {tuple(float(value) for value in line.split(",")) for line in lines}
    assert len(lines) == 45
    assert {species for species, _ in pairs} == {0, 1, 2}
    assert len({cluster for _, cluster in pairs}) == 3


def test_what_is_not_simulated_is_refused_in_plain_words(project: Workspace) -> None:
    done = run(project, "pretended")
    wanted = dict.fromkeys(("made", "compare", "started", "stopped"), "success")
    assert done.states == wanted | dict.fromkeys(("inside", "search", "notebook", "job"), "failed"), done.result
    messages = {step["name"]: step.get("message", "") for step in done.result["steps"]}
    assert "Not simulated by the local SageMaker: step Fit of type Training" in messages["inside"]
    assert "Not simulated by the local SageMaker: CreateAutoMLJob" in messages["search"]
    assert "ot simulated by the local SageMaker" in messages["notebook"]
    assert "Not simulated by the local SageMaker: notebook jobs" in messages["job"]
    refused = {call["action"] for call in done.requests() if "refused" in call}
    assert "CreateAutoMLJob" in refused
    assert xcom(done)["compare"]["Pipeline"]["PipelineExecutionStatus"] == "Succeeded"
    assert xcom(done)["stopped"]["Pipeline"]["PipelineExecutionStatus"] == "Stopped"


def xcom(done: Finished) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((done.folder / "xcom.json").read_text())
    return results


#: Every change that the pipelines ask for.
CHANGES = """CreateProcessingJob CreateTrainingJob CreateHyperParameterTuningJob CreateModelPackageGroup
    CreateModelPackage UpdateModelPackage CreateModel CreateTransformJob CreateEndpointConfig CreateEndpoint
    DeleteEndpoint DeleteEndpointConfig DeleteModelPackage DeleteModelPackageGroup DeleteModel CreateExperiment
    CreateTrial CreateNotebookInstance StopNotebookInstance DeleteNotebookInstance""".split()


@pytest.mark.parametrize("name", ["flowers", "plants"])
def test_no_step_minds_an_answer_that_is_lost(project: Workspace, name: str) -> None:
    """AWS has done what was asked and could not say so; a tenth of all other requests goes wrong as well."""
    lost = [{"service": "sagemaker", "action": action, "kind": "lost", "times": 1} for action in CHANGES]
    done = run(project, name, "--faults", json.dumps({"seed": 1, "rate": 0.1, "faults": lost}))
    wanted = dict.fromkeys(done.states, "success") | ({"forget": "skipped"} if name == "flowers" else {})
    assert done.states == wanted, done.result
    jobs = [call["action"] for call in done.requests() if call["action"].endswith("Job")]
    assert sorted(jobs) == sorted(
        ["CreateProcessingJob", "CreateTrainingJob", "CreateHyperParameterTuningJob", "CreateTransformJob"]
        if name == "flowers"
        else ["CreateTrainingJob", "CreateTrainingJob", "CreateTransformJob"]
    )
    if name == "flowers":
        assert done.result["outputs"]["newest"]["version"] == 1
    faults = [json.loads(line) for line in (done.folder / "faults.jsonl").read_text().splitlines()]
    assert sum(fault["kind"] == "lost" for fault in faults) >= 10
