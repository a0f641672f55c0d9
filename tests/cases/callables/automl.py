"""SageMaker's AutoML jobs, which are stopped when a pipeline cleans up."""

from __future__ import annotations

from typing import Any


def stop(job: str, connection: str, region: str) -> dict[str, Any]:
    """Stop the job; that it has ended already is no mistake."""
    from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook

    client = SageMakerHook(aws_conn_id=connection, region_name=region).get_conn()
    try:
        client.stop_auto_ml_job(AutoMLJobName=job)
    except client.exceptions.ClientError as error:
        told = error.response["Error"]
        if told["Code"] != "ValidationException" or "terminal state" not in told["Message"]:
            raise
        return {"stopped": False}
    return {"stopped": True}
