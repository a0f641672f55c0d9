"""A whole Airflow on loopback: API server, scheduler, DAG processor, triggerer; each can be killed and started anew."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

COMMANDS = {
    "api-server": ["api-server", "--workers", "1"],
    "scheduler": ["scheduler"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer"],
}


class Airflow:
    """`folder` is its home, `dags` its DAG folder; `environment` overrides and adds to that of its processes.

    More processes are entries of `commands`, by a name for their log.
    """

    def __init__(self, folder: Path, dags: Path, environment: dict[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        self.commands: dict[str, Sequence[str]] = dict(COMMANDS)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {**inherited(), **self._settings(dags), **environment}
        self._token = ""
        folder.mkdir(parents=True, exist_ok=True)

    def _settings(self, dags: Path) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}"
        sections = {
            "CORE": {
                "DAGS_FOLDER": str(dags),
                "LOAD_EXAMPLES": "False",
                "DAGS_ARE_PAUSED_AT_CREATION": "False",
                "SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
                "EXECUTION_API_SERVER_URL": f"{url}/execution/",
                "PARALLELISM": "12",
            },
            "API": {"HOST": "127.0.0.1", "PORT": str(self.port), "BASE_URL": url},
            "API_AUTH": {"JWT_SECRET": "s" * 64},
            "LOGGING": {
                "WORKER_LOG_SERVER_PORT": str(free_port()),
                "TRIGGER_LOG_SERVER_PORT": str(free_port()),
                "LOGGING_LEVEL": "INFO",
            },
            "SCHEDULER": {
                "TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
                "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
                "SCHEDULER_HEARTBEAT_SEC": "1",
            },
            "TRIGGERER": {"JOB_HEARTBEAT_SEC": "1", "TRIGGERER_HEALTH_CHECK_THRESHOLD": "6"},
            "WORKERS": {
                "MIN_HEARTBEAT_INTERVAL": "1",
                # An API server that has just begun takes its time on a busy machine: that is no outage.
                "EXECUTION_API_TIMEOUT": "60",
                "EXECUTION_API_RETRIES": "2",
                "EXECUTION_API_RETRY_WAIT_MAX": "1",
            },
        }
        return {
            "AIRFLOW_HOME": str(self.folder),
            # SQLite has one writer at a time: on a busy machine the others wait longer than the usual 5 s.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.folder}/airflow.db?timeout=60",
            "PYTHONPATH": str(dags if (dags / "mlpipelines").is_dir() else ROOT / "dags"),
            **{f"AIRFLOW__{section}__{k}": v for section, values in sections.items() for k, v in values.items()},
        }

    # Processes

    def start(self, *names: str, cwd: Path | None = None, **environment: str) -> None:
        """Start processes; `environment` is theirs alone."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "airflow", *self.commands[name]],
                    env=self.environment | environment,
                    cwd=cwd or self.folder,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def end(self, name: str, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """End the process and all that it has started."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, with_signal)
        try:
            process.wait(20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def migrate(self) -> None:
        """Make the database."""
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(command, env=self.environment, cwd=self.folder, check=True, capture_output=True, timeout=180)

    def end_all(self) -> None:
        for name in list(self.processes):
            self.end(name)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # REST API

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=90) as answer:  # its database may be locked for 60 s
            return json.loads(answer.read() or b"null")

    def listed(self, path: str, key: str) -> list[Any]:
        """All entries of a collection, page by page."""
        found: list[Any] = []
        joint = "&" if "?" in path else "?"
        while True:
            page = self.call("GET", f"{path}{joint}limit=100&offset={len(found)}")
            found += page[key]
            if len(found) >= page["total_entries"] or not page[key]:
                return found

    def import_errors(self) -> dict[str, str]:
        """The import errors of the home page: {file: text}."""
        return {each["filename"]: each["stack_trace"] for each in self.listed("/api/v2/importErrors", "import_errors")}

    def await_ready(self, dags: int) -> None:
        def look() -> bool:
            with contextlib.suppress(OSError, ValueError):
                self._token = self.call("GET", "/auth/token")["access_token"]
                states = self.call("GET", "/api/v2/monitor/health")
                parts = ("scheduler", "triggerer", "dag_processor")
                healthy = all(states[part]["status"] == "healthy" for part in parts)
                return healthy and self.call("GET", "/api/v2/dags")["total_entries"] == dags
            return False

        await_true(look, 120, lambda: f"Airflow is not ready; its log ends with {self.log('api-server')[-1500:]}")

    def trigger(self, dag: str, run: str, **conf: Any) -> None:
        self.call("POST", f"/api/v2/dags/{dag}/dagRuns", {"dag_run_id": run, "logical_date": None, "conf": conf})

    def run_state(self, dag: str, run: str) -> str:
        return str(self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["state"])

    def await_end(self, dag: str, run: str, state: str = "success", seconds: float = 120) -> None:
        await_true(
            lambda: self.run_state(dag, run) in ("success", "failed"),
            seconds,
            lambda: f"{run} is {self.run_state(dag, run)}\n{self.task_log(run)}",
        )
        assert self.run_state(dag, run) == state, self.task_log(run)

    def task(self, dag: str, run: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/job")
        except OSError as error:  # while the API server is away
            return {"state": f"not to be had: {error}"}
        return found

    def await_state(self, dag: str, run: str, *states: str, seconds: float = 90) -> dict[str, Any]:
        await_true(
            lambda: self.task(dag, run)["state"] in states,
            seconds,
            lambda: f"{run} is not {states} but {self.task(dag, run)}\n{self.task_log(run)}",
        )
        return self.task(dag, run)

    def await_trigger(self, run: str, attempt: int = 1, seconds: float = 60) -> None:
        """Until the triggerer runs the trigger of a deferred task: whoever ends the task earlier ends nothing there."""
        log = f"*/run_id={run}/**/attempt={attempt}.log.trigger.*"
        await_true(
            lambda: any((self.folder / "logs").glob(log)),
            seconds,
            lambda: f"no trigger for {run}\n{self.task_log(run)}",
        )

    def mark_failed(self, dag: str, run: str) -> None:
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/job"
        self.call("PATCH", path, {"new_state": "failed"})

    def clear(self, dag: str, run: str) -> None:
        body = {"dry_run": False, "dag_run_id": run, "task_ids": ["job"], "only_failed": False}
        self.call("POST", f"/api/v2/dags/{dag}/clearTaskInstances", body)

    def task_log(self, run: str) -> str:
        files = sorted((self.folder / "logs").glob(f"*/run_id={run}/**/*.log*"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)


@contextmanager
def running_airflow(folder: Path, dags: Path, count: int, environment: dict[str, str]) -> Iterator[Airflow]:
    """An Airflow that has `count` DAGs of the DAG folder `dags`."""
    airflow = Airflow(folder, dags, environment)
    try:
        airflow.migrate()
        airflow.start(*airflow.commands)
        airflow.await_ready(count)
        yield airflow
    finally:
        airflow.end_all()


def await_true(look: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.3)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def inherited() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "AWS", "PYTHONPATH"))}
