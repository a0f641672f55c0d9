"""Other pipelines on this machine: other data and algorithms, own images, and everything that goes wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.workspace import Workspace, processes_of, served

pytestmark = pytest.mark.e2e

HOUSES = """\
name: {name}
description: Predict a price, written from the README alone.
params:
  rounds: {{default: 20, type: integer, minimum: 1}}
steps:
  data_prep:
    type: prepare
    dataset: {url}/houses.csv
    target: price
    drop: [id]
    missing: {{area: {{fill: median}}}}
    split: {{train: 0.6, validation: 0.2, test: 0.2}}
    seed: 7
  train_model:
    type: train
    algorithm: xgboost
    hyperparameters: {{num_round: "{{{{ params.rounds }}}}", objective: "reg:squarederror", eta: 0.30, max_depth: 4}}
    channels: {{train: "${{data_prep.train}}", validation: "${{data_prep.validation}}"}}
    instance_type: ml.m5.xlarge
    max_runtime: 10m
  create_model: {{type: model, artifact: "${{train_model.artifact}}"}}
  predict:
    type: transform
    model: ${{create_model.name}}
    input: ${{data_prep.test_features}}
    instance_type: ml.m5.large
  quality:
    type: evaluate
    predictions: ${{predict.predictions}}
    labels: ${{data_prep.test_labels}}
    task: regression
