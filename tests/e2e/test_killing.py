"""A job outlives its task no longer than it should, and no task has two: a whole Airflow whose processes are killed.

SageMaker has a bad day meanwhile: a tenth of its answers are throttles, errors or no answers, by a seed.

Every scenario is a run of its own against the embedded SageMaker, and they run side by side where they can: starting
Airflow and waiting for its time limits is what takes the time.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.deployed_airflow import Airflow, await_true, running_airflow
from tests.local.support import HERE, Server, running_server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

DAGS = '''
import json, os, pathlib
from datetime import datetime, timedelta
from airflow.sdk import DAG
from mlpipelines.runtime.operators import TrainingOperator

def note_process(context):
    """The test kills these two: the task, and the worker that watches over it."""
    file = pathlib.Path(os.environ["NOTES"], f"{context['run_id']}-{context['ti'].try_number}.json")
    file.write_text(json.dumps([os.getpid(), os.getppid()]))

for name, deferrable, timeout, retries in (
    ("on_worker", False, None, 2),
    ("deferred", True, None, 2),
    ("hurried", False, 6, 0),
    ("hurried_deferred", True, 6, 0),
):
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=9, params={"seconds": 15}):
        TrainingOperator(
            task_id="job",
            aws_conn_id=None,
            region_name="us-east-1",
            retries=retries,
            retry_delay=timedelta(seconds=0),
            execution_timeout=timeout and timedelta(seconds=timeout),
            deferrable=deferrable,
            check_interval=1,
            print_log=False,
            on_execute_callback=note_process,
            config={
                "TrainingJobName": "{{ run_id }}-{{ ti.try_number }}",
                "RoleArn": "arn:aws:iam::123456789012:role/mlpipelines-local",
                "AlgorithmSpecification": {
                    "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/sleeper",
                    "TrainingInputMode": "File",
                },
                "HyperParameters": {"seconds": "{{ params.seconds }}"},
                "OutputDataConfig": {"S3OutputPath": "s3://lab/out"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 300},
            },
        )
'''


@dataclass
class Lab:
    airflow: Airflow
    aws: Server
    notes: Path

    def jobs(self, run: str) -> list[str]:
        """The statuses of a run's jobs, in the order in which they were created."""
        found = self.aws.sagemaker.list_training_jobs(NameContains=f"{run}-", MaxResults=100)["TrainingJobSummaries"]
        return [job["TrainingJobStatus"] for job in sorted(found, key=lambda job: str(job["CreationTime"]))]

    def start(self, dag: str, *runs: str, **conf: Any) -> None:
        for run in runs:
            self.airflow.trigger(dag, run, **conf)

    def await_jobs(self, run: str, *statuses: str, seconds: float = 60) -> None:
        def log() -> str:
            return f"{run}: {self.jobs(run)}, not {statuses}; {self.airflow.task_log(run)}"

        await_true(lambda: self.jobs(run) == list(statuses), seconds, log)

    def processes(self, run: str, of_try: int = 1) -> list[int]:
        found: list[int] = json.loads((self.notes / f"{run}-{of_try}.json").read_text())
        return found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("killing")
    notes = folder / "notes"
    notes.mkdir()
    faults = json.dumps({"seed": 11, "rate": 0.1})
    arguments = ("--images", str(HERE / "images.yaml"), "--stop-grace", "0.5", "--workers", "8", "--faults", faults)
    with running_server(folder / "aws", *arguments) as aws:
        environment = {
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NOTES": str(notes),
        }
        with running_airflow(folder / "airflow", DAGS, 4, environment) as airflow:
            yield Lab(airflow, aws, notes)


def test_what_a_user_ends_ends_its_job(lab: Lab) -> None:
    """Marked failed, cleared and out of time, on the worker and deferred."""
    for dag in ("on_worker", "deferred"):
        lab.start(dag, f"{dag}-marked".replace("_", ""), f"{dag}-cleared".replace("_", ""), seconds=600)
    lab.start("hurried", "hurried", seconds=600)
    lab.start("hurried_deferred", "hurrieddeferred", seconds=600)
    for dag, state in (("on_worker", "running"), ("deferred", "deferred")):
        for what in ("marked", "cleared"):
            run = f"{dag}-{what}".replace("_", "")
            lab.await_jobs(run, "InProgress")
            lab.airflow.await_state(dag, run, state)
            (lab.airflow.mark_failed if what == "marked" else lab.airflow.clear)(dag, run)
    for dag in ("on_worker", "deferred"):
        run = f"{dag}-marked".replace("_", "")
        lab.await_jobs(run, "Stopped")
        assert lab.airflow.await_state(dag, run, "failed")
        run = f"{dag}-cleared".replace("_", "")
        lab.await_jobs(run, "Stopped", "InProgress")
        lab.airflow.mark_failed(dag, run)
        lab.await_jobs(run, "Stopped", "Stopped")
    lab.await_jobs("hurried", "Stopped")
    lab.await_jobs("hurrieddeferred", "Stopped")
    lab.airflow.await_state("hurried", "hurried", "failed")
    lab.airflow.await_state("hurried_deferred", "hurrieddeferred", "failed")


def test_a_killed_worker_and_a_killed_triggerer_leave_one_job_that_succeeds(lab: Lab) -> None:
    lab.start("on_worker", "workerkilled", seconds=15)
    lab.start("deferred", "triggererkilled", seconds=15)
    lab.await_jobs("workerkilled", "InProgress")
    lab.airflow.await_state("on_worker", "workerkilled", "running")
    for process in reversed(lab.processes("workerkilled")):
        os.kill(process, signal.SIGKILL)
    lab.await_jobs("triggererkilled", "InProgress")
    lab.airflow.await_state("deferred", "triggererkilled", "deferred")
    lab.airflow.end("triggerer", signal.SIGTERM)
    assert lab.jobs("triggererkilled") == ["InProgress"], "a triggerer that shuts down stops no job"
    lab.airflow.start("triggerer")
    assert lab.airflow.await_state("on_worker", "workerkilled", "success", "failed")["try_number"] == 2
    assert lab.airflow.await_state("deferred", "triggererkilled", "success", "failed")["state"] == "success"
    assert lab.jobs("workerkilled") == ["Completed"]
    assert lab.jobs("triggererkilled") == ["Completed"]


def test_an_api_server_that_goes_away_leaves_one_job_that_succeeds(lab: Lab) -> None:
    lab.start("on_worker", "apionworker", seconds=20)
    lab.start("deferred", "apideferred", seconds=20)
    for run in ("apionworker", "apideferred"):
        lab.await_jobs(run, "InProgress")
    lab.airflow.await_state("deferred", "apideferred", "deferred")
    lab.airflow.end("api-server")
    lab.airflow.end("triggerer")
    lab.airflow.start("api-server", "triggerer")
    for dag, run in (("on_worker", "apionworker"), ("deferred", "apideferred")):
        assert lab.airflow.await_state(dag, run, "success", "failed", seconds=120)["state"] == "success"
        assert lab.jobs(run) == ["Completed"]
