"""CloudWatch's log events in files, one for each stream, and back from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlpipelines.local.api.wsgi import Application, made_environ, run
from mlpipelines.local.clients import SERVER_KEY
from mlpipelines.local.records.records import write_atomically

#: Events of one request when they are put back.
BATCH = 5000
_AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential={SERVER_KEY}/20260101/{{}}/logs/aws4_request, Signature=0"


class KeptLogs:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(exist_ok=True)

    def add(self, region: str, request: Mapping[str, Any]) -> None:
        """The events of a PutLogEvents request, by one write at the end of a file."""
        head = {"region": region, "group": request["logGroupName"], "stream": request["logStreamName"]}
        name = hashlib.sha256("\0".join(head.values()).encode()).hexdigest()[:40]
        file = self._directory / f"{name}.jsonl"
        lines = [request["logEvents"]] if file.exists() else [head, request["logEvents"]]
        with file.open("ab") as end:
            end.write("".join(json.dumps(line) + "\n" for line in lines).encode())

    def remove(self, region: str, request: Mapping[str, Any]) -> None:
        """The stream, or the whole group, that a Delete request names."""
        for file in self._directory.glob("*.jsonl"):
            head, _ = _read(file)
            group = (head.get("region"), head.get("group")) == (region, request["logGroupName"])
            if group and request.get("logStreamName") in (None, head.get("stream")):
                file.unlink()

    def restore(self, app: Application) -> int:
        """How many streams there are again."""
        files = sorted(self._directory.glob("*.jsonl"))
        for file in files:
            _mend(file)
            head, events = _read(file)
            if not head:
                continue
            names = {"logGroupName": head["group"], "logStreamName": head["stream"]}
            _ask(app, head["region"], "CreateLogGroup", {"logGroupName": head["group"]})
            _ask(app, head["region"], "CreateLogStream", names)
            for start in range(0, len(events), BATCH):
                _ask(app, head["region"], "PutLogEvents", {**names, "logEvents": events[start : start + BATCH]})
        return len(files)


def _mend(file: Path) -> None:
    """Take away a last line that was being written when the server was killed."""
    data = file.read_bytes()
    if not data.endswith(b"\n"):
        write_atomically(file, data[: data.rfind(b"\n") + 1])


def _read(file: Path) -> tuple[dict[str, str], list[Any]]:
    """(where, events)"""
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    return (lines[0], [event for line in lines[1:] for event in line]) if lines else ({}, [])


def _ask(app: Application, region: str, action: str, request: Mapping[str, Any]) -> None:
    environ = made_environ("POST", "/", json.dumps(request).encode()) | {
        "CONTENT_TYPE": "application/x-amz-json-1.1",
        "HTTP_X_AMZ_TARGET": f"Logs_20140328.{action}",
        "HTTP_AUTHORIZATION": _AUTHORIZATION.format(region),
    }
    run(app, environ)  # a group may be there already
