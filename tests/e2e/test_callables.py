"""A team's own functions in a run on this machine: between the steps, and as measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.workspace import Finished, Workspace, served

pytestmark = pytest.mark.e2e

OWN = '''\
"""Functions of the team's own."""

from mlpipelines.errors import StepError


def choose(model, rows, options, *, run_id, connection):
    if rows < 10:
        raise StepError(f"{rows} rows are too few")
    assert isinstance(rows, int) and isinstance(options["k"], int) and run_id and connection == "aws-sagemaker"
    assert options["at"].tzinfo, "a time is a time"
    return {"model": model, "strategy": {"size": options["k"], "name": "MultiRecord"}}


def whole_request(model, data, *, run_id):
    """All of what AWS is asked, numbers and texts in it."""
    bucket = data.split("/")[2]
    return {"request": {
        "TransformJobName": "made-by-a-task",
        "ModelName": model,
        "MaxConcurrentTransforms": 2,
        "Environment": {"NOTE": 'quotes " and <braces> {{ }} &'},
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}},
            "ContentType": "text/csv", "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{bucket}/made", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }}


def cost(labels, predictions):
    return float(((labels == 1) & (predictions == 0)).sum() * 10 + ((labels == 0) & (predictions == 1)).sum())


def least(scores):
    return scores.min()
'''
PIPELINE = """\
name: {name}
params:
  k: 2
steps:
  data_prep:
    type: prepare
    dataset: {url}/clicks.csv
    target: clicked
    classes: {{"no": 0, "yes": 1}}
    split: {{train: 0.6, test: 0.4}}
  train_model:
    type: train
    algorithm: xgboost
    hyperparameters: {{num_round: 10, objective: "binary:logistic"}}
    channels: {{train: "${{data_prep.train}}"}}
    instance_type: ml.m5.xlarge
    max_runtime: 10m
  create_model: {{type: model, artifact: "${{train_model.artifact}}"}}
  chosen:
    type: python
    function: own.choose
    arguments:
      model: ${{create_model.name}}
      rows: ${{data_prep.rows}}
      options: {{k: "{{{{ params.k }}}}", fraction: 0.5, at: "{{{{ dag_run.run_after }}}}"}}
  predict:
    type: transform
    model: ${{chosen.model}}
    input: ${{data_prep.test_features}}
    environment: {{SIZE: "${{chosen.strategy.size}}", NAME: "a ${{chosen.strategy.name}}"}}
    instance_type: ml.m5.large
  asked:
    type: python
    function: own.whole_request
    arguments: {{model: "${{chosen.model}}", data: "${{data_prep.test_features}}"}}
    after: [predict]
  made: {{type: transform, request: "${{asked.request}}"}}
  quality:
    type: evaluate
    predictions: ${{predict.predictions}}
    labels: ${{data_prep.test_labels}}
    custom_metrics: {{cost: own.cost, least: own.least}}
"""


@pytest.fixture(scope="module")
def own(workspace: Workspace) -> None:
    folder = workspace.root / "dags" / "callables"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "own.py").write_text(OWN)


def clicks(folder: Path, rows: int) -> None:
    lines = ["age,visits,clicked"]
    for row in range(rows):
        age, visits = 20 + row * 37 % 50, row * 13 % 9
        lines.append(f"{age},{visits},{'yes' if visits > 4 or row % 29 == 0 else 'no'}")
    (folder / "clicks.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def run(workspace: Workspace, own: None, data: Path) -> Finished:
    clicks(data, 300)
    with served(data) as url:
        return workspace.run(workspace.add("clicks", PIPELINE.format(name="clicks", url=url)))


def test_functions_choose_and_measure(run: Finished) -> None:
    assert run.status == 0, run.result
    model = run.result["outputs"]["create_model"]["name"]
    assert run.result["outputs"]["chosen"] == {"model": model, "strategy": {"size": 2, "name": "MultiRecord"}}
    metrics = run.result["metrics"]["quality"]
    assert metrics["roc_auc"] > 0.8
    assert 0 < metrics["least"] < 0.5
    assert metrics["cost"] >= 0
    transform, made = (call["request"] for call in run.requests() if call["action"] == "CreateTransformJob")
    assert transform["Environment"] == {"SIZE": "2", "NAME": "a MultiRecord"}
    assert made == run.result["outputs"]["asked"]["request"]
    outputs = run.result["outputs"]["quality"]
    assert run.object(outputs["roc_curve"]).read_bytes().startswith(b"\x89PNG")
    assert run.object(outputs["confusion_matrix"]).read_bytes().startswith(b"\x89PNG")
    report = json.loads(run.object(outputs["report"]).read_text())
    assert report["metrics"] == metrics
    assert set(report["classes"]) == {"0", "1"}


def test_a_function_says_why_it_fails(workspace: Workspace, own: None, data: Path) -> None:
    clicks(data, 8)
    with served(data) as url:
        process = workspace.start(workspace.add("few", PIPELINE.format(name="few", url=url)))
        stdout, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "8 rows are too few" in stdout
