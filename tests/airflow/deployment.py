"""A deployed project in a folder of its own, and what a fresh Airflow process sees in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

#: Prints {"dags": {id: serialized DAG}, "errors": {file: text}, "built": [...]} of a DAG folder.
SCRIPT = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
bag = DagBag(sys.argv[1])
dags = {name: DagSerialization.to_dict(dag) for name, dag in bag.dags.items()}
print("RESULT " + json.dumps({"dags": dags, "errors": {str(k): v for k, v in bag.import_errors.items()}}, default=str))
"""


class Deployment:
    """The four folders of a deployment, copied; `pipelines` starts empty."""

    def __init__(self, root: Path) -> None:
        self.root = root
        ignore = shutil.ignore_patterns("__pycache__", "local")
        for folder in ("dags", "schemas", "templates"):
            shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
        self.pipelines = root / "pipelines"
        self.pipelines.mkdir()
        shutil.copy(ROOT / "pipelines" / "defaults.yaml", self.pipelines)

    def add(self, name: str, text: str) -> Path:
        file = self.pipelines / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    def dagbag(self, **environment: str) -> dict[str, Any]:
        """What Airflow's DagBag finds, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(self.root / "dags")],
            env=clean_environment(self.root) | environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        assert lines, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(lines[0].removeprefix("RESULT "))
        return result


def clean_environment(home: Path) -> dict[str, str]:
    """This process's environment without its own Airflow and AWS settings, and a private AIRFLOW_HOME."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "AWS", "PYTHONPATH"))}
    dags = str(home / "dags")
    return {
        **kept,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": dags,
        "PYTHONPATH": dags,
    }


PIPELINE = """\
name: {name}
steps:
  data_prep: {{type: prepare, dataset: https://example.com/a.csv, target: y}}
  train_model:
    type: train
    algorithm: knn
    hyperparameters: {{k: 3, sample_size: 150, predictor_type: classifier, feature_dim: 4}}
    channels: {{train: "${{data_prep.train}}"}}
    instance_type: ml.m5.large
"""
