"""HTTP to a model's server in a job's process: is it up, and what does it answer."""

from __future__ import annotations

import contextlib
import http.client
import socket

PING_TIMEOUT = 2.0


class ModelServer:
    """One connection, kept as long as the server keeps it: a transform may send a request for every record."""

    def __init__(self, port: int, timeout: float) -> None:
        self._port, self._timeout = port, timeout
        self._connection: http.client.HTTPConnection | None = None

    def is_up(self) -> bool:
        probe = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PING_TIMEOUT)
        try:
            probe.request("GET", "/ping")
            return probe.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            probe.close()

    def invoke(self, payload: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body. Raises OSError or HTTPException when there is no answer."""
        kept = self._connection is not None
        try:
            return self._post(payload, headers)
        except (ConnectionError, http.client.BadStatusLine):
            if not kept:
                raise
            return self._post(payload, headers)  # the server had closed the kept connection

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _post(self, payload: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            self._connection.request("POST", "/invocations", payload, headers)
            response = self._connection.getresponse()
            body = response.read()
        except BaseException:
            self.close()
            raise
        if response.will_close:
            self.close()
        return response.status, body


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
