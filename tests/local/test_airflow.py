"""The Airflow provider against the embedded SageMaker: its hook, its waiters and its triggers, unmodified."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.local.support import Server, training_request, transform_request

pytestmark = pytest.mark.airflow


@pytest.fixture(autouse=True)
def region(aws: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's trigger asks the environment for it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def event_of(kind: str, name: str) -> dict[str, Any]:
    from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerTrigger

    trigger = SageMakerTrigger(
        job_name=name, job_type=kind, waiter_delay=1, waiter_max_attempts=60, aws_conn_id=None, region_name="us-east-1"
    )

    async def first() -> Any:
        return await anext(aiter(trigger.run()))

    payload: dict[str, Any] = asyncio.run(first()).payload
    return payload


def test_the_trigger_sees_jobs_complete(aws: Server) -> None:
    job = aws.train("deferred", "team/inspect")
    aws.create_model("deferred", "team/inspect", job["ModelArtifacts"]["S3ModelArtifacts"])
    aws.sagemaker.create_training_job(**training_request("waited", "sleeper", hyperparameters={"seconds": "1"}))
    aws.sagemaker.create_transform_job(**transform_request("waited", "deferred", aws.put("airflow/x.csv", "1\n")))
    assert event_of("training", "waited")["status"] == "success"
    assert event_of("transform", "waited")["status"] == "success"


def test_the_trigger_shows_why_a_job_failed(aws: Server) -> None:
    aws.train("broken", "crash", hyperparameters={"status": "2", "failure": "k is missing"})
    event = event_of("training", "broken")
    assert event["status"] == "failed"
    assert "ClientError: k is missing, exit code: 2" in str(event)


def test_the_hook_prints_the_log_and_reads_the_description(aws: Server, capsys: pytest.CaptureFixture[str]) -> None:
    from airflow.providers.amazon.aws.hooks.sagemaker import LogState, SageMakerHook

    hook = SageMakerHook(aws_conn_id=None, region_name="us-east-1")
    aws.train("printed", "sleeper", hyperparameters={"seconds": "0"})
    description = hook.describe_training_job("printed")
    hook.describe_training_job_with_log("printed", {}, [], 1, LogState.COMPLETE, description, 0)
    assert "sleeping, progress=0.5" in capsys.readouterr().out
