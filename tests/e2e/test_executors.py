"""Celery and Kubernetes run pipelines unchanged: workers share nothing but the bundle's files and S3."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.e2e.deployed_airflow import await_true
from tests.e2e.workers import PODS, Workers, running_workers, signal_all
from tests.local.support import ECR

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

WEB = "https://archive.ics.uci.edu/ml/machine-learning-databases/iris/iris.data"
IRIS = (ROOT / "pipelines" / "iris-knn.yaml").read_text().replace(WEB, "s3://lab/raw/iris.data")
#: Which worker's queue a step of iris-knn is for.
STEPS = {"data_prep": "one", "train_model": "two", "create_model": "one", "test_model": "two", "quality": "one"}
#: A training job that lasts until a file is there, and a task that waits for it on its worker.
LONG = f"""\
name: long
params: {{end: /nothing}}
steps:
  job:
    type: train
    image: {ECR}/waiter
    hyperparameters: {{end: "{{{{ params.end }}}}"}}
    channels: {{train: s3://lab/raw/iris.data}}
    instance_type: ml.m5.large
    deferrable: false
    retries: 3
    retry_delay: 1s
"""
#: A step whose code lies beside its pipeline.
CODE = """\
name: code-beside
steps:
  job:
    type: process
    image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3
    script: code/tell.py
    instance_type: ml.m5.large
"""
PIPELINES = {
    "iris-knn": IRIS,
    "iris-knn-pods": IRIS.replace("name: iris-knn\n", "name: iris-knn-pods\n"),
    "long": LONG,
    "long-pods": LONG.replace("name: long\n", "name: long-pods\n"),
    "code-beside": CODE,
}
POLICY = f"""
def task_policy(task):
    if task.dag_id.endswith("-pods"):
        task.executor = {PODS!r}
    else:
        task.queue = {{"long": "both", "code-beside": "two"}}.get(task.dag_id) or {STEPS!r}[task.task_id]
"""


RUN = "first"


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    command = [sys.executable, "-c", "import airflow.providers.celery.executors.celery_executor_utils"]
    home = tmp_path_factory.mktemp("home")
    found = subprocess.run(command, env={**os.environ, "AIRFLOW_HOME": str(home)}, capture_output=True, text=True)
    if found.returncode:
        pytest.skip(f"Airflow's Celery provider cannot be used here: {found.stderr.splitlines()[-1]}")
    with running_workers(tmp_path_factory.mktemp("executors"), PIPELINES, POLICY) as running:
        for dag in PIPELINES:
            running.airflow.trigger(dag, RUN, **({"end": str(running.root / dag)} if dag.startswith("long") else {}))
        yield running


def await_success(workers: Workers, dag: str) -> None:
    ended = ("success", "failed")
    await_true(lambda: workers.airflow.run_state(dag, RUN) in ended, 150, lambda: f"{dag}\n{workers.logs()}")
    assert workers.airflow.run_state(dag, RUN) == "success", workers.logs()


def await_running(workers: Workers, dag: str, number: int) -> None:
    """Until the task that waits for its job has got so far in its try of this number."""

    def look() -> bool:
        task = workers.airflow.task(dag, RUN)
        return (task["state"], task.get("try_number")) == ("running", number) and bool(workers.jobs(f"{dag}-job"))

    await_true(look, 120, lambda: f"{dag}: {workers.airflow.task(dag, RUN)}\n{workers.logs()}")


def test_the_steps_of_a_run_alternate_between_two_workers(workers: Workers) -> None:
    await_success(workers, "iris-knn")
    tasks = workers.tasks("iris-knn", RUN)
    assert {name: workers.place(task) for name, task in tasks.items()} == STEPS
    written = [
        key for key in workers.aws.keys("iris-knn/") if key.endswith(("model.tar.gz", "report.json", "test.out"))
    ]
    assert written


def test_code_beside_a_pipeline_is_that_of_the_worker_that_starts_the_job(workers: Workers) -> None:
    await_success(workers, "code-beside")
    (key,) = (key for key in workers.aws.keys("code-beside/") if key.endswith("tell.py"))
    assert workers.aws.get(key) == "print('two')\n"


def test_a_try_on_another_worker_goes_on_with_the_job_of_a_worker_that_is_gone(workers: Workers) -> None:
    await_success(workers, "iris-knn")
    await_success(workers, "code-beside")
    await_running(workers, "long", 1)
    gone = workers.place(workers.airflow.task("long", RUN))
    workers.kill(gone)
    await_running(workers, "long", 2)
    other = workers.place(workers.airflow.task("long", RUN))
    assert {gone, other} == {"one", "two"}
    assert workers.jobs("long-job") == ["InProgress"]
    (workers.root / "long").touch()
    await_success(workers, "long")
    assert workers.jobs("long-job") == ["Completed"]


def test_a_pod_that_is_evicted_leaves_its_job_to_the_next_one(workers: Workers) -> None:
    """First it is told to end, and a while later it is killed."""
    await_running(workers, "long-pods", 1)
    (pod,) = workers.pods("long-pods")
    signal_all(pod, signal.SIGTERM)
    await_true(lambda: "left to the task's next try" in (pod / "log").read_text(), 30, workers.logs)
    assert workers.jobs("long-pods-job") == ["InProgress"]
    signal_all(pod)
    await_running(workers, "long-pods", 2)
    assert workers.jobs("long-pods-job") == ["InProgress"]
    (workers.root / "long-pods").touch()
    await_success(workers, "long-pods")
    assert workers.jobs("long-pods-job") == ["Completed"]
    assert len(workers.pods("long-pods")) == 2


def test_every_try_and_every_way_back_from_the_triggerer_may_have_a_pod_of_its_own(workers: Workers) -> None:
    await_success(workers, "iris-knn-pods")
    tasks = [pod.name.split(".")[1] for pod in workers.pods("iris-knn-pods")]
    assert set(tasks) == set(STEPS)
    assert tasks.count("train_model") == 2, "one that starts the job, one that takes its result"
    left = [
        path for pod in workers.pods("iris-knn-pods") for place in ("tmp", "work") for path in (pod / place).iterdir()
    ]
    assert not left


def test_bundles_that_are_read_only_stay_as_they_were(workers: Workers) -> None:
    """What a worker keeps of pipelines, it keeps in its own AIRFLOW_HOME, unless it is told to keep nothing."""
    await_success(workers, "iris-knn")
    await_success(workers, "iris-knn-pods")
    kept = {name: (workers.root / name / "airflow" / "mlpipelines-cache").exists() for name in ("one", "two")}
    assert kept == {"one": True, "two": False}
    for name in ("two", "pods"):
        assert workers.bundles[name].files() == workers.snapshots[name]
