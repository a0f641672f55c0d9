"""SageMaker's side of the wire: every kind of job, in states that the test says, with faults that the test plans.

The embedded SageMaker runs jobs; this one runs none, so that every state and every fault of every kind can be had.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ARN = "arn:aws:sagemaker:us-east-1:123456789012"

#: Create action -> the members of name and of status, the status at first.
CREATES = {
    "CreateTrainingJob": ("TrainingJobName", "TrainingJobStatus"),
    "CreateTransformJob": ("TransformJobName", "TransformJobStatus"),
    "CreateProcessingJob": ("ProcessingJobName", "ProcessingJobStatus"),
    "CreateHyperParameterTuningJob": ("HyperParameterTuningJobName", "HyperParameterTuningJobStatus"),
    "CreateAutoMLJob": ("AutoMLJobName", "AutoMLJobStatus"),
    "CreateEndpoint": ("EndpointName", "EndpointStatus"),
    "CreateEndpointConfig": ("EndpointConfigName", "_"),
    "CreateModel": ("ModelName", "_"),
}


@dataclass(frozen=True)
class Fault(Exception):
    """An answer instead of the right one; a `late` one comes after the work is done: only the answer is lost."""

    code: str
    status: int = 400
    message: str = ""
    late: bool = False


THROTTLED = Fault("ThrottlingException", 400, "Rate exceeded")
BROKEN = Fault("InternalFailure", 500, "AWS has a bad day")


@dataclass
class StandIn:
    """`end` decides what a job is when it is looked at for the n-th time: members to add to its description."""

    url: str = ""
    jobs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    end: Callable[[dict[str, Any], int], dict[str, Any]] = lambda job, look: {"status": "Completed"}

    def actions(self, prefix: str = "") -> list[str]:
        return [action for action, _ in self.calls if action.startswith(prefix)]

    def names(self, member: str) -> list[str]:
        """The names of all jobs of a kind, in the order in which they were created."""
        return [name for kind, name in self.jobs if kind == member]

    def answer(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((action, request))
        planned = self.faults.get(action, [])
        fault = planned.pop(0) if planned else None
        if fault and not fault.late:
            raise fault
        result = self._do(action, request)
        if fault:
            raise fault
        return result

    def _do(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        if action in CREATES:
            return self._create(*CREATES[action], request)
        if action == "StartPipelineExecution":
            arn = f"{ARN}:pipeline/p/execution/{request['ClientRequestToken'][-12:]}"
            job = {"PipelineExecutionArn": arn, "_status": "PipelineExecutionStatus", "_looks": 0}
            self.jobs.setdefault(("PipelineExecutionArn", arn), job)
            return {"PipelineExecutionArn": arn}
        if action == "AddTags":
            return {}
        member = next(name for name in ("PipelineExecutionArn", *(n for n, _ in CREATES.values())) if name in request)
        job = self._job(member, request[member])
        if action.startswith("Describe"):
            return self._describe(job)
        if action.startswith("Stop"):
            job["_over"] = {"status": "Stopped"}
        if action == "UpdateEndpoint":
            job |= {**request, "_looks": 0}
        if action == "DeleteEndpoint":
            del self.jobs[member, request[member]]
        return {}

    def _create(self, member: str, status: str, request: dict[str, Any]) -> dict[str, Any]:
        name = request[member]
        if (member, name) in self.jobs:
            raise Fault("ResourceInUse", 400, "a job with this name already exists")
        arn = f"{member.removesuffix('Name')}Arn"
        self.jobs[member, name] = {**request, arn: f"{ARN}:x/{name}", "_status": status, "_looks": 0}
        return {arn: f"{ARN}:x/{name}"}

    def _job(self, member: str, name: str) -> dict[str, Any]:
        try:
            return self.jobs[member, name]
        except KeyError:
            raise Fault("ValidationException", 400, "Requested resource not found.") from None

    def _describe(self, job: dict[str, Any]) -> dict[str, Any]:
        job["_looks"] += 1
        more = job.get("_over") or self.end(job, job["_looks"])
        description = {k: v for k, v in job.items() if not k.startswith("_")}
        return {**description, "CreationTime": 1700000000.5, job["_status"]: more["status"]} | {
            key: value for key, value in more.items() if key != "status"
        }


@contextmanager
def running_stand_in() -> Iterator[StandIn]:
    stand_in, lock = StandIn(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """S3, as far as a job's results are read: `objects` are by /bucket/key."""
            found = stand_in.objects.get(self.path.partition("?")[0])
            self._send_bytes(404 if found is None else 200, found or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service, _, action = self.headers.get("X-Amz-Target", "").partition(".")
            try:
                if service != "SageMaker":
                    raise Fault("ResourceNotFoundException", 400, f"only SageMaker is here, not {service or 'this'}")
                with lock:
                    answer = stand_in.answer(action, json.loads(body or b"{}"))
                self._send(200, answer)
            except Fault as fault:
                self._send(fault.status, {"__type": fault.code, "message": fault.message})

        def _send(self, status: int, answer: dict[str, Any]) -> None:
            self._send_bytes(status, json.dumps(answer).encode())

        def _send_bytes(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
