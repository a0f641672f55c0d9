"""The local S3 and CloudWatch <-> files: uploads before a run; every object and job log after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlpipelines.local.clients import Clients


def upload(endpoint: str, region: str, files: Mapping[str, Path]) -> None:
    """Put local files into the local S3: {s3://bucket/key: file}."""
    s3 = Clients(endpoint).get("s3", region)
    for uri, file in files.items():
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        s3.upload_file(str(file), bucket, key)


def save_objects(endpoint: str, region: str, folder: Path) -> None:
    """Every object of every bucket as `folder`/bucket/key."""
    s3 = Clients(endpoint).get("s3", region)
    folder.mkdir(parents=True, exist_ok=True)
    for bucket in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", ()):
                target = local_path(f"s3://{bucket}/{entry['Key']}", folder)
                if target is not None:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    s3.download_file(bucket, entry["Key"], str(target))


def local_path(uri: str, folder: Path) -> Path | None:
    """Where `save_objects` puts an object; None for a key that is no path (a folder marker, one that climbs out)."""
    parts = uri.removeprefix("s3://").split("/")
    if any(part in ("", ".", "..") for part in parts):
        return None
    return folder.joinpath(*parts)


def save_logs(endpoint: str, region: str, folder: Path) -> None:
    """What every job and endpoint printed, a file a job."""
    logs = Clients(endpoint).get("logs", region)
    for group in logs.describe_log_groups().get("logGroups", ()):
        for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]:
            folder.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^\w.-]+", "_", _log_name(group["logGroupName"], stream["logStreamName"]))
            with (folder / f"{name}.log").open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in _lines(logs, group["logGroupName"], stream["logStreamName"]))


def _log_name(group: str, stream: str) -> str:
    """The job, or the endpoint and what of it: an endpoint has a group of its own."""
    _, _, endpoint = group.partition("/Endpoints/")
    part = stream.split("/")[0]
    return f"{endpoint}_{part}" if endpoint else part


def _lines(logs: Any, group: str, stream: str) -> list[str]:
    lines: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
        lines += [event["message"] for event in page["events"]]
        if not page["events"] or page["nextForwardToken"] == token.get("nextToken"):
            return lines
        token = {"nextToken": page["nextForwardToken"]}
