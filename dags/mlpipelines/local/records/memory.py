"""A directory that outlives the server: what is in S3, in other services, and in our own records.

- `records/`: jobs, models, packages, endpoints and the like (see records.py), one file each.
- `s3/`: every object in one file: a line of JSON (where it belongs, its headers), then its content.
- `logs/`: every log stream in one file.
- `requests.jsonl`: every other request that changed something (buckets, roles, ...), asked anew at the next start.

Every change is on disk before its answer is sent, by one write at the end of a file or by a file that is complete
before it gets its name. So a server that is killed has lost nothing that it has confirmed. (Not so when the machine
loses its power: nothing is forced out of the system's buffers.)
"""

from __future__ import annotations

import base64
import fcntl
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

from mlpipelines.errors import PipelineError
from mlpipelines.local.api.call import Call
from mlpipelines.local.api.wsgi import Application, made_environ, run
from mlpipelines.local.records.kept_logs import KeptLogs
from mlpipelines.local.records.kept_objects import KeptObjects
from mlpipelines.local.records.records import write_atomically

Request = dict[str, Any]
#: Their requests change nothing that is kept: metrics are of the moment.
_NOT_KEPT = ("monitoring", "sts", "sagemaker-runtime")
_READING = re.compile(r"(Describe|List|Get|Head|Search|Query|BatchGet|BatchDescribe|Lookup|Simulate)")
#: What SageMaker keeps in records.
_RECORDED = re.compile(
    r"(Create|Update|Delete|Start|Stop|Associate|Disassociate)(TrainingJob|TransformJob|ProcessingJob"
    r"|HyperParameterTuningJob|Model|ModelPackage|ModelPackageGroup|Experiment|Trial|TrialComponent|NotebookInstance"
    r"|Pipeline|PipelineExecution|EndpointConfig|Endpoint|EndpointWeightsAndCapacities)|(Add|Delete)Tags"
)
_OBJECT_CHANGES = ("PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject")
log = logging.getLogger("mlpipelines.local")


class MemoryTaken(PipelineError):
    """Another server uses the directory."""


class Memory:
    def __init__(self, directory: Path) -> None:
        try:
            (directory / "s3").mkdir(parents=True, exist_ok=True)
            self._lock_file = (directory / ".lock").open("w")
        except OSError as error:
            reason = error.strerror or error
            raise PipelineError(f"nothing can be kept in {directory}: {reason}; give another folder") from None
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise MemoryTaken(f"the directory {directory} is used by another local SageMaker; stop it first") from None
        self.records = directory / "records"
        self._requests = directory / "requests.jsonl"
        self._objects, self._logs = KeptObjects(directory / "s3"), KeptLogs(directory / "logs")
        self._lock = threading.Lock()
        self._log = -1
        self._app: Application | None = None

    def restore(self, app: Application) -> None:
        """Ask `app` for everything that was kept; from now on changes are kept."""
        requests = list(_without_deleted_buckets(_lines(self._requests)))
        for request in requests:
            _replay(app, request)
        objects, streams = self._objects.restore(app), self._logs.restore(app)
        text = "".join(json.dumps(request) + "\n" for request in requests)
        write_atomically(self._requests, text.encode())
        self._log = os.open(self._requests, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._app = app
        if requests or objects or streams:
            log.info("restored: %d requests, %d objects, %d logs", len(requests), objects, streams)

    def before(self, call: Call) -> Callable[[], None] | None:
        """What must be kept once this request has succeeded; None for one that changes nothing that is kept here."""
        if self._app is None or call.service in _NOT_KEPT:
            return None
        if call.service == "s3":
            return self._before_s3(call)
        if call.service == "logs":
            return self._before_logs(call)
        if call.method in ("GET", "HEAD") or _READING.match(call.action):
            return None
        if call.service == "sagemaker" and _RECORDED.fullmatch(call.action):
            return None
        return self._keeping(call)

    def close(self) -> None:
        """Nothing is kept from now on."""
        with self._lock:
            self._app = None
            if self._log >= 0:
                os.close(self._log)
                self._log = -1
        self._lock_file.close()

    def _before_logs(self, call: Call) -> Callable[[], None] | None:
        change = {"PutLogEvents": self._logs.add, "DeleteLogStream": self._logs.remove}
        keep = {**change, "DeleteLogGroup": self._logs.remove}.get(call.action)
        if keep is None:
            return None

        def remember() -> None:
            with self._lock:
                if self._app is not None:
                    keep(call.region, json.loads(call.body))

        return remember

    def _before_s3(self, call: Call) -> Callable[[], None] | None:
        bucket, key = call.place
        if call.action in _OBJECT_CHANGES:
            return lambda: self._keep_objects(bucket, [key])
        if call.action == "DeleteObjects":
            keys = [unescape(text) for text in re.findall(r"<Key>(.*?)</Key>", call.body.decode(), re.DOTALL)]
            return lambda: self._keep_objects(bucket, keys)
        if key or call.method in ("GET", "HEAD", "POST"):
            return None
        return self._keeping(call)

    def _keeping(self, call: Call) -> Callable[[], None]:
        environ = call.environ
        request = {
            "service": call.service,
            "action": call.action,
            "method": call.method,
            "path": environ.get("PATH_INFO", "/"),
            "query": environ.get("QUERY_STRING", ""),
            "body": base64.b64encode(call.body).decode(),
            "headers": {name: environ[name] for name in environ if name.startswith(("HTTP_AUTH", "HTTP_X_AMZ_"))},
            "type": environ.get("CONTENT_TYPE", ""),
        }
        return lambda: self._append(request)

    def _keep_objects(self, bucket: str, keys: Iterable[str]) -> None:
        for key in keys:
            with self._lock:
                if self._app is not None:
                    self._objects.keep(self._app, bucket, key)

    def _append(self, request: Request) -> None:
        with self._lock:
            if self._log >= 0:
                os.write(self._log, (json.dumps(request) + "\n").encode())


def _lines(file: Path) -> Iterator[Request]:
    """A line that is not complete was being written when the server was killed; nobody has been told of it."""
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            log.warning("%s: an incomplete line is left out", file)


def _without_deleted_buckets(requests: Iterable[Request]) -> list[Request]:
    kept: list[Request] = []
    for request in requests:
        if request["service"] == "s3" and request["action"] == "DeleteBucket":
            kept = [one for one in kept if one["service"] != "s3" or one["path"] != request["path"]]
        else:
            kept.append(request)
    return kept


def _replay(app: Application, request: Request) -> None:
    environ = made_environ(request["method"], request["path"], base64.b64decode(request["body"]))
    environ |= {"QUERY_STRING": request["query"], "CONTENT_TYPE": request["type"], **request["headers"]}
    status = run(app, environ)[0]
    if status[0] != "2":
        log.warning("not restored: %s %s (%s)", request["service"], request["action"] or request["path"], status)
