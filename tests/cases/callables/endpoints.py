"""What a pipeline does with an endpoint that serves."""

from __future__ import annotations

from typing import Any


def invoke(endpoint: str, body: str, content_type: str, connection: str, region: str) -> dict[str, Any]:
    """The endpoint's answer to one request."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    runtime = AwsBaseHook(connection, client_type="sagemaker-runtime", region_name=region).get_conn()
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType=content_type, Body=body)
    return {"answer": answer["Body"].read().decode()}
