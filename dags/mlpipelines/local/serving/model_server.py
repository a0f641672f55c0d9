"""HTTP to a model's server in a process of its own: is it up, and what does it answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

PING_TIMEOUT = 2.0


class Answer(NamedTuple):
    """What a model's server answered; `headers` by their names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class ModelServer:
    """Connections are kept as long as the server keeps them: a transform may send a request for every record.

    Any number of threads may invoke it at the same time; each takes a connection that nobody uses.
    """

    def __init__(self, port: int, timeout: float) -> None:
        self._port, self._timeout = port, timeout
        self._idle: deque[http.client.HTTPConnection] = deque()

    def is_up(self) -> bool:
        probe = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PING_TIMEOUT)
        try:
            probe.request("GET", "/ping")
            return probe.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            probe.close()

    def execution_parameters(self) -> Mapping[str, Any]:
        """What GET /execution-parameters says of how the container wants its payloads; nothing when it is not there."""
        asking = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PING_TIMEOUT)
        try:
            asking.request("GET", "/execution-parameters")
            response = asking.getresponse()
            content = json.loads(response.read()) if response.status == 200 else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            asking.close()
        return content if isinstance(content, dict) else {}

    def invoke(self, payload: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises OSError or HTTPException when there is no answer."""
        with contextlib.suppress(IndexError):
            kept = self._idle.pop()
            with contextlib.suppress(ConnectionError, http.client.BadStatusLine):  # the server had closed it
                return self._post(kept, payload, headers)
        return self._post(self._connection(), payload, headers)

    def close(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)

    def _post(self, connection: http.client.HTTPConnection, payload: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            connection.request("POST", "/invocations", payload, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return answer


_given: deque[int] = deque(maxlen=500)
_giving = threading.Lock()


def free_port() -> int:
    """A port that nobody listens on, and that this function has not given to somebody else just now."""
    with _giving:
        while True:
            with contextlib.closing(socket.socket()) as probe:
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
            if port not in _given:
                _given.append(port)
                return port


def is_taken(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
