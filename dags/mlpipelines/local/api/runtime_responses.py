"""SageMaker Runtime requests answered: a request to an endpoint reaches its model, and the answer the caller."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from mlpipelines.local.api.journal import Journal
from mlpipelines.local.api.moto_hooks import BaseResponse
from mlpipelines.local.engine import Engine
from mlpipelines.local.faults import ApiError, ModelError
from mlpipelines.local.serving.invocation import Invocation

Answer = tuple[int, dict[str, str], str | bytes]
PREFIX = "X-Amzn-SageMaker-"
#: Members of the request that travel as headers, without their common prefix.
_MEMBERS = {
    "CustomAttributes": "Custom-Attributes",
    "TargetModel": "Target-Model",
    "TargetVariant": "Target-Variant",
    "TargetContainerHostname": "Target-Container-Hostname",
    "InferenceId": "Inference-Id",
    "InferenceComponentName": "Inference-Component",
    "EnableExplanations": "Enable-Explanations",
    "SessionId": "Session-Id",
}
_ASYNC_MEMBERS = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": "Custom-Attributes",
    "InferenceId": "Inference-Id",
    "InputLocation": "InputLocation",
    "S3OutputPathExtension": "S3OutputPathExtension",
    "Filename": "Filename",
    "InvocationTimeoutSeconds": "InvocationTimeoutSeconds",
}
log = logging.getLogger("mlpipelines.local")


class LocalRuntimeResponse(BaseResponse):
    """Answers one request. `engine` and `journal` are set on a subclass for each server."""

    engine: ClassVar[Engine]
    journal: ClassVar[Journal | None] = None

    def __init__(self) -> None:
        super().__init__(service_name="sagemaker-runtime")

    def _dispatch(self, request: Any, full_url: str | None = None, headers: Any = None) -> Answer:
        try:
            return self._answer(request)
        except ApiError as error:
            return _refusal(error)
        except Exception as error:  # a defect here; not HTTP 500, which clients would retry for ten seconds
            log.exception("%s", request.path)
            message = f"The local SageMaker failed: {type(error).__name__}: {error}"
            return _refusal(ApiError("InternalFailure", message))

    def _answer(self, request: Any) -> Answer:
        match = re.fullmatch(
            r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)", request.path
        )
        if not match:
            raise ApiError("ValidationError", f"The local SageMaker knows no {request.path}.")
        self.headers, self.querystring = request.headers, {}
        region, account = self.get_region_from_url(request, request.url), self.get_current_account()
        name, kind = match.groups()
        body = request.get_data()
        invocation = Invocation(self.engine, f"{account}:{region}", name)
        if kind == "invocations":
            return self._invoke(invocation, request.headers, body)
        if kind == "async-invocations":
            return self._invoke_async(invocation, request.headers, body)
        raise ApiError("ValidationError", "Not simulated by the local SageMaker: InvokeEndpointWithResponseStream.")

    def _invoke(self, invocation: Invocation, headers: Mapping[str, str], body: bytes) -> Answer:
        asked = {
            name: headers[f"{PREFIX}{header}"] for name, header in _MEMBERS.items() if f"{PREFIX}{header}" in headers
        }
        asked |= {name: headers[header] for name, header in (("ContentType", "Content-Type"), ("Accept", "Accept"))
                  if header in headers}  # fmt: skip
        self._record("InvokeEndpoint", invocation.name, asked, body)
        answer, variant = invocation.run(asked, body)
        sent = {"x-Amzn-Invoked-Production-Variant": variant}
        for name in ("content-type", f"{PREFIX}Custom-Attributes".lower()):
            if name in answer.headers:
                sent[name] = answer.headers[name]
        return 200, {"content-type": "application/octet-stream", **sent}, answer.body

    def _invoke_async(self, invocation: Invocation, headers: Mapping[str, str], body: bytes) -> Answer:
        given = {name: f"{PREFIX}{header}" for name, header in _ASYNC_MEMBERS.items()}
        asked = {name: headers[header] for name, header in given.items() if header in headers}
        self._record("InvokeEndpointAsync", invocation.name, asked, body)
        identifier = asked.get("InferenceId") or str(uuid.uuid4())
        output, failure = invocation.run_later({**asked, "InferenceId": identifier}, body)
        sent = {f"{PREFIX}OutputLocation": output, **({f"{PREFIX}FailureLocation": failure} if failure else {})}
        return 202, {"Content-Type": "application/json", **sent}, json.dumps({"InferenceId": identifier})

    def _record(self, action: str, name: str, asked: Mapping[str, Any], body: bytes) -> None:
        if self.journal:
            try:
                text = {"Body": body.decode("utf-8")} if body else {}
            except UnicodeDecodeError:
                text = {}
            self.journal.record(action, {"EndpointName": name, **asked, **text}, service="sagemaker-runtime")


def _refusal(error: ApiError) -> Answer:
    log.info("refused: %s: %s", error.code, error)
    content: dict[str, Any] = {"Message": str(error)}
    if isinstance(error, ModelError):
        content |= {"OriginalStatusCode": error.original, "OriginalMessage": error.text}
    return error.status, {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}, json.dumps(content)
