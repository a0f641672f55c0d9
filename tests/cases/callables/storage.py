"""Buckets and objects that a pipeline makes, copies and takes away again."""

from __future__ import annotations

import csv
import io
from typing import Any


def create_bucket(bucket: str, connection: str, region: str) -> dict[str, Any]:
    s3 = _hook(connection, region)
    if not s3.check_for_bucket(bucket):
        s3.create_bucket(bucket, region_name=region)
    return {"bucket": bucket}


def delete_bucket(bucket: str, connection: str, region: str) -> None:
    """With all that is in it; a bucket that is gone is no mistake."""
    s3 = _hook(connection, region)
    if s3.check_for_bucket(bucket):
        s3.delete_bucket(bucket, force_delete=True)


def write_rows(uri: str, rows: list[list[float]], connection: str, region: str) -> dict[str, Any]:
    """A CSV file without a header."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    _hook(connection, region).load_string(text.getvalue(), uri, replace=True)
    return {"uri": uri, "rows": len(rows)}


def write_synthetic(uri: str, rows: int, connection: str, region: str) -> dict[str, Any]:
    """A CSV file with the header class,x,y."""
    lines = ["class,x,y", *(f"{row % 100},{row},{rows - row}" for row in range(rows))]
    _hook(connection, region).load_string("\n".join(lines) + "\n", uri, replace=True)
    return {"uri": uri}


def copy_object(source: str, target: str, connection: str, region: str) -> dict[str, Any]:
    _hook(connection, region).copy_object(source_bucket_key=source, dest_bucket_key=target)
    return {"uri": target}


def _hook(connection: str, region: str) -> Any:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    return S3Hook(aws_conn_id=connection, region_name=region)
