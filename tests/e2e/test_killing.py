"""A job outlives its task no longer than it should, and no task has two: a whole Airflow whose processes are killed.

SageMaker has a bad day meanwhile: a tenth of its answers are throttles, errors or no answers, by a seed.

Every scenario is a run of its own against the embedded SageMaker, and they run side by side where they can: starting
Airflow and waiting for its time limits is what takes the time.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import aws_settings
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

for name, deferrable, timeout, retries, delay in (
    ("on_worker", False, None, 2, 0),
    ("deferred", True, None, 2, 0),
    ("hurried", False, 6, 0, 0),
    ("hurried_deferred", True, 6, 0, 0),
    ("patient", False, None, 2, 30),
):
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1), max_active_runs=9, params={"seconds": 15}):
        TrainingOperator(
            task_id="job",
            aws_conn_id=None,
            region_name="us-east-1",
            retries=retries,
            retry_delay=timedelta(seconds=delay),
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

    def signal(self, run: str, number: signal.Signals) -> None:
        """To the first try's task, and to the worker that watches over it."""
        for process in reversed(self._processes(run)):
            os.kill(process, number)

    def alive(self, run: str) -> bool:
        """The first try's task still has its process."""
        status = Path(f"/proc/{self._processes(run)[0]}/stat")
        with contextlib.suppress(OSError):
            return status.read_text().rpartition(")")[2].split()[0] != "Z"
        return False

    def await_try(self, run: str, number: int) -> None:
        file = self.notes / f"{run}-{number}.json"
        await_true(file.exists, 60, lambda: f"{run} has no try {number}; {self.airflow.task_log(run)}")

    def _processes(self, run: str) -> list[int]:
        found: list[int] = json.loads((self.notes / f"{run}-1.json").read_text())
        return found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("killing")
    notes = folder / "notes"
    notes.mkdir()
    dags = folder / "dags"
    dags.mkdir()
    (dags / "dags.py").write_text(DAGS, encoding="utf-8")
    faults = json.dumps({"seed": 11, "rate": 0.1})
    arguments = ("--images", str(HERE / "images.yaml"), "--stop-grace", "0.5", "--workers", "8", "--faults", faults)
    with running_server(folder / "aws", *arguments) as aws:
        environment = {**aws_settings(aws.endpoint_url), "NOTES": str(notes)}
        with running_airflow(folder / "airflow", dags, 5, environment) as airflow:
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
            if state == "deferred":
                lab.airflow.await_trigger(run)
            (lab.airflow.mark_failed if what == "marked" else lab.airflow.clear)(dag, run)
    for dag in ("on_worker", "deferred"):
        run = f"{dag}-marked".replace("_", "")
        lab.await_jobs(run, "Stopped")
        assert lab.airflow.await_state(dag, run, "failed")
        run = f"{dag}-cleared".replace("_", "")
        lab.await_jobs(run, "Stopped", "InProgress")
        if dag == "deferred":
            lab.airflow.await_trigger(run, attempt=2)
        lab.airflow.mark_failed(dag, run)
        lab.await_jobs(run, "Stopped", "Stopped")
    lab.await_jobs("hurried", "Stopped")
    lab.await_jobs("hurrieddeferred", "Stopped")
    lab.airflow.await_state("hurried", "hurried", "failed")
    lab.airflow.await_state("hurried_deferred", "hurrieddeferred", "failed")


def test_killed_and_frozen_workers_and_triggerers_leave_one_job_that_succeeds(lab: Lab) -> None:
    lab.start("on_worker", "workerkilled", seconds=15)
    lab.start("on_worker", "workerfrozen", seconds=40)
    lab.start("deferred", "triggererkilled", seconds=15)
    for run in ("workerkilled", "workerfrozen"):
        lab.await_jobs(run, "InProgress")
        lab.airflow.await_state("on_worker", run, "running")
    lab.signal("workerkilled", signal.SIGKILL)
    lab.signal("workerfrozen", signal.SIGSTOP)
    lab.await_jobs("triggererkilled", "InProgress")
    lab.airflow.await_state("deferred", "triggererkilled", "deferred")
    lab.airflow.end("triggerer", signal.SIGTERM)
    assert lab.jobs("triggererkilled") == ["InProgress"], "a triggerer that shuts down stops no job"
    lab.airflow.start("triggerer")
    lab.await_try("workerfrozen", 2)
    lab.signal("workerfrozen", signal.SIGCONT)  # it comes back, and Airflow ends it: its place is taken
    for dag, run in (
        ("on_worker", "workerkilled"),
        ("on_worker", "workerfrozen"),
        ("deferred", "triggererkilled"),
    ):
        task = lab.airflow.await_state(dag, run, "success", "failed")
        assert task["state"] == "success", lab.airflow.task_log(run)
        assert task["try_number"] == (2 if dag == "on_worker" else 1)
        assert lab.jobs(run) == ["Completed"]
    assert not lab.alive("workerfrozen"), "the frozen one has been ended meanwhile"


def test_an_api_server_that_is_away_leaves_one_job_that_succeeds(lab: Lab) -> None:
    """Airflow needs its API server to start a try: without a delay, retries would be used up before it is back."""
    lab.start("patient", "apionworker", seconds=40)
    lab.start("deferred", "apideferred", seconds=40)
    for run in ("apionworker", "apideferred"):
        lab.await_jobs(run, "InProgress")
    lab.airflow.await_state("deferred", "apideferred", "deferred")
    lab.airflow.end("api-server")
    lab.airflow.end("triggerer")
    await_true(lambda: not lab.alive("apionworker"), 60, lambda: "Airflow ends a task that it cannot hear of")
    assert lab.jobs("apionworker") == ["InProgress"], "the job is left to the next try"
    lab.airflow.start("api-server", "triggerer")
    for dag, run in (("patient", "apionworker"), ("deferred", "apideferred")):
        task = lab.airflow.await_state(dag, run, "success", "failed", seconds=120)
        assert task["state"] == "success", lab.airflow.task_log(run)
        assert lab.jobs(run) == ["Completed"]
