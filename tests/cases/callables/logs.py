"""The logs that jobs and endpoints leave in CloudWatch."""

from __future__ import annotations

from typing import Any


def prune(groups: list[str], prefix: str, connection: str, region: str) -> dict[str, Any]:
    """Delete the streams whose names begin so; a group that is not there has none."""
    logs = _client(connection, region)
    return {"streams": sum(_prune(logs, group, prefix) for group in groups)}


def _prune(logs: Any, group: str, prefix: str) -> int:
    try:
        found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        found = []
    for stream in found:
        logs.delete_log_stream(logGroupName=group, logStreamName=stream["logStreamName"])
    return len(found)


def expire(group: str, days: int, connection: str, region: str) -> None:
    """Let CloudWatch delete what the group holds after some days."""
    logs = _client(connection, region)
    logs.put_retention_policy(logGroupName=group, retentionInDays=days)


def _client(connection: str, region: str) -> Any:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    return AwsBaseHook(connection, client_type="logs", region_name=region).get_conn()