"""


def houses(folder: Path) -> None:
    lines = ["id,area,rooms,price"]
    for row in range(500):
        area, rooms = 40 + row * 37 % 160, 1 + row * 13 % 6
        lines.append(f"{row},{'' if row % 50 == 0 else area},{rooms},{area * 3.5 + rooms * 20}")
    (folder / "houses.csv").write_text("\n".join(lines) + "\n")


def test_another_dataset_with_another_algorithm(workspace: Workspace, data: Path) -> None:
    houses(data)
    with served(data) as url:
        run = workspace.run(workspace.add("houses", HOUSES.format(name="houses", url=url)), "--param", "rounds=60")
    assert run.status == 0, run.result
    assert run.result["outputs"]["quality"]["rows"] == 100
    assert run.result["metrics"]["quality"]["r2"] > 0.9
    hyperparameters = run.requests()[0]["request"]["HyperParameters"]
    assert hyperparameters == {"num_round": "60", "objective": "reg:squarederror", "eta": "0.30", "max_depth": "4"}


OWN_IMAGE = """\
name: {name}
steps:
  train_model:
    type: train
    image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/mine:1
    hyperparameters: {{mode: {mode}}}
    channels: {{train: s3://my-bucket/data/train.csv}}
    instance_type: ml.m5.large
    max_runtime: 5m
  create_model: {{type: model, artifact: "${{train_model.artifact}}"}}
"""
PROGRAM = """\
import json, os, pathlib, sys, time
root = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
mode = json.loads((root / "input/config/hyperparameters.json").read_text())["mode"]
print("rows", len((root / "input/data/train/train.csv").read_text().split()), flush=True)
if mode == "crash":
    raise SystemExit("the algorithm fell over")
if mode == "sleep":
    time.sleep(300)
(root / "model" / "weights.txt").write_text(mode)
"""


@pytest.fixture
def own_image(workspace: Workspace, data: Path) -> str:
    """A command of one's own for an image, and the option that puts its data into the local S3."""
    program = workspace.root / "mine.py"
    program.write_text(PROGRAM)
    (workspace.root / "images.yaml").write_text(f'"*/mine:*": [{sys.executable}, {program}]\n')
    (data / "train.csv").write_text("1,2\n3,4\n")
    return f"{data / 'train.csv'}=s3://my-bucket/data/train.csv"


def test_an_image_of_ones_own_runs_as_a_command(workspace: Workspace, own_image: str) -> None:
    run = workspace.run(workspace.add("mine", OWN_IMAGE.format(name="mine", mode="fine")), "--put", own_image)
    assert run.status == 0, run.result
    assert any("rows 2" in file.read_text() for file in (run.folder / "logs").iterdir())


def test_an_algorithm_that_crashes_fails_the_run_with_its_words(workspace: Workspace, own_image: str) -> None:
    file = workspace.add("crash", OWN_IMAGE.format(name="crash", mode="crash"))
    process = workspace.start(file, "--put", own_image)
    stdout, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "the algorithm fell over" in stdout
    assert "upstream_failed" in stdout


def test_data_that_is_not_in_the_local_s3_says_how_to_put_it_there(workspace: Workspace, own_image: str) -> None:
    process = workspace.start(workspace.add("no-data", OWN_IMAGE.format(name="no-data", mode="fine")))
    stdout, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "No S3 objects found" in stdout
    assert "s3://my-bucket/data/train.csv" in stdout
    assert "--put" in stdout


def test_an_unknown_image_says_how_to_map_it(workspace: Workspace, own_image: str) -> None:
    file = workspace.add("unmapped", OWN_IMAGE.format(name="unmapped", mode="fine").replace("/mine:1", "/other:1"))
    process = workspace.start(file, "--put", own_image)
    stdout, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "images.yaml" in stdout
    assert "other:1" in stdout


FAILING = """\
name: {name}
steps:
  data_prep: {{type: prepare, dataset: "{url}", target: species, attempts: 1, read_timeout: 1s, {more}}}
  later:
    type: train
    algorithm: knn
    hyperparameters: {{predictor_type: classifier, k: 3, sample_size: 9, feature_dim: 1}}
    channels: {{train: "${{data_prep.train}}"}}
    instance_type: ml.m5.large
"""


@pytest.mark.parametrize(
    ("name", "content", "more", "words"),
    [
        ("missing", None, "seed: 1", ["404", "missing.csv"]),
        ("checksum", "a,species\n1,x\n2,y\n", f"sha256: '{'0' * 64}'", ["sha256", "changed or is damaged"]),
        ("ragged", "a,species\n1,x\n2,y,z\n3,x\n", "classes: auto", ["line 3"]),
        ("target", "a,kind\n1,x\n2,y\n", "classes: auto", ["species", "kind"]),
    ],
)
def test_bad_data_fails_with_its_reason(
    workspace: Workspace, data: Path, name: str, content: str | None, more: str, words: list[str]
) -> None:
    if content is not None:
        (data / f"{name}.csv").write_text(content)
    with served(data) as url:
        file = workspace.add(name, FAILING.format(name=name, url=f"{url}/{name}.csv", more=more))
        process = workspace.start(file)
        stdout, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert [word for word in words if word.lower() not in stdout.lower()] == []
    assert "upstream_failed" in stdout


def test_a_port_that_is_taken_is_said(workspace: Workspace) -> None:
    file = workspace.add("mine", OWN_IMAGE.format(name="mine", mode="fine"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = workspace.start(file, "--port", str(port))
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == 2
    assert f"port {port}" in stderr
    assert "Traceback" not in stderr
    assert processes_of(workspace.root) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_an_interrupted_run_leaves_no_process_and_no_artifact(
    workspace: Workspace, own_image: str, number: signal.Signals
) -> None:
    """Ctrl-C, the kind end and the unkind one, in the middle of a training job."""
    name = f"sleep-{number.name.lower()}"
    process = workspace.start(workspace.add(name, OWN_IMAGE.format(name=name, mode="sleep")), "--put", own_image)
    _until(lambda: any("mine.py" in command for command in _commands(workspace.root)), process)
    os.kill(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == (-9 if number is signal.SIGKILL else 130)
    _until(lambda: processes_of(workspace.root) == [])
    if number is not signal.SIGKILL:
        assert list((workspace.root / ".mlpipelines" / "runs" / name).iterdir()) == []


def _commands(root: Path) -> list[str]:
    commands = []
    for pid in processes_of(root):
        try:
            commands.append(Path(f"/proc/{pid}/cmdline").read_text())
        except OSError:
            continue
    return commands


def _until(happened, process: subprocess.Popen[str] | None = None, seconds: float = 90) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it has not happened in time"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.1)
