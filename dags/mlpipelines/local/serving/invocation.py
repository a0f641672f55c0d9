"""One request to an endpoint: to the variant whose turn it is, through its containers, and what comes of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mlpipelines.local.faults import ApiError, ClientFault, JobStopped, ModelError, ServerFault
from mlpipelines.local.serving.endpoint import Endpoint
from mlpipelines.local.serving.fleet import Fleet, Variant
from mlpipelines.local.serving.model_server import Answer
from mlpipelines.local.serving.served_model import NO_ANSWER
from mlpipelines.local.storage import Storage, split_uri

if TYPE_CHECKING:
    from mlpipelines.local.engine import Engine

MAX_BODY = 6291456
#: Seconds that a process which answers nothing any more may take to be gone.
CRASH = 0.5
_NOT_SIMULATED = {"InferenceComponentName", "EnableExplanations", "SessionId"}
#: How members of the request reach the container.
_PASSED_ON = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": "X-Amzn-SageMaker-Custom-Attributes",
    "InferenceId": "X-Amzn-SageMaker-Inference-Id",
}
Asked = Mapping[str, str]
log = logging.getLogger("mlpipelines.local")


class Invocation:
    def __init__(self, engine: Engine, scope: str, name: str) -> None:
        self.name = name
        self._engine, self._scope = engine, scope
        self._account, _, self._region = scope.partition(":")

    def run(self, asked: Asked, body: bytes) -> tuple[Answer, str]:
        """The answer and the variant that gave it. Raises ApiError."""
        endpoint, fleet = self._serving()
        try:
            if "AsyncInferenceConfig" in fleet.config:
                raise _refused(f"Endpoint {self.name} is asynchronous: invoke it with InvokeEndpointAsync.")
            if len(body) > MAX_BODY:
                raise _refused(f"The body has {len(body)} bytes; an endpoint takes at most {MAX_BODY}.")
            return self._ask(endpoint, fleet, asked, body)
        finally:
            fleet.leave()

    def run_later(self, asked: Asked, body: bytes) -> tuple[str, str | None]:
        """Where the output and where the failure will be. Raises ApiError when nothing will be done."""
        endpoint, fleet = self._serving()
        fleet.leave()
        config = fleet.config.get("AsyncInferenceConfig")
        if not config:
            raise _refused(f"Endpoint {self.name} is not asynchronous: its configuration has no AsyncInferenceConfig.")
        if bool(body) == ("InputLocation" in asked):
            raise _refused("Exactly one of InputLocation and Body must be given.")
        output, failure = _places(config["OutputConfig"], asked)
        concurrency = (config.get("ClientConfig") or {}).get("MaxConcurrentInvocationsPerInstance")
        self._engine.endpoints.asynchronous.submit(
            endpoint.arn, concurrency, lambda: self._run_now(asked, body, output, failure)
        )
        return output, failure

    def _run_now(self, asked: Asked, body: bytes, output: str, failure: str | None) -> None:
        try:
            endpoint, fleet = self._serving()
            try:
                body = body or self._storage.read(asked["InputLocation"])
                answer, _ = self._ask(endpoint, fleet, asked, body)
                self._storage.put(answer.body, output)
            finally:
                fleet.leave()
        except (ApiError, ClientFault) as error:
            log.info("endpoint %s: asynchronous request %s: %s", self.name, asked["InferenceId"], error)
            if failure:
                with suppress(ClientFault):
                    self._storage.put(str(error).encode(), failure)
        except Exception:
            log.exception("endpoint %s: asynchronous request %s", self.name, asked["InferenceId"])

    @property
    def _storage(self) -> Storage:
        return Storage(self._engine.clients.get("s3", self._region), self._region)

    def _serving(self) -> tuple[Endpoint, Fleet]:
        """The fleet is entered: leave it."""
        found = next((each for each in self._engine.endpoints.endpoints(self._scope) if each.name == self.name), None)
        fleet = found.serving() if found else None
        if not found or not fleet:
            raise _refused(f"Endpoint {self.name} of account {self._account} not found.")
        return found, fleet

    def _ask(self, endpoint: Endpoint, fleet: Fleet, asked: Asked, body: bytes) -> tuple[Answer, str]:
        for member in sorted(_NOT_SIMULATED & asked.keys()):
            raise _refused(f"Not simulated by the local SageMaker: {member}.")
        variant = fleet.choose(asked.get("TargetVariant"))
        if variant is None:
            raise _refused(f"Variant {asked['TargetVariant']} was not found for Endpoint {self.name}.")
        self._check_target(variant, asked)
        headers = {header: asked[member] for member, header in _PASSED_ON.items() if member in asked}
        answer = self._call(fleet, variant, asked, headers, body)
        self._capture(endpoint, variant, asked, body, answer)
        return answer, variant.name

    def _capture(self, endpoint: Endpoint, variant: Variant, asked: Asked, body: bytes, answer: Answer) -> None:
        config, capture = endpoint.capture, self._engine.endpoints.capture
        if config and capture.wanted(endpoint.arn, config):
            members = {"InferenceId": "inferenceId", "CustomAttributes": "customAttributes"}
            about = {name: asked[member] for member, name in members.items() if member in asked}
            sent, answered = (body, asked.get("ContentType", "")), (answer.body, answer.headers.get("content-type", ""))
            try:
                capture.write(self._storage, config, f"{self.name}/{variant.name}", sent, answered, about)
            except ClientFault as fault:  # as on AWS, the caller gets the answer all the same
                endpoint.note(f"a request is not captured: {fault}")

    def _check_target(self, variant: Variant, asked: Asked) -> None:
        target = asked.get("TargetModel")
        if variant.model.is_multi_model and not target:
            raise _refused(f"Request {uuid.uuid4()} is missing a target model header.")
        if target and not variant.model.is_multi_model:
            raise _refused(
                f"Endpoint {self.name} is not a multi-model endpoint and does not support target model header."
            )
        only = asked.get("TargetContainerHostname")
        names = [container.name for container in variant.containers]
        if variant.direct and not only:
            raise _refused(f"Endpoint {self.name} is in Direct mode: the request needs a TargetContainerHostname.")
        if only and not variant.direct:
            raise _refused(f"Endpoint {self.name} is not in Direct mode and takes no TargetContainerHostname.")
        if only and only not in names:
            raise _refused(f"There is no container {only} at endpoint {self.name}; it has {', '.join(names)}.")

    def _call(self, fleet: Fleet, variant: Variant, asked: Asked, headers: Asked, body: bytes) -> Answer:
        try:
            fleet.ensure(variant)
            answer, container = variant.model.invoke(
                body, headers, asked.get("TargetModel"), asked.get("TargetContainerHostname")
            )
        except ClientFault as fault:
            raise _refused(str(fault)) from fault
        except ServerFault as fault:
            raise self._model_error(500, str(fault), fault.container) from fault
        except JobStopped:
            raise ApiError("ServiceUnavailable", "The endpoint is shutting down.") from None
        except TimeoutError:
            raise ModelError(0, "", "Your invocation timed out while waiting for a response from container "
                             f"{variant.containers[0].name}.") from None  # fmt: skip
        except NO_ANSWER as error:
            with suppress(ServerFault):  # a server that has crashed is gone by the time of the next request
                variant.model.check_running(CRASH)
            raise self._model_error(500, f"no answer: {error}", variant.containers[0].name) from error
        if answer.status >= 300:
            raise self._model_error(answer.status, answer.body.decode("utf-8", "replace"), container)
        return answer

    def _model_error(self, status: int, text: str, container: str) -> ModelError:
        side = "client" if status < 500 else "server"
        return ModelError(
            status,
            text,
            f'Received {side} error ({status}) from {container} with message "{text}". See the log group '
            f"/aws/sagemaker/Endpoints/{self.name} in account {self._account} for more information.",
        )


def _refused(message: str) -> ApiError:
    return ApiError("ValidationError", message)


def _places(config: Mapping[str, str], asked: Asked) -> tuple[str, str | None]:
    base = config["S3OutputPath"].rstrip("/")
    extension = asked.get("S3OutputPathExtension", "").strip("/")
    name = asked.get("Filename") or f"{uuid.uuid4()}.out"
    output = "/".join(filter(None, [base, extension, name]))
    split_uri(output)
    stem = name.removesuffix(".out")
    failed = config.get("S3FailurePath")
    return output, f"{failed.rstrip('/')}/{stem}-error.out" if failed else None
