"""What Airflow's own API server shows of a task's links: the UI shows those that are not null."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.airflow.deployment import Deployment, clean_environment
from tests.conftest import ROOT

pytestmark = pytest.mark.airflow

SCORES = """\
name: scores
steps:
  quality:
    type: evaluate
    predictions: s3://bucket/p/
    labels: s3://bucket/labels.csv
    output: s3://bucket/quality of it
  classes:
    type: evaluate
    predictions: s3://bucket/labels.csv.out
    labels: s3://bucket/labels.csv
    output: s3://bucket/classes
"""
EXECUTION = "arn:aws:sagemaker:us-east-2:123456789012:pipeline/flowers/execution/elsewhere"
_MACHINE = "instance_type: ml.m5.large, poll_interval: 1s"
_IMAGE = "image: 123456789012.dkr.ecr.us-east-2.amazonaws.com/x:1"
_TRAIN = f"type: train, {_IMAGE}, channels: {{train: s3://lab/x}}, {_MACHINE}"
#: A step of every type that AWS's console shows something of.
JOBS = f"""\
name: jobs
defaults: {{retries: 0}}
steps:
  train: {{{_TRAIN}, name: train-1}}
  waits: {{{_TRAIN}, name: waits-1, deferrable: false}}
  fails: {{{_TRAIN}, name: fails-1}}
  fails_here: {{{_TRAIN}, name: fails-here-1, deferrable: false}}
  refused: {{{_TRAIN}, name: refused-1}}
  process: {{type: process, {_IMAGE}, command: [run], {_MACHINE}, name: process-1}}
  transform: {{type: transform, model: flowers, input: s3://lab/x, {_MACHINE}, name: transform-1}}
  tune:
    {{type: tune, {_IMAGE}, channels: {{train: s3://lab/x}}, {_MACHINE}, name: tune-1, max_jobs: 2, strategy: Random,
     minimize: loss, metrics: {{loss: "loss=(.*)"}}, ranges: {{depth: {{integer: [1, 5]}}}}}}
  automl: {{type: automl, input: s3://lab/x.csv, target: y, name: automl-1, poll_interval: 1s}}
  model: {{type: model, {_IMAGE}, artifact: s3://lab/model.tar.gz, name: model-1}}
  config: {{type: endpoint_config, model: flowers, instance_type: ml.m5.large, name: config-1}}
  endpoint: {{type: endpoint, config: flowers, name: live-1, poll_interval: 1s}}
  pipeline: {{type: pipeline, pipeline: flowers, poll_interval: 1s}}
  notebook: {{type: notebook, action: create, name: lab-1, instance_type: ml.t3.medium, poll_interval: 1s}}
  wait: {{type: wait, kind: training, job: train-elsewhere, poll_interval: 1s}}
  wait_pipeline: {{type: wait, kind: pipeline, job: "{EXECUTION}-2", poll_interval: 1s}}
  stop: {{type: stop_pipeline, execution: "{EXECUTION}", poll_interval: 1s}}
"""
LOCAL = f"""\
name: local
steps:
  train: {{{_TRAIN}, name: train-2}}
  model: {{type: model, {_IMAGE}, artifact: s3://lab/model.tar.gz, name: model-2}}
"""
HOST = "https://us-east-2.console.aws.amazon.com"
PAGE = f"{HOST}/sagemaker/home?region=us-east-2#"
GROUP = f"{HOST}/cloudwatch/home?region=us-east-2#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252F"
FILTER = "$3FlogStreamNameFilter$3D"


def job(page: str, group: str, beginning: str) -> dict[str, str | None]:
    return {"AWS console": f"{PAGE}/{page}", "CloudWatch logs": f"{GROUP}{group}{FILTER}{beginning}"}


def jobs(beginning: str) -> dict[str, str | None]:
    return {
        f"CloudWatch logs of {kind.lower()}": f"{GROUP}{kind}Jobs{FILTER}{beginning}"
        for kind in ("Training", "Processing", "Transform")
    }


#: Task -> its links; those of executions begin with what a run makes up.
LINKS = {
    "train": job("jobs/train-1", "TrainingJobs", "train-1$252F"),
    "waits": job("jobs/waits-1", "TrainingJobs", "waits-1$252F"),
    "fails": job("jobs/fails-1", "TrainingJobs", "fails-1$252F"),
    "fails_here": job("jobs/fails-here-1", "TrainingJobs", "fails-here-1$252F"),
    "refused": {"AWS console": None, "CloudWatch logs": None},
    "process": job("processing-jobs/process-1", "ProcessingJobs", "process-1$252F"),
    "transform": job("transform-jobs/transform-1", "TransformJobs", "transform-1$252F"),
    "tune": job("hyper-tuning-jobs/tune-1", "TrainingJobs", "tune-1-"),
    "automl": jobs("automl-1-"),
    "model": {"AWS console": f"{PAGE}/models/model-1"},
    "config": {"AWS console": f"{PAGE}/endpointConfig/config-1"},
    "endpoint": {"AWS console": f"{PAGE}/endpoints/live-1", "CloudWatch logs": f"{GROUP}Endpoints$252Flive-1"},
    "notebook": job("notebook-instances/lab-1", "NotebookInstances", "lab-1$252F"),
    "wait": job("jobs/train-elsewhere", "TrainingJobs", "train-elsewhere$252F"),
    "wait_pipeline": jobs("pipelines-elsewhere-2-"),
    "stop": jobs("pipelines-elsewhere-"),
}
DEFERRED = ("train", "fails", "process", "transform", "tune", "automl", "endpoint")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **credentials)
    client.create_bucket(Bucket="bucket")
    for key, text in {"p/a.out": "0.2\n0.9\n0.4\n", "labels.csv": "0\n1\n1\n", "labels.csv.out": "0\n1\n1\n"}.items():
        client.put_object(Bucket="bucket", Key=key, Body=text)
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, s3: str) -> dict[str, Any]:
    """What linked_runs prints."""
    folder = tmp_path_factory.mktemp("links")
    deployment = Deployment(folder)
    for name, text in {"scores": SCORES, "jobs": JOBS, "local": LOCAL}.items():
        deployment.add(name, text)
    environment = clean_environment(folder)
    environment |= {
        "PYTHONPATH": f"{environment['PYTHONPATH']}:{ROOT}",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW_CONN_AWS-SAGEMAKER": '{"conn_type": "aws"}',
        "AIRFLOW_VAR_ROLE": "arn:aws:iam::123456789012:role/lab",
        "AIRFLOW_VAR_S3_BUCKET": "bucket",
        "AWS_ENDPOINT_URL": s3,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "MPLCONFIGDIR": str(folder),
        "EXECUTION": EXECUTION,
    }
    command = [sys.executable, "-m", "tests.airflow.linked_runs", str(folder / "dags" / "load_pipelines.py")]
    done = subprocess.run(
        [*command, "scores", "jobs", "local"],
        env=environment, capture_output=True, text=True, timeout=240, cwd=folder,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stdout[-6000:] + done.stderr[-6000:]
    result: dict[str, Any] = json.loads(lines[0].removeprefix("RESULT "))
    return result


def test_the_runs_were_as_planned(found: dict[str, Any]) -> None:
    failed = {name for name, state in found["states"].items() if state == "failed"}
    assert failed == {"jobs.fails", "jobs.fails_here", "jobs.refused"}
    assert set(found["states"].values()) == {"failed", "success"}


@pytest.mark.parametrize("task", LINKS)
def test_the_ui_links_the_job_and_its_logs(found: dict[str, Any], task: str) -> None:
    assert found["ended"][f"jobs.{task}"] == LINKS[task]


@pytest.mark.parametrize("task", DEFERRED)
def test_the_links_are_there_while_the_task_is_deferred(found: dict[str, Any], task: str) -> None:
    assert found["deferred"][f"jobs.{task}"] == LINKS[task]


def test_the_links_are_there_while_the_worker_waits(found: dict[str, Any]) -> None:
    assert found["waiting"]["jobs.waits"] == LINKS["waits"]


def test_the_logs_of_an_execution_are_found_by_its_id(found: dict[str, Any]) -> None:
    for when in ("deferred", "ended"):
        links = found[when]["jobs.pipeline"]
        execution = links["CloudWatch logs of training"].rpartition("pipelines-")[2].removesuffix("-")
        assert len(execution) > 8
        assert links == jobs(f"pipelines-{execution}-")


def test_what_is_not_aws_has_no_page_in_its_console(found: dict[str, Any]) -> None:
    assert found["states"]["local.train"] == "success"
    assert set(found["ended"]["local.train"].values()) == {None}
    assert set(found["deferred"]["local.train"].values()) == {None}
    assert set(found["ended"]["local.model"].values()) == {None}


def test_the_ui_links_the_report_and_the_pictures(found: dict[str, Any]) -> None:
    place = f"{HOST}/s3/object/bucket?region=us-east-2&prefix="
    assert found["ended"]["scores.quality"] == {
        "Confusion matrix": f"{place}quality%20of%20it%2Fconfusion_matrix.png",
        "ROC curve": f"{place}quality%20of%20it%2Froc_curve.png",
        "Report": f"{place}quality%20of%20it%2Freport.json",
    }
    assert found["ended"]["scores.classes"]["ROC curve"] is None, "classes have no curve, so the link leads nowhere"
