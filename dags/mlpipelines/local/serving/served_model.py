"""The containers of a model, started together and asked one after the other.

Used by batch transforms and endpoints alike. Differs from AWS in this: every model of a multi-model container has a
process of its own, which is started by the first request for it and stays.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from mlpipelines.local.serving.container_server import START_TIMEOUT, Check, ContainerServer, Headers, Launch
from mlpipelines.local.serving.containers import Container
from mlpipelines.local.serving.model_server import Answer
from mlpipelines.local.storage import Storage

TARGET_MODEL = "X-Amzn-SageMaker-Target-Model"
#: What `invoke` raises when a server gives no answer.
NO_ANSWER = (OSError, http.client.HTTPException)


class ServedModel:
    """All containers of one model."""

    def __init__(
        self,
        containers: Sequence[Container],
        storage: Storage,
        directory: Path,
        launch: Launch,
        environment: Mapping[str, str],
        timeout: float,
    ) -> None:
        self._directory = directory
        self._given = (storage, launch, environment, timeout)
        self._lock = threading.Lock()
        self._targets: dict[tuple[str, str], ContainerServer] = {}
        self._numbers = count(1)
        alone = len(containers) == 1
        self.servers = [
            self._server(each, directory if alone else directory / "containers" / each.name) for each in containers
        ]

    @property
    def is_multi_model(self) -> bool:
        return any(server.container.is_multi_model for server in self.servers)

    def start(self, check: Check, seconds: float = START_TIMEOUT) -> None:
        """Raises ClientFault for data that cannot be loaded, ServerFault for a server that does not answer."""
        single = [server for server in self.servers if not server.container.is_multi_model]
        for server in single:
            server.load()
        for server in single:
            server.start()
        for server in single:
            server.await_ping(check, seconds)

    def execution_parameters(self) -> Mapping[str, Any]:
        """Of the first container, the one that gets the payloads."""
        return self.servers[0].execution_parameters()

    def check_running(self, seconds: float = 0.0) -> None:
        """Raises ServerFault when one of the servers has ended."""
        for server in self.servers:
            if not server.container.is_multi_model:
                server.check_running(seconds)

    def ensure(self, check: Check) -> list[str]:
        """Start again what has ended, as AWS restarts a container that crashed; their names."""
        single = [server for server in self.servers if not server.container.is_multi_model]
        return [server.container.name for server in single if server.ensure(check)]

    def invoke(
        self, payload: bytes, headers: Headers, target: str | None = None, only: str | None = None
    ) -> tuple[Answer, str]:
        """The last container's answer and its name, or the first one's that is an error.

        As on AWS, what one container answers is what the next one is asked, `Accept` goes to the last one, and `only`
        names one container of a model in Direct mode.
        """
        servers = [server for server in self.servers if only in (None, server.container.name)]
        for server in servers[:-1]:
            answer = self._ask(server, payload, {key: text for key, text in headers.items() if key != "Accept"}, target)
            if answer.status >= 300:
                return answer, server.container.name
            payload = answer.body
            if "content-type" in answer.headers:
                headers = {**headers, "Content-Type": answer.headers["content-type"]}
        return self._ask(servers[-1], payload, headers, target), servers[-1].container.name

    def end(self, seconds: float) -> None:
        """End every process and wait for them, at most so long in all."""
        with self._lock:
            servers = [*self.servers, *self._targets.values()]
        for server in servers:
            server.end()
        deadline = time.monotonic() + seconds
        for server in servers:
            server.wait(max(0.0, deadline - time.monotonic()))

    def _ask(self, server: ContainerServer, payload: bytes, headers: Headers, target: str | None) -> Answer:
        if target and server.container.is_multi_model:
            return self._target(server, target).invoke(payload, {**headers, TARGET_MODEL: target})
        return server.invoke(payload, headers)

    def _target(self, server: ContainerServer, target: str) -> ContainerServer:
        """The server of one model of a multi-model container."""
        key = (server.container.name, target)
        with self._lock:
            if key not in self._targets:
                folder = self._directory / "targets" / str(next(self._numbers))
                self._targets[key] = self._server(server.container, folder)
            found = self._targets[key]
        try:
            found.ensure(lambda: None, target)
        except BaseException:
            with self._lock:
                self._targets.pop(key, None)
            found.end()
            raise
        return found

    def _server(self, container: Container, directory: Path) -> ContainerServer:
        storage, launch, environment, timeout = self._given
        return ContainerServer(container, storage, directory, launch, environment, timeout)
