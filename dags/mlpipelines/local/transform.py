"""A batch transform job: the model's server is started, the input is sent to it, `<key>.out` goes up.

As on AWS, the agent (here: this module) splits the input, the container only answers HTTP. Every object of the input is
uploaded when all of its records are answered, in one request: there is no half an output. Objects that were finished
before another one failed stay, as on AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from mlpipelines.local.containers import Container
from mlpipelines.local.faults import AlgorithmFault, ClientFault, JobFault, ServerFault
from mlpipelines.local.jobs import POLL, Job
from mlpipelines.local.model_server import Answer
from mlpipelines.local.served_model import NO_ANSWER, ServedModel
from mlpipelines.local.storage import S3Object

MB = 1 << 20
DEFAULT_PAYLOAD_MB = 6
#: Seconds for one request, and requests after one that failed, unless ModelClientConfig says otherwise.
INVOCATION_TIMEOUT = 600
RETRIES = 3


class TransformJob(Job):
    kind = "Transform"
    log_group = "/aws/sagemaker/TransformJobs"

    #: The containers of the job's model; set by the engine before the job runs.
    containers: Sequence[Container]

    def work(self, directory: Path) -> dict[str, Any]:
        source, output = self.request["TransformInput"], self.request["TransformOutput"]
        self.site.storage.check_bucket(output["S3OutputPath"])
        for remark in sorted({text for container in self.containers for text in container.remarks}):
            self.stream.write(f"warning: {remark}")
        model = self._served_model(directory)
        try:
            self._start(model)
            for item in self.site.storage.objects(source["DataSource"]["S3DataSource"]):
                self._transform(item, model, directory)
        except ServerFault as fault:
            self.check_stop()
            self.stream.flush()
            raise self._fault(fault) from fault
        finally:
            model.end(self.site.stop_grace + 2)
        return {}

    def _served_model(self, directory: Path) -> ServedModel:
        config = self.request.get("ModelClientConfig") or {}
        return ServedModel(
            self.containers,
            self.site.storage,
            directory,
            lambda container, environment, folder: self.launch(container.program, "serve", environment, folder),
            self._environment(),
            config.get("InvocationsTimeoutInSeconds", INVOCATION_TIMEOUT),
        )

    def _start(self, model: ServedModel) -> None:
        def check() -> None:
            self.stream.flush()
            self.check_stop()

        model.start(check)

    def _fault(self, fault: ServerFault) -> JobFault:
        if fault.status is not None:
            return self.exit_fault(fault.status, fault.directory / "output/failure")
        return AlgorithmFault("The model's server did not pass the ping health check. Please check the job's log.")

    def _environment(self) -> dict[str, str]:
        return {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(self._payload_limit() // MB),
            "SAGEMAKER_BATCH_STRATEGY": _snake(self.request.get("BatchStrategy", "MultiRecord")),
            **(self.request.get("Environment") or {}),
        }

    def _payload_limit(self) -> int:
        """Bytes of one payload; 0 is AWS's word for no limit."""
        megabytes: int = self.request.get("MaxPayloadInMB", DEFAULT_PAYLOAD_MB)
        return megabytes * MB

    def _transform(self, item: S3Object, model: ServedModel, directory: Path) -> None:
        source, output = self.request["TransformInput"], self.request["TransformOutput"]
        path = self.site.storage.download(item, directory / "input", source.get("CompressionType", "None"))
        answer = directory / "answer"
        lines = output.get("AssembleWith", "None") == "Line"
        with path.open("rb") as records, answer.open("wb") as file:
            for payload in self._payloads(records, item):
                self.stream.flush()
                self.check_stop()
                body = self._invoke(payload, model, item)
                file.write(body)
                if lines and not body.endswith(b"\n"):
                    file.write(b"\n")
        self.check_stop()
        self.site.storage.upload(answer, f"{output['S3OutputPath'].rstrip('/')}/{item.name}.out")
        path.unlink()

    def _payloads(self, records: BinaryIO, item: S3Object) -> Iterator[bytes]:
        limit = self._payload_limit()
        if self.request["TransformInput"].get("SplitType", "None") == "None":
            content = records.read()
            _check_size(content, limit, f"{item.uri} (there is no SplitType, so the object is sent as a whole)")
            yield content
            return
        single = self.request.get("BatchStrategy", "MultiRecord") == "SingleRecord"
        batch: list[bytes] = []
        size = 0
        for number, line in enumerate(records, 1):
            if not line.strip():
                continue
            _check_size(line, limit, f"line {number} of {item.uri}")
            if batch and (single or (limit and size + len(line) > limit)):
                yield b"".join(batch)
                batch, size = [], 0
            batch.append(line)
            size += len(line)
        if batch:
            yield b"".join(batch)

    def _invoke(self, payload: bytes, model: ServedModel, item: S3Object) -> bytes:
        """One payload's answer. 5xx is tried again as AWS does, 4xx is the data's fault."""
        config = self.request.get("ModelClientConfig") or {}
        attempts = 1 + config.get("InvocationsMaxRetries", RETRIES)
        source, output = self.request["TransformInput"], self.request["TransformOutput"]
        headers = _headers(source.get("ContentType"), output.get("Accept"))
        answer = Answer(0, b"")
        for _ in range(attempts):
            try:
                answer, _ = model.invoke(payload, headers)
            except NO_ANSWER as error:
                self.check_stop()
                model.check_running(POLL / 2)
                answer = Answer(500, f"no answer: {error}".encode())
            if answer.status < 500:
                break
        status = answer.status
        if status == 200:
            return answer.body
        reason = " ".join(answer.body.decode("utf-8", "replace").split())[:500]
        self.stream.write(f"{item.uri}: Bad HTTP status received from algorithm: {status}: {reason}")
        kind = ClientFault if status < 500 else AlgorithmFault
        raise kind(
            f"Bad HTTP status received from algorithm: {status}: {reason} ({item.uri}). "
            "See job logs for more information"
        )


def _headers(content_type: str | None, accept: str | None) -> dict[str, str]:
    return {
        **({"Content-Type": content_type} if content_type else {}),
        **({"Accept": accept} if accept else {}),
    }


def _check_size(content: bytes, limit: int, what: str) -> None:
    if limit and len(content) > limit:
        raise ClientFault(f"{what} has {len(content)} bytes, more than MaxPayloadInMB allows ({limit // MB} MB)")


def _snake(name: str) -> str:
    return {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}[name]
