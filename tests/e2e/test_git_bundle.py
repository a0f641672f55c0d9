"""`git push` deploys: Airflow's own GitDagBundle, as deploy/git-bundle.env sets it up, from a repository that asks for a
token, against the embedded SageMaker.

The packages are installed beside it as they are on a triggerer's machine: an older version, which tasks must not take.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.git_deployment import Lab, running_lab

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

DEFAULTS = (ROOT / "pipelines" / "defaults.yaml").read_text(encoding="utf-8")
#: Held in its first step; everything behind it comes later than a push.
FLOWERS = """\
name: flowers
schedule: null
steps:
  held: {{type: python, function: gates.wait, arguments: {{gate: "{{{{ dag_run.run_id }}}}"}}}}
  data_prep:
    type: prepare
    dataset: s3://lab/raw/flowers.csv
    target: species
    classes: auto
    split: {{train: 0.7, test: 0.3}}
    after: held
  said: {{type: python, function: gates.version, after: held}}
  note:
    type: process
    image: 257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3
    script: code/note.py
    instance_type: ml.m5.large
    poll_interval: 1s
    after: held
  train_model:
    type: train
    algorithm: knn
    hyperparameters: {{predictor_type: classifier, feature_dim: 2, k: {k}, sample_size: 60}}
    channels: {{train: "${{data_prep.train}}"}}
    instance_type: ml.m5.large
    poll_interval: 1s
"""
GATES = """\
import os, time
from pathlib import Path

def wait(gate):
    while not Path(os.environ["GATES"], gate).exists():
        time.sleep(0.2)
    return {{"version": "{word}"}}

def version():
    return {{"version": "{word}"}}
"""
SLOW = """\
name: slow
schedule: null
params: {seconds: 600}
steps:
  job:
    type: train
    image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/sleeper
    hyperparameters: {seconds: "{{ params.seconds }}"}
    channels: {train: s3://lab/raw/}
    instance_type: ml.m5.large
    poll_interval: 1s
"""


def of_version(word: str, k: int) -> dict[str, str | None]:
    return {
        "pipelines/flowers.yaml": FLOWERS.format(k=k),
        "pipelines/code/note.py": f"print('noted by {word}')\n",
        "dags/callables/gates.py": GATES.format(word=word),
    }
