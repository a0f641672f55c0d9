"""A pipeline of scripts of one's own: processed, trained in script mode, served, at literal /opt/ml paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpipelines.local.jobs.opt_ml import private_mounts
from tests.conftest import ROOT
from tests.e2e.workspace import Finished, Workspace

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not private_mounts(), reason="the kernel gives no private mounts here"),
]
SKLEARN = "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PIPELINE = f"""\
name: scripts
steps:
  clean:
    type: process
    image: {SKLEARN}
    script: code/clean.py
    arguments: [--held-back, 30]
    inputs: {{raw: s3://lab/raw/iris.data}}
    outputs: {{train: , test: , labels: , report: }}
    results: {{counts: {{output: report, file: counts.json}}}}
    instance_type: ml.m5.large
  fit:
    type: train
    image: {SKLEARN}
    source: code/fit
    entry_point: fit.py
    hyperparameters: {{n-neighbors: 3, rows: "${{clean.results.counts.train}}"}}
    channels: {{train: "${{clean.train}}"}}
    metrics: {{"train:accuracy": "accuracy=([0-9.]+)"}}
    spot: true
    checkpoints: s3://lab/checkpoints/
    instance_type: ml.m5.large
  model:
    type: model
    artifact: ${{fit.artifact}}
  predict:
    type: transform
    model: ${{model.name}}
    input: ${{clean.test}}/features.csv
    instance_type: ml.m5.large
"""
CLEAN = """
import argparse, json, pathlib
import pandas

parser = argparse.ArgumentParser()
parser.add_argument("--held-back", type=int)
args = parser.parse_args()
base = pathlib.Path("/opt/ml/processing")
table = pandas.read_csv(base / "input/raw/iris.data", header=None).sample(frac=1, random_state=1)
table.insert(0, "label", table.pop(4).astype("category").cat.codes)
train, test = table.iloc[args.held_back :], table.iloc[: args.held_back]
train.to_csv(base / "output/train/train.csv", header=False, index=False)
test.drop(columns="label").to_csv(base / "output/test/features.csv", header=False, index=False)
test["label"].to_csv(base / "output/labels/labels.csv", header=False, index=False)
(base / "output/report/counts.json").write_text(json.dumps({"train": len(train), "test": len(test)}))
"""
FIT = """
import argparse, os, pathlib, shutil
import joblib, pandas
from sklearn.neighbors import KNeighborsClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--n-neighbors", type=int)
parser.add_argument("--rows", type=int)
args = parser.parse_args()
table = pandas.read_csv(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), header=None)
assert len(table) == args.rows
model = KNeighborsClassifier(args.n_neighbors).fit(table.loc[:, 1:].to_numpy(), table[0])
print(f"accuracy={model.score(table.loc[:, 1:].to_numpy(), table[0])}")
target = pathlib.Path("/opt/ml/model")
joblib.dump(model, target / "model.joblib")
(target / "code").mkdir()
shutil.copy("inference.py", target / "code")
pathlib.Path("/opt/ml/checkpoints/last").write_text("1")
"""
INFERENCE = """
import joblib, pathlib

def model_fn(model_dir):
    return joblib.load(pathlib.Path(model_dir, "model.joblib"))
"""


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> Finished:
    code = workspace.root / "pipelines/code"
    (code / "fit").mkdir(parents=True)
    for name, text in {"clean.py": CLEAN, "fit/fit.py": FIT, "fit/inference.py": INFERENCE}.items():
        (code / name).write_text(text)
    iris = ROOT / "dags/mlpipelines/local/datasets/iris.data"
    return workspace.run(workspace.add("scripts", PIPELINE), "--put", f"{iris}=s3://lab/raw/iris.data")


def test_every_script_has_run(run: Finished) -> None:
    assert run.states == dict.fromkeys(("clean", "fit", "model", "predict"), "success"), run.stdout + run.stderr
    (training,) = [item["request"] for item in run.requests() if item["action"] == "CreateTrainingJob"]
    assert training["HyperParameters"]["rows"] == "120"
    assert run.object("s3://lab/checkpoints/last").read_text() == "1"


def test_what_was_predicted_is_mostly_true(run: Finished) -> None:
    (process,) = [item["request"] for item in run.requests() if item["action"] == "CreateProcessingJob"]
    (transform,) = [item["request"] for item in run.requests() if item["action"] == "CreateTransformJob"]
    places = {item["OutputName"]: item["S3Output"]["S3Uri"] for item in process["ProcessingOutputConfig"]["Outputs"]}
    labels = [int(line) for line in run.object(places["labels"] + "/labels.csv").read_text().split()]
    answer = Path(run.object(transform["TransformOutput"]["S3OutputPath"].rstrip("/") + "/features.csv.out"))
    predicted = [int(part) for part in answer.read_text().strip().strip("[]").replace("][", ",").split(",")]
    assert sum(a == b for a, b in zip(predicted, labels, strict=True)) / len(labels) > 0.85
