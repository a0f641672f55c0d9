"""Airflow on loopback that reads its DAGs as deploy/git-bundle.env says, and what tests ask of it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, aws_settings
from tests.e2e.deployed_airflow import Airflow, await_true
from tests.e2e.git_repository import GIT, TOKEN, GitServer, Repository, served_repository
from tests.local.support import HERE, ROLE, Server, running_server

BUNDLES = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
STORAGE = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH"
#: Nothing waits for minutes here.
QUICK = {
    "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "4",
    "AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL": "2",
}
#: The first task waits until the API server has loaded what it answers tasks with.
PATIENT = {"AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60"}


def shipped_settings() -> dict[str, str]:
    lines = (ROOT / "deploy" / "git-bundle.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def settings_of(url: str) -> dict[str, str]:
    """The shipped ones with another URL, and quicker; and the connection for a token."""
    shipped = shipped_settings()
    assert set(QUICK) <= set(shipped)
    (bundle,) = json.loads(shipped[BUNDLES])
    bundle["kwargs"] |= {"repo_url": url, "refresh_interval": 2}
    connection = {"conn_type": "git", "login": "x-access-token", "password": TOKEN}
    named = f"AIRFLOW_CONN_{bundle['kwargs']['git_conn_id'].upper()}"
    return {**shipped, **QUICK, BUNDLES: json.dumps([bundle]), named: json.dumps(connection)}


def installed_package(folder: Path) -> Path:
    """What `pip install` puts on a triggerer's machine, without what reads pipelines: whoever takes this for the
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

    def open(self, *runs: str) -> None:
        """Let a step go on that waits for the test."""
        for run in runs:
            (self.gates / run).touch()

    # What Airflow says

    def dags(self) -> set[str]:
        return {dag["dag_id"] for dag in self.airflow.listed("/api/v2/dags", "dags")}

    def commit(self, dag: str) -> str:
        """That the DAG's next run will have."""
        return str(self.airflow.call("GET", f"/api/v2/dags/{dag}")["bundle_version"])

    def versions(self, dag: str) -> int:
        return int(self.airflow.call("GET", f"/api/v2/dags/{dag}/dagVersions")["total_entries"])

    def run(self, dag: str, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.airflow.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")
        return found

    def states(self, dag: str, run: str) -> dict[str, str | None]:
        tasks = self.airflow.listed(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances", "task_instances")
        return {task["task_id"]: task["state"] for task in tasks}

    def has_failed_once(self, dag: str, run: str, task: str) -> bool:
        """It waits for another try, or is at one."""
        found = self.airflow.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}")
        return bool(found["state"] == "up_for_retry" or found["try_number"] > 1)

    def result(self, dag: str, run: str, task: str) -> Any:
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value?deserialize=true"
        return self.airflow.call("GET", path)["value"]

    def commits_of_tasks(self, run: str) -> set[str]:
        """Those that the run's tasks were read from, as their logs say."""
        files = (self.airflow.folder / "logs").glob(f"*/run_id={run}/**/*.log")
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines() if line.startswith("{")]
        return {line["bundle_version"] for line in lines if "bundle_prepare_ms" in line}

    def failed_refreshes(self) -> int:
        return self.airflow.log("dag-processor").count("Error refreshing bundle")

    # Waiting

    def await_commit(self, dag: str, commit: str, seconds: float = 60) -> None:
        def look() -> bool:
            return dag in self.dags() and self.commit(dag) == commit

        def otherwise() -> str:
            return f"no {dag} of {commit}: {self.dags()}, {self.airflow.import_errors()}"

        await_true(look, seconds, otherwise)

    def await_task(self, dag: str, run: str, task: str, *states: str, seconds: float = 90) -> None:
        def otherwise() -> str:
            return f"{task} is not {states}: {self.states(dag, run)}\n{self.airflow.task_log(run)}"

        await_true(lambda: self.states(dag, run).get(task) in states, seconds, otherwise)

    # What SageMaker was asked

    def jobs(self, dag: str, run: str, step: str) -> list[dict[str, Any]]:
        """The step's training jobs, by the place that they write to."""
        sagemaker = self.aws.sagemaker
        found = sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
        jobs = [sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"]) for job in found]
        prefix = f"s3://lab/{dag}/{run}-"
        return [
            job
            for job in jobs
            if job["OutputDataConfig"]["S3OutputPath"].startswith(prefix)
            and f"/{step}" in job["OutputDataConfig"]["S3OutputPath"]
        ]

    def uploaded(self, dag: str, run: str, name: str) -> str:
        """The text of the one object of the run whose key ends so."""
        (key,) = [key for key in self.aws.keys(f"{dag}/{run}-") if key.endswith(name)]
        return self.aws.get(key)


@contextmanager
def running_lab(folder: Path, files: Mapping[str, str], count: int) -> Iterator[Lab]:
    """A repository that holds the files, and an Airflow that has read `count` DAGs in it."""
    gates = folder / "gates"
    gates.mkdir()
    site = installed_package(folder / "installed")
    arguments = ("--images", str(HERE / "images.yaml"), "--stop-grace", "0.5", "--workers", "4")
    with served_repository(folder / "git") as (repository, server), running_server(folder / "aws", *arguments) as aws:
        repository.push(files)
        settings = {
            **settings_of(server.url),
            **PATIENT,
            **GIT,
            **aws_settings(aws.endpoint_url),
            STORAGE: str(folder / "bundles"),
            "AIRFLOW_CONN_AWS_SAGEMAKER": '{"conn_type": "aws"}',
            "AIRFLOW_VAR_S3_BUCKET": "lab",
            "AIRFLOW_VAR_ROLE": ROLE,
            "GATES": str(gates),
            "PYTHONPATH": str(site),
        }
        airflow = Airflow(folder / "airflow", folder / "none", settings)
        try:
            airflow.migrate()
            airflow.start("api-server", "scheduler", "triggerer")
            airflow.start("dag-processor", cwd=airflow.folder, **{STORAGE: str(folder / "bundles-of-the-processor")})
            airflow.await_ready(count)
            yield Lab(repository, server, airflow, aws, gates)
        finally:
            airflow.end_all()
