"""An endpoint's DataCaptureConfig: requests and answers as JSON Lines below its DestinationS3Uri.

Differs from AWS in this: every captured request is an object of its own and there at once; AWS gathers some minutes.
"""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mlpipelines.local.storage import Storage, split_uri


class Capture:
    """Takes the first and then every n-th request of an endpoint, so that the share is exact and repeatable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}

    def wanted(self, endpoint: str, config: Mapping[str, Any] | None) -> bool:
        if not config or not config.get("EnableCapture", True):
            return False
        percent = config["InitialSamplingPercentage"]
        with self._lock:
            number = self._seen[endpoint] = self._seen.get(endpoint, -1) + 1
        before, after = (-(-count * percent // 100) for count in (number, number + 1))
        return bool(after > before)

    def write(
        self,
        storage: Storage,
        config: Mapping[str, Any],
        place: str,
        sent: tuple[bytes, str],
        answered: tuple[bytes, str],
        metadata: Mapping[str, str],
    ) -> None:
        """`place`: endpoint/variant; `sent` and `answered`: body and content type."""
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        data = {}
        if modes & {"Input", "InputAndOutput"}:
            data["endpointInput"] = _side("INPUT", *sent, config)
        if modes & {"Output", "InputAndOutput"}:
            data["endpointOutput"] = _side("OUTPUT", *answered, config)
        now, event = datetime.now(UTC), str(uuid.uuid4())
        about = {"eventId": event, **metadata, "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        line = json.dumps({"captureData": data, "eventMetadata": about, "eventVersion": "0"})
        bucket, prefix = split_uri(config["DestinationS3Uri"].rstrip("/"))
        name = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{event}.jsonl"
        key = "/".join(filter(None, [prefix, place, f"{now:%Y/%m/%d/%H}", name]))
        storage.put(f"{line}\n".encode(), f"s3://{bucket}/{key}")


def capture_summary(config: Mapping[str, Any]) -> dict[str, Any]:
    """The DataCaptureConfigSummary of DescribeEndpoint."""
    enabled = config.get("EnableCapture", True)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def _side(mode: str, body: bytes, content_type: str, config: Mapping[str, Any]) -> dict[str, str]:
    """CSV and JSON are kept as text where CaptureContentTypeHeader names their content type, all else as base64."""
    header = config.get("CaptureContentTypeHeader") or {}
    kind = content_type.partition(";")[0].strip().lower()
    encoding = "BASE64"
    for member, name in (("CsvContentTypes", "CSV"), ("JsonContentTypes", "JSON")):
        if kind in [listed.lower() for listed in header.get(member) or ()]:
            encoding = name
    text = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode("utf-8", "replace")
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding}
