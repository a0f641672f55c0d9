"""S3's objects in files, each with a line of JSON before its content, and back from there."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from mlpipelines.local.api.wsgi import Answer, Application, made_environ, run
from mlpipelines.local.clients import SERVER_KEY
from mlpipelines.local.records.records import write_atomically

#: Headers that are kept with an object, by their beginnings.
_HEADERS = ("x-amz-meta-", "content-type", "content-encoding", "content-language", "content-disposition", "cache")
_AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential={SERVER_KEY}/20260101/us-east-1/s3/aws4_request, Signature=0"
log = logging.getLogger("mlpipelines.local")


class KeptObjects:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(exist_ok=True)

    def keep(self, app: Application, bucket: str, key: str) -> None:
        """The file of an object becomes what the object is now."""
        status, headers, body = _ask(app, "GET", f"/{bucket}/{key}")
        file = self._directory / bucket / hashlib.sha256(key.encode()).hexdigest()[:40]
        if status[:3] != "200":
            if status[:3] != "404":
                log.warning("not kept: s3://%s/%s (%s)", bucket, key, status)
            file.unlink(missing_ok=True)
            return
        kept = {name: value for name, value in headers if name.lower().startswith(_HEADERS)}
        # "aws-chunked" is how it was sent, not what it is.
        kept = {name: value.replace("aws-chunked", "").strip(", ") for name, value in kept.items()}
        head = {"key": key, "headers": {name: value for name, value in kept.items() if value}}
        file.parent.mkdir(exist_ok=True)
        write_atomically(file, json.dumps(head).encode() + b"\n" + body)

    def restore(self, app: Application) -> int:
        """How many objects there are again."""
        return sum(_put_back(app, file) for file in self._directory.glob("*/*"))


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
    return status[:3] == "200"


def _ask(app: Application, method: str, path: str, body: bytes = b"", **more: str) -> Answer:
    own = {"HTTP_AUTHORIZATION": _AUTHORIZATION, **more}
    return run(app, made_environ(method, path.encode().decode("latin-1"), body) | own)
