"""AWS on a bad day: throttles, errors, connections that break before and after the work is done, by the seed.

Whatever happens, every task succeeds, and has made one job.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.airflow.jobs import Task, through
from tests.local.support import HERE, ROLE, Server, running_server, training_request, transform_request, uri_of

pytestmark = pytest.mark.airflow

WRITE = "import json, pathlib; pathlib.Path('/opt/ml/processing/out/result.json').write_text(json.dumps({'mse': 0.5}))"


@pytest.fixture(params=[1, 2, 3])
def aws(
    request: pytest.FixtureRequest, tmp_path: Path, models_are_read_once: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    lost = {"service": "sagemaker", "action": "Create*", "kind": "lost", "probability": 0.6, "times": 4}
    faults = json.dumps({"seed": request.param, "rate": 0.25, "faults": [lost]})
    journal = tmp_path / "faults.jsonl"
    arguments = ("--images", str(HERE / "images.yaml"), "--faults", faults, "--fault-journal", str(journal))
    with running_server(tmp_path / "aws", *arguments) as server:
        for name, text in {
            "AWS_ENDPOINT_URL": server.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, text)
        patient = Config(retries={"mode": "standard", "total_max_attempts": 12})
        server.clients = {name: boto3.client(name, config=patient) for name in ("sagemaker", "s3")}
        yield server
        kinds = {json.loads(line)["kind"] for line in journal.read_text().splitlines()}
        assert "lost" in kinds, "there was no bad day"
        assert len(kinds) > 1


def test_every_task_succeeds_and_has_made_one_job(aws: Server) -> None:
    def training(name: str) -> dict[str, Any]:
        return training_request(name, "sleeper", hyperparameters={"seconds": "1"})

    for deferrable in (False, True):
        name = f"train-{deferrable}".lower()
        assert run("TrainingOperator", training(name), deferrable=deferrable)["Training"]["TrainingJobName"] == name
    outputs = {"out": "s3://lab/results"}
    files = {"report": {"output": "out", "file": "result.json"}}
    processing = aws.processing_request("process", WRITE, outputs=outputs)
    assert run("ProcessingOperator", processing, output_files=files)["OutputFiles"] == {"report": {"mse": 0.5}}
    model = make_model()
    uri = aws.put("rows.csv", "1,2\n")
    run("TransformOperator", transform_request("transform", model, uri), deferrable=True)
    sagemaker = aws.sagemaker
    assert names(sagemaker.list_training_jobs, "TrainingJob") == ["train-false", "train-true"]
    assert names(sagemaker.list_processing_jobs, "ProcessingJob") == ["process"]
    assert names(sagemaker.list_transform_jobs, "TransformJob") == ["transform"]
    assert [found["ModelName"] for found in sagemaker.list_models()["Models"]] == ["model"]


def run(operator: str, config: dict[str, Any], **options: Any) -> Any:
    task = Task(operator, config=config, check_interval=0.3, **options)
    return through(task.make(), task.context)


def make_model() -> str:
    from mlpipelines.runtime.resources import ModelOperator

    container = {"Image": uri_of("team/inspect")}
    config = {"ModelName": "model", "ExecutionRoleArn": ROLE, "PrimaryContainer": container}
    task = ModelOperator(task_id="m", config=config, aws_conn_id=None, region_name="us-east-1")
    return str(task.execute({})["Model"]["ModelName"])


def names(listing: Callable[[], dict[str, Any]], kind: str) -> list[str]:
    return sorted(found[f"{kind}Name"] for found in listing()[f"{kind}Summaries"])
