"""Airflow on loopback that reads its DAGs as deploy/git-bundle.env says, and what a test asks it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, aws_settings
from tests.e2e.deployed_airflow import Airflow, await_true, running_airflow
from tests.e2e.git_repository import GIT, TOKEN, GitServer, Repository, served_repository
from tests.local.support import HERE, ROLE, Server, running_server

BUNDLES = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
#: Nothing waits for minutes here.
QUICK = {
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "2",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "4",
    "AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL": "2",
}


def shipped_settings() -> dict[str, str]:
    lines = (ROOT / "deploy" / "git-bundle.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def settings_of(url: str, storage: Path) -> dict[str, str]:
    """The shipped ones with another URL, and quicker."""
    shipped = shipped_settings()
    assert set(QUICK) <= set(shipped)
    (bundle,) = json.loads(shipped[BUNDLES])
    bundle["kwargs"] |= {"repo_url": url, "refresh_interval": 2}
    connection = {"conn_type": "git", "login": "x-access-token", "password": TOKEN}
    return {
        **shipped,
        **QUICK,
        BUNDLES: json.dumps([bundle]),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(storage),
        f"AIRFLOW_CONN_{bundle['kwargs']['git_conn_id'].upper()}": json.dumps(connection),
    }


def installed_package(folder: Path) -> Path:
    """What `pip install` puts on the machine of a triggerer, without what reads pipelines: whoever takes this for the
    package of a run's own version does not get far."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(next((folder / "dist").glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    (folder / "site" / "mlpipelines" / "loader.py").unlink()
    return folder / "site"


@dataclass
class Lab:
    repository: Repository
    server: GitServer
    airflow: Airflow
    aws: Server
    gates: Path
    storage: Path

    def open(self, gate: str) -> None:
        (self.gates / gate).touch()

    # What Airflow says

    def dags(self) -> set[str]:
        return {dag["dag_id"] for dag in self.airflow.call("GET", "/api/v2/dags?limit=100")["dags"]}

    def version(self, dag: str) -> str:
        """The commit that the next run will have."""
        found: str = self.airflow.call("GET", f"/api/v2/dags/{dag}")["bundle_version"]
        return found

    def import_errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.airflow.call("GET", "/api/v2/importErrors")["import_errors"]
        return found

    def run(self, dag: str, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.airflow.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")
        return found

    def tasks(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        found = self.airflow.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in found}

    def result(self, dag: str, run: str, task: str) -> Any:
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value?deserialize=true"
        return self.airflow.call("GET", path)["value"]

    def versions_in_logs(self, run: str) -> set[str]:
        """Of the commits that the run's tasks were read from."""
        files = (self.airflow.folder / "logs").glob(f"*/run_id={run}/**/*.log")
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines() if line.startswith("{")]
        return {line["bundle_version"] for line in lines if "bundle_prepare_ms" in line}

    # Waiting

    def await_version(self, dag: str, version: str, seconds: float = 60) -> None:
        def look() -> bool:
            return dag in self.dags() and self.version(dag) == version

        await_true(look, seconds, lambda: f"{dag} is not of {version}; {self.dags()}; {self.import_errors()}")

    def await_run(self, dag: str, run: str, *states: str, seconds: float = 120) -> None:
        def look() -> bool:
            return self.run(dag, run)["state"] in states

        def otherwise() -> str:
            tasks = {name: task["state"] for name, task in self.tasks(dag, run).items()}
            return f"{dag} {run} is {self.run(dag, run)['state']}: {tasks}\n{self.airflow.task_log(run)}"

        await_true(look, seconds, otherwise)

    def await_task(self, dag: str, run: str, task: str, state: str, seconds: float = 90) -> None:
        await_true(
            lambda: self.tasks(dag, run)[task]["state"] == state,
            seconds,
            lambda: f"{task} of {run} is {self.tasks(dag, run)[task]}\n{self.airflow.task_log(run)}",
        )

    # What SageMaker was asked

    def jobs(self, dag: str, run: str, step: str) -> list[dict[str, Any]]:
        """The descriptions of the training jobs of a step of a run, by the place that they write to."""
        found = self.aws.sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
        names = [job["TrainingJobName"] for job in found]
        jobs = [self.aws.sagemaker.describe_training_job(TrainingJobName=name) for name in names]
        place = f"/{dag}/{run}/{step}/"
        return [job for job in jobs if place in f"{job['OutputDataConfig']['S3OutputPath']}/"]


@contextmanager
def running_lab(folder: Path, files: dict[str, str], dags: int) -> Iterator[Lab]:
    """A repository with the files and an Airflow that has read them; `dags` are in them."""
    gates, storage = folder / "gates", folder / "bundles"
    gates.mkdir()
    packages = installed_package(folder / "installed")
    arguments = ("--images", str(HERE / "images.yaml"), "--stop-grace", "0.5", "--workers", "4")
    with served_repository(folder / "git") as (repository, server), running_server(folder / "aws", *arguments) as aws:
        repository.push_files({**files})
        environment = {
            **settings_of(server.url, storage),
            **aws_settings(aws.endpoint_url),
            **GIT,
            "AIRFLOW_CONN_AWS_SAGEMAKER": '{"conn_type": "aws"}',
            "AIRFLOW_VAR_S3_BUCKET": "lab",
            "AIRFLOW_VAR_ROLE": ROLE,
            "GATES": str(gates),
            "PYTHONPATH": str(packages),
        }
        with running_airflow(folder / "airflow", "", dags, environment) as airflow:
            yield Lab(repository, server, airflow, aws, gates, storage)
