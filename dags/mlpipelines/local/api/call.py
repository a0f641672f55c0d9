"""An HTTP request to the local server -> which AWS service is asked for which action."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from mlpipelines.local.api.wsgi import Environ

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]*)/([^/]+)/aws4_request")
#: S3's actions by method and whether an object is meant; a sub-resource makes another action of them.
_S3 = {
    ("GET", True): "GetObject",
    ("HEAD", True): "HeadObject",
    ("PUT", True): "PutObject",
    ("DELETE", True): "DeleteObject",
    ("GET", False): "ListObjects",
    ("HEAD", False): "HeadBucket",
    ("PUT", False): "CreateBucket",
    ("DELETE", False): "DeleteBucket",
}
_S3_SUBRESOURCES = {
    ("POST", "uploads"): "CreateMultipartUpload",
    ("PUT", "partNumber"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("POST", "delete"): "DeleteObjects",
    ("GET", "list-type"): "ListObjectsV2",
}
#: Parameters of a query that choose no sub-resource.
_PLAIN = (
    *("prefix", "delimiter", "marker", "max-keys", "encoding-type", "versionId", "start-after", "x-id"),
    *("AWSAccessKeyId", "Signature", "Expires"),  # signed in the old way
)


@dataclass
class Call:
    """One request. `service` is the name that requests are signed for, or "sagemaker-runtime"."""

    environ: Environ = field(repr=False)

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        return str(self.environ.get("PATH_INFO", "/")).encode("latin-1").decode("utf-8", "replace")

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.environ.get("QUERY_STRING", ""), keep_blank_values=True)

    @cached_property
    def _signed(self) -> tuple[str, str, str]:
        """(access key, region, service); a request that is not signed is one to S3."""
        text = (
            self.environ.get("HTTP_AUTHORIZATION", "") or f"Credential={dict(self.query).get('X-Amz-Credential', '')}"
        )
        match = _CREDENTIAL.search(text)
        return (match[1], match[2], match[3]) if match else ("", "", "s3")

    @property
    def access_key(self) -> str:
        return self._signed[0]

    @property
    def region(self) -> str:
        return self._signed[1]

    @property
    def service(self) -> str:
        service = self._signed[2]
        if service == "sagemaker" and self.path.startswith("/endpoints/"):
            return "sagemaker-runtime"
        return service

    @cached_property
    def action(self) -> str:
        """As in boto3's reference; empty when it cannot be told."""
        if self.service == "s3":
            return self._s3_action()
        target = self.environ.get("HTTP_X_AMZ_TARGET", "")
        if target:
            return str(target.rpartition(".")[2])
        if self.is_form:
            return parse_qs(self.body.decode("utf-8", "replace")).get("Action", [""])[0]
        if self.service == "sagemaker-runtime":
            return "InvokeEndpointAsync" if "async" in self.path else "InvokeEndpoint"
        return ""

    @property
    def is_form(self) -> bool:
        return str(self.environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")

    @cached_property
    def body(self) -> bytes:
        """The whole body, which can be read again by whoever comes next."""
        stream = self.environ["wsgi.input"]
        if self.environ.get("wsgi.input_terminated"):
            content = stream.read()
            self.environ.pop("HTTP_TRANSFER_ENCODING", None)
        else:
            content = stream.read(int(self.environ.get("CONTENT_LENGTH") or 0))
        self.environ["wsgi.input"], self.environ["CONTENT_LENGTH"] = io.BytesIO(content), str(len(content))
        return bytes(content)

    @cached_property
    def place(self) -> tuple[str, str]:
        """Bucket and key of a request to S3."""
        bucket, _, key = self.path.lstrip("/").partition("/")
        return bucket, key

    @property
    def subresources(self) -> list[str]:
        names = [name for name, _ in self.query]
        return [name for name in names if name not in _PLAIN and not name.lower().startswith("x-amz-")]

    def _s3_action(self) -> str:
        bucket, key = self.place
        if not bucket:
            return "ListBuckets"
        for name in self.subresources:
            if (self.method, name) in _S3_SUBRESOURCES:
                return _S3_SUBRESOURCES[self.method, name]
        if self.method == "PUT" and key and "HTTP_X_AMZ_COPY_SOURCE" in self.environ:
            return "CopyObject"
        if not self.subresources:
            return _S3.get((self.method, bool(key)), self.method.title())
        what = "".join(part.title() for part in re.split(r"[-_]", self.subresources[0]))
        return f"{self.method.title()}{'Object' if key else 'Bucket'}{what}"


def rest_action(service: str, method: str, path: str) -> tuple[str, dict[str, str]]:
    """(action, the parts of the path that are parameters) of a service that tells them by method and path."""
    import botocore.session
    from botocore.exceptions import UnknownServiceError

    try:
        model = botocore.session.Session().get_service_model(service)
    except UnknownServiceError:
        return "", {}
    for name in _by_length(model):
        http = model.operation_model(name).http
        pattern = re.sub(r"\{(\w+)\+?\}", r"(?P<\1>[^/]+)", http["requestUri"].partition("?")[0])
        match = re.fullmatch(pattern, path)
        if match and http["method"] == method:
            return name, {key: unquote(value) for key, value in match.groupdict().items()}
    return "", {}


def _by_length(model: Any) -> Iterable[str]:
    """Literal paths before those with parameters."""
    names: Mapping[str, Any] = {name: model.operation_model(name).http for name in model.operation_names}
    return sorted(names, key=lambda name: names[name]["requestUri"].count("{"))
