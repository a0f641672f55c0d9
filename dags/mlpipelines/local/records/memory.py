"""A directory that outlives the server: what is in S3, in other services, and in our own records.

- `records/`: jobs, models, packages, endpoints and the like (see records.py), one file each.
- `s3/`: every object in one file: a line of JSON (where it belongs, its headers), then its content.
- `requests.jsonl`: every other request that changed something (buckets, roles, ...), asked anew at the next start.

Every change is on disk before its answer is sent, by one write at the end of a file or by a file that is complete
before it gets its name. So a server that is killed has lost nothing that it has confirmed. (Not so when the machine
loses its power: nothing is forced out of the system's buffers.)
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
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
from mlpipelines.local.api.wsgi import Application, Headers, made_environ, run
from mlpipelines.local.clients import SERVER_KEY
from mlpipelines.local.records.records import write_atomically

Request = dict[str, Any]
#: Their requests change nothing that is kept: logs and metrics are large and of the moment.
_NOT_KEPT = ("logs", "monitoring", "sts", "sagemaker-runtime")
_READING = re.compile(r"(Describe|List|Get|Head|Search|Query|BatchGet|BatchDescribe|Lookup|Simulate)")
#: What SageMaker keeps in records.
_RECORDED = re.compile(
    r"(Create|Update|Delete|Start|Stop|Associate|Disassociate)(TrainingJob|TransformJob|ProcessingJob"
    r"|HyperParameterTuningJob|Model|ModelPackage|ModelPackageGroup|Experiment|Trial|TrialComponent|NotebookInstance"
    r"|Pipeline|PipelineExecution|EndpointConfig|Endpoint|EndpointWeightsAndCapacities)|(Add|Delete)Tags"
)
_OBJECT_CHANGES = ("PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject")
#: Headers that are kept with an object; those of the user (`x-amz-meta-`) as well.
_KEPT_HEADERS = ("x-amz-meta-", "content-type", "content-encoding", "content-language", "content-disposition", "cache")
_OURSELVES = f"AWS4-HMAC-SHA256 Credential={SERVER_KEY}/20260101/us-east-1/s3/aws4_request, Signature=0"
log = logging.getLogger("mlpipelines.local")


class MemoryTaken(PipelineError):
    """Another server uses the directory."""


class Memory:
    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock_file = (directory / ".lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise MemoryTaken(f"the directory {directory} is used by another local SageMaker; stop it first") from None
        self.records = directory / "records"
        self._objects, self._requests = directory / "s3", directory / "requests.jsonl"
        self._objects.mkdir(exist_ok=True)
        self._lock = threading.Lock()
        self._log = -1
        self._app: Application | None = None

    def restore(self, app: Application) -> None:
        """Ask `app` for everything that was kept; from now on changes are kept."""
        requests = list(_without_deleted_buckets(_lines(self._requests)))
        for request in requests:
            _replay(app, request)
        objects = 0
        for file in self._objects.glob("*/*"):
            objects += _put_back(app, file)
        text = "".join(json.dumps(request) + "\n" for request in requests)
        write_atomically(self._requests, text.encode())
        self._log = os.open(self._requests, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._app = app
        log.info("restored: %d requests, %d objects", len(requests), objects)

    def before(self, call: Call) -> Callable[[], None] | None:
        """What must be kept once this request has succeeded; None for one that changes nothing that is kept here."""
        if self._app is None or call.service in _NOT_KEPT:
            return None
        if call.service == "s3":
            return self._before_s3(call)
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

    def _before_s3(self, call: Call) -> Callable[[], None] | None:
        bucket, key = call.place
        if call.action in _OBJECT_CHANGES:
            return lambda: self._keep_objects(bucket, key)
        if call.action == "DeleteObjects":
            keys = [unescape(text) for text in re.findall(r"<Key>(.*?)</Key>", call.body.decode(), re.DOTALL)]
            return lambda: self._keep_objects(bucket, *keys)
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

    def _append(self, request: Request) -> None:
        with self._lock:
            if self._log >= 0:
                os.write(self._log, (json.dumps(request) + "\n").encode())

    def _keep_objects(self, bucket: str, *keys: str) -> None:
        for key in keys:
            self._keep_object(bucket, key)

    def _keep_object(self, bucket: str, key: str) -> None:
        """The file of an object becomes what the object is now."""
        with self._lock:
            if self._app is None:
                return
            status, headers, body = _ask(self._app, "GET", f"/{bucket}/{key}")
            file = self._objects / bucket / hashlib.sha256(key.encode()).hexdigest()[:40]
            if status[:3] != "200":
                if status[:3] != "404":
                    log.warning("not kept: s3://%s/%s (%s)", bucket, key, status)
                file.unlink(missing_ok=True)
                return
            kept = {name: value for name, value in headers if name.lower().startswith(_KEPT_HEADERS)}
            # How it was sent, not what it is.
            kept = {name: value.replace("aws-chunked", "").strip(", ") for name, value in kept.items()}
            file.parent.mkdir(exist_ok=True)
            write_atomically(file, json.dumps({"key": key, "headers": kept}).encode() + b"\n" + body)


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


def _put_back(app: Application, file: Path) -> bool:
    if file.name.startswith("."):  # was being written when the server was killed
        file.unlink(missing_ok=True)
        return False
    head, _, body = file.read_bytes().partition(b"\n")
    content = json.loads(head)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in content["headers"].items()}
    kind = headers.pop("HTTP_CONTENT_TYPE", "binary/octet-stream")
    status, _, _ = _ask(app, "PUT", f"/{file.parent.name}/{content['key']}", body, **headers, CONTENT_TYPE=kind)
    if status[:3] != "200":
        log.warning("not restored: s3://%s/%s (%s)", file.parent.name, content["key"], status)
        return False
    return True


def _ask(app: Application, method: str, path: str, body: bytes = b"", **more: str) -> tuple[str, Headers, bytes]:
    """One request to S3."""
    environ = made_environ(method, path.encode().decode("latin-1"), body) | {"HTTP_AUTHORIZATION": _OURSELVES, **more}
    return run(app, environ)
