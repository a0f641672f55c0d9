"""One container of a model as a process that answers HTTP: its data, its start, its health, its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlpipelines.local.faults import ClientFault, ServerFault
from mlpipelines.local.jobs.job import POLL
from mlpipelines.local.jobs.process import JobProcess
from mlpipelines.local.serving.containers import Container
from mlpipelines.local.serving.model_server import Answer, ModelServer, free_port, is_taken
from mlpipelines.local.storage import Storage

#: Seconds that a model's server may take until it answers /ping.
START_TIMEOUT = 300.0
#: container, environment, directory -> its running process
Launch = Callable[[Container, Mapping[str, str], Path], JobProcess]
#: Called often while a server starts; raises to give up.
Check = Callable[[], None]
Headers = Mapping[str, str]


class ContainerServer:
    """One container's process. `timeout` is that of one request, in seconds."""

    def __init__(
        self,
        container: Container,
        storage: Storage,
        directory: Path,
        launch: Launch,
        environment: Mapping[str, str],
        timeout: float,
    ) -> None:
        self.container, self._directory = container, directory
        self._storage, self._launch, self._environment = storage, launch, environment
        self._timeout = timeout
        self._lock = threading.Lock()
        self._loaded = False
        self._process: JobProcess | None = None
        self._server: ModelServer | None = None

    def load(self, target: str | None = None) -> None:
        """Raises ClientFault when there is no such data."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self.container.load(self._storage, self._directory, target)
        self._loaded = True

    def start(self) -> None:
        port = self.container.program.port
        if port and is_taken(port):
            raise ClientFault(
                f"port {port}, on which the program of the container {self.container.name} listens, is taken; without "
                "`port` in its entry of images.yaml it is told a free one by SAGEMAKER_BIND_TO_PORT"
            )
        port = port or free_port()
        own = {"SM_MODEL_DIR": str(self._directory / "model"), "SAGEMAKER_BIND_TO_PORT": str(port)}
        self._server = ModelServer(port, self._timeout)
        variables = {**own, **self.container.environment, **self._environment}
        self._process = self._launch(self.container, variables, self._directory)

    def await_ping(self, check: Check, seconds: float = START_TIMEOUT) -> None:
        """Raises ServerFault when the server ends or does not answer in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            check()
            self.check_running(POLL / 2)
            if self._server and self._server.is_up():
                return
        raise ServerFault(self.container.name, None, self._directory)

    def check_running(self, seconds: float = 0.0) -> None:
        """Raises ServerFault when the process has ended, or does so within `seconds`."""
        status = self._process.wait(seconds) if self._process else 1
        if status is not None:
            raise ServerFault(self.container.name, status or 1, self._directory)

    def ensure(self, check: Check, target: str | None = None) -> bool:
        """Whether it had to be started (again)."""
        with self._lock:
            if self._process and self._process.wait(0) is None:
                return False
            if not self._loaded:
                self.load(target)
            self.start()
            self.await_ping(check)
            return True

    def execution_parameters(self) -> Mapping[str, Any]:
        return self._server.execution_parameters() if self._server else {}

    def invoke(self, payload: bytes, headers: Headers) -> Answer:
        """Raises one of NO_ANSWER when there is none."""
        if self._server is None:
            raise ConnectionError("its server does not run")
        return self._server.invoke(payload, headers)

    def end(self) -> None:
        if self._server:
            self._server.close()
        if self._process:
            self._process.end()

    def wait(self, seconds: float) -> None:
        if self._process:
            self._process.wait(seconds)
