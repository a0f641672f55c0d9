"""The JSON files that a processing job has written, as the results that its task gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException


def read_output_files(
    s3: Any, description: Mapping[str, Any], wanted: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """{result name: what the file holds}; a file that is not there, or no JSON, fails the task."""
    outputs = {
        output["OutputName"]: output.get("S3Output", {}).get("S3Uri")
        for output in description.get("ProcessingOutputConfig", {}).get("Outputs", ())
    }
    folders = {
        output["OutputName"]: output.get("S3Output", {}).get("LocalPath")
        for output in description.get("ProcessingOutputConfig", {}).get("Outputs", ())
    }
    return {name: _read(s3, name, outputs, place, folders.get(place["output"])) for name, place in wanted.items()}


def _read(s3: Any, name: str, outputs: Mapping[str, str | None], place: Mapping[str, str], folder: str | None) -> Any:
    uri = outputs.get(place["output"])
    if not uri:
        known = ", ".join(sorted(outputs)) or "none"
        raise AirflowException(f"Result {name}: the job has no output {place['output']!r} in S3 (it has: {known})")
    uri = f"{uri.rstrip('/')}/{place['file']}"
    bucket, key = s3.parse_s3_url(uri)
    try:
        text = s3.get_conn().get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.get_conn().exceptions.NoSuchKey:
        wanted = f"{folder or 'the folder of that output'}/{place['file']}"
        message = f"Result {name}: the job has not written {uri}; let it write the file {wanted}"
        raise AirflowException(message) from None
    except Exception as error:
        raise AirflowException(f"Result {name}: {uri} cannot be read: {error}") from error
    try:
        return json.loads(text)
    except ValueError as error:
        raise AirflowException(f"Result {name}: {uri} is no JSON: {error}") from error
