"""A batch transform job: the model's server is started, the input is sent to it, `<key>.out` goes up.

As on AWS, the agent (here: this module) splits the input, the container only answers HTTP. Every object of the input is
uploaded when all of its records are answered, in one request: there is no half an output. Objects that were finished
before another one failed stay, as on AWS.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mlpipelines.local.faults import AlgorithmFault, ClientFault
from mlpipelines.local.jobs import POLL, Job
from mlpipelines.local.model_server import ModelServer, free_port
from mlpipelines.local.process import JobProcess
from mlpipelines.local.storage import S3Object

MB = 1 << 20
DEFAULT_PAYLOAD_MB = 6
#: Seconds that a model's server may take until it answers /ping.
START_TIMEOUT = 300.0
#: Seconds for one request, and requests after one that failed, unless ModelClientConfig says otherwise.
INVOCATION_TIMEOUT = 600
RETRIES = 3


class TransformJob(Job):
    kind = "Transform"
    log_group = "/aws/sagemaker/TransformJobs"

    #: The DescribeModel result of the job's model; set by the engine before the job runs.
    model: dict[str, Any]

    def work(self, directory: Path) -> dict[str, Any]:
        source, output = self.request["TransformInput"], self.request["TransformOutput"]
        self.site.storage.check_bucket(output["S3OutputPath"])
        container = (self.model.get("Containers") or [self.model.get("PrimaryContainer")])[0]
        (directory / "model").mkdir()
        if container.get("ModelDataUrl"):
            self.site.storage.extract(container["ModelDataUrl"], directory / "model")
        items = list(self.site.storage.objects(source["DataSource"]["S3DataSource"]))
        port = self.program.port or free_port()
        config = self.request.get("ModelClientConfig") or {}
        server = ModelServer(port, config.get("InvocationsTimeoutInSeconds", INVOCATION_TIMEOUT))
        process = self.start("serve", self._environment(container, port, directory), directory)
        try:
            self._await_ping(process, server)
            for item in items:
                self._transform(item, process, server, directory)
        finally:
            server.close()
            process.end()
            process.wait(self.site.stop_grace + 2)
        return {}

    def _environment(self, container: dict[str, Any], port: int, directory: Path) -> dict[str, str]:
        return {
            "SM_MODEL_DIR": str(directory / "model"),
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(self._payload_limit() // MB),
            "SAGEMAKER_BATCH_STRATEGY": _snake(self.request.get("BatchStrategy", "MultiRecord")),
            **(container.get("Environment") or {}),
            **(self.request.get("Environment") or {}),
        }

    def _payload_limit(self) -> int:
        """Bytes of one payload; 0 is AWS's word for no limit."""
        megabytes: int = self.request.get("MaxPayloadInMB", DEFAULT_PAYLOAD_MB)
        return megabytes * MB

    def _await_ping(self, process: JobProcess, server: ModelServer) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            self._check_process(process)
            if server.is_up():
                return
        raise AlgorithmFault("The model's server did not pass the ping health check. Please check the job's log.")

    def _check_process(self, process: JobProcess) -> None:
        """Raises when the job is to stop or its server has died."""
        self.stream.flush()
        status = process.wait(POLL / 2)
        self.check_stop()
        if status is not None:
            self.stream.flush()
            raise self.exit_fault(status or 1, self.directory / "output/failure")

    def _transform(self, item: S3Object, process: JobProcess, server: ModelServer, directory: Path) -> None:
        source, output = self.request["TransformInput"], self.request["TransformOutput"]
        path = self.site.storage.download(item, directory / "input", source.get("CompressionType", "None"))
        answer = directory / "answer"
        lines = output.get("AssembleWith", "None") == "Line"
        with path.open("rb") as records, answer.open("wb") as file:
            for payload in self._payloads(records, item):
                self.stream.flush()
                self.check_stop()
                body = self._invoke(payload, process, server, item)
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

    def _invoke(self, payload: bytes, process: JobProcess, server: ModelServer, item: S3Object) -> bytes:
        """One payload's answer. 5xx is tried again as AWS does, 4xx is the data's fault."""
        config = self.request.get("ModelClientConfig") or {}
        attempts = 1 + config.get("InvocationsMaxRetries", RETRIES)
        source, output = self.request["TransformInput"], self.request["TransformOutput"]
        headers = _headers(source.get("ContentType"), output.get("Accept"))
        status, body = 0, b""
        for _ in range(attempts):
            try:
                status, body = server.invoke(payload, headers)
            except (OSError, http.client.HTTPException) as error:
                self._check_process(process)
                status, body = 500, f"no answer: {error}".encode()
            if status < 500:
                break
        if status == 200:
            return body
        reason = " ".join(body.decode("utf-8", "replace").split())[:500]
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
