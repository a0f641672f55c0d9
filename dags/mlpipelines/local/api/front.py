"""The WSGI application in front of moto's: it injects faults, remembers what was changed, refuses what nobody knows."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from mlpipelines.local.api.call import Call, rest_action
from mlpipelines.local.api.chaos import Fault, Faults
from mlpipelines.local.api.journal import Journal
from mlpipelines.local.api.wsgi import Answer, Application, Environ, run
from mlpipelines.local.clients import SERVER_KEY
from mlpipelines.local.faults import NOT_SIMULATED
from mlpipelines.local.records.memory import Memory

#: kind of fault -> (status, code of most services, code of S3, message)
REFUSALS = {
    "throttle": ("400 Bad Request", "ThrottlingException", "SlowDown", "Rate exceeded"),
    "error": (
        "500 Internal Server Error",
        "InternalFailure",
        "InternalError",
        "An internal error occurred, try again.",
    ),
    "unavailable": ("503 Service Unavailable", "ServiceUnavailable", "ServiceUnavailable", "Try again later."),
}
log = logging.getLogger("mlpipelines.local")


class Front:
    def __init__(
        self, app: Application, faults: Faults | None, memory: Memory | None, journal: Journal | None = None
    ) -> None:
        self._app, self._faults, self._memory, self._journal = app, faults, memory, journal

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = Call(environ)
        if call.path.startswith("/moto-api"):
            return self._app(environ, start_response)
        fault = self._fault(call)
        if fault:
            time.sleep(fault.delay if fault.kind in ("slow", "drop") else 0)
            if fault.kind != "lost":
                call.body  # noqa: B018 - a client that is still sending would not listen
            if fault.kind == "drop":
                return _hang_up(call)
            if fault.kind in REFUSALS:
                return _send(_refusal(call, *REFUSALS[fault.kind]), start_response)
        answer = self._answer(call)
        if fault and fault.kind == "lost":
            time.sleep(fault.delay)
            return _hang_up(call)
        return _send(answer, start_response)

    def _fault(self, call: Call) -> Fault | None:
        """The server's own requests (what jobs read and write, their logs) are left alone."""
        if not self._faults or call.access_key == SERVER_KEY:
            return None
        fault = self._faults.of_call(call.service, call.action)
        if fault:
            log.info("fault: %s %s: %s", call.service, call.action, fault.kind)
        return fault

    def _answer(self, call: Call) -> Answer:
        if call.service != "s3":
            call.body  # noqa: B018 - it may be wanted again, when the application has read it
        remember = self._memory.before(call) if self._memory else None
        try:
            answer = run(self._app, call.environ)
        except Exception as error:
            log.info("%s %s: %s: %s", call.service, call.action, type(error).__name__, error)
            return self._unknown(call)
        status, headers, _ = answer
        kind = {name.lower(): value for name, value in headers}.get("content-type", "")
        if status[0] in "45" and kind.startswith("text/html") and call.service not in ("s3", "sagemaker-runtime"):
            return self._unknown(call)
        if remember and status[0] == "2":
            remember()
        return answer

    def _unknown(self, call: Call) -> Answer:
        """For services and actions that nobody here knows. Never a 5xx: clients would try those again and again."""
        action, given = (call.action, {}) if call.action else rest_action(call.service, call.method, call.path)
        name = f"{call.service} {action}" if action else f"{call.service} {call.method} {call.path}"
        message = f"{NOT_SIMULATED}: {name}."
        log.info("refused: %s", message)
        if self._journal and action and call.service != "s3":
            with contextlib.suppress(ValueError):
                request = {**given, **(json.loads(call.body) if call.body and not call.is_form else {})}
                self._journal.record(action, request, service=call.service, refused=message)
        return _refusal(call, "400 Bad Request", "ValidationException", "NotImplemented", message)


def _refusal(call: Call, status: str, code: str, s3_code: str, message: str) -> Answer:
    if call.service == "s3":
        status = "503 Slow Down" if s3_code == "SlowDown" else status
        text = f"<Error><Code>{s3_code}</Code><Message>{escape(message)}</Message></Error>"
        return status, [("Content-Type", "application/xml")], b"" if call.method == "HEAD" else text.encode()
    if call.is_form:
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        return status, [("Content-Type", "text/xml")], f"<ErrorResponse>{inner}</ErrorResponse>".encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
    return status, headers, json.dumps({"__type": code, "message": message}).encode()


def _send(answer: Answer, start_response: Callable[..., Any]) -> Iterable[bytes]:
    status, headers, body = answer
    if body and not any(name.lower() == "content-length" for name, _ in headers):
        headers = [*headers, ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]


def _hang_up(call: Call) -> Iterable[bytes]:
    connection = call.environ["werkzeug.socket"]
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError  # werkzeug takes this for a client that has gone, and writes nothing
