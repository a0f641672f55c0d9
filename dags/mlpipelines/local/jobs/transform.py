"""A batch transform job: the model's server is started, the input is sent to it, `<key>.out` goes up.

As on AWS, the agent (here: this module) splits the input, the container only answers HTTP. Every object of the input is
uploaded when all of its records are answered, in one request: there is no half an output. Objects that were finished
before another one failed stay, as on AWS.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from mlpipelines.local.faults import AlgorithmFault, ClientFault, JobFault, ServerFault
from mlpipelines.local.jobs.data_processing import DataProcessing
from mlpipelines.local.jobs.job import POLL, Job
from mlpipelines.local.jobs.payloads import Payload, Sending, line_payloads, whole_payload
from mlpipelines.local.serving.containers import Container
from mlpipelines.local.serving.model_server import Answer
from mlpipelines.local.serving.served_model import NO_ANSWER, ServedModel
from mlpipelines.local.storage import S3Object

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
            with ThreadPoolExecutor(self._sending.concurrency) as pool:
                for item in self.site.storage.objects(source["DataSource"]["S3DataSource"]):
                    self._transform(item, model, directory, pool)
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
        self._sending = Sending.of(self.request, model.execution_parameters())
        self.stream.write(str(self._sending))

    def _fault(self, fault: ServerFault) -> JobFault:
        if fault.status is not None:
            return self.exit_fault(fault.status, fault.directory / "output/failure")
        return AlgorithmFault("The model's server did not pass the ping health check. Please check the job's log.")

    def _environment(self) -> dict[str, str]:
        asked = Sending.of(self.request)
        return {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(asked.megabytes),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(asked.concurrency),
            "SAGEMAKER_BATCH_STRATEGY": asked.strategy,
            **(self.request.get("Environment") or {}),
        }

    def _transform(self, item: S3Object, model: ServedModel, directory: Path, pool: ThreadPoolExecutor) -> None:
        source, output = self.request["TransformInput"], self.request["TransformOutput"]
        path = self.site.storage.download(item, directory / "input", source.get("CompressionType", "None"))
        result = directory / "answer"
        processing = DataProcessing(self.request)
        with path.open("rb") as records, result.open("wb") as file:
            payloads = self._payloads(records, item, processing)
            for payload, answer in self._answers(payloads, pool, lambda content: self._invoke(content, model, item)):
                body = processing.output(payload.records, answer)
                file.write(body)
                if processing.assemble and not body.endswith(b"\n"):
                    file.write(b"\n")
        self.check_stop()
        self.site.storage.upload(result, f"{output['S3OutputPath'].rstrip('/')}/{item.name}.out")
        path.unlink()

    def _payloads(self, records: BinaryIO, item: S3Object, processing: DataProcessing) -> Iterator[Payload]:
        limit, single = self._sending.limit, self._sending.single
        if not processing.split:
            yield whole_payload(records, limit, processing.filtered, item.uri)
            return
        yield from line_payloads(records, limit, single, processing.filtered, item.uri)

    def _answers(
        self, payloads: Iterator[Payload], pool: ThreadPoolExecutor, ask: Callable[[bytes], bytes]
    ) -> Iterator[tuple[Payload, bytes]]:
        """Every payload with its answer, in their order, MaxConcurrentTransforms of them at the same time."""
        waiting: deque[tuple[Payload, Future[bytes]]] = deque()
        for payload in payloads:
            self.stream.flush()
            self.check_stop()
            waiting.append((payload, pool.submit(ask, payload.content)))
            if len(waiting) >= self._sending.concurrency:
                first, answer = waiting.popleft()
                yield first, answer.result()
        for left, answer in waiting:
            yield left, answer.result()

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
