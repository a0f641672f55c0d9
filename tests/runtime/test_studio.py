"""Notebook runs in Unified Studio, against a web server that answers as DataZone does."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import aws_settings

pytestmark = pytest.mark.airflow


class DataZone(ThreadingHTTPServer):
    """Keeps runs; `after` looks a run has succeeded. The same client token starts no second run."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.runs: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, str] = {}
        self.requests: list[dict[str, Any]] = []
        self.after = 2

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(request)
        run = self.tokens.setdefault(request["clientToken"], f"nr-{len(self.tokens) + 1}")
        return self.runs.setdefault(run, {"id": run, "status": "RUNNING", "looks": 0})

    def look(self, run: str) -> dict[str, Any]:
        found = self.runs[run]
        found["looks"] += 1
        if found["status"] == "RUNNING" and found["looks"] >= self.after:
            found["status"] = "SUCCEEDED"
        return found


class _Handler(BaseHTTPRequestHandler):
    server: DataZone

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self._answer(self.server.start(self._body()))

    def do_PUT(self) -> None:
        self._body()
        run = self.server.runs[self.path.split("/")[-2]]
        run["status"] = "STOPPED"
        self._answer(run)

    def do_GET(self) -> None:
        if "/notebook-runs/" in self.path:
            self._answer(self.server.look(self.path.split("/")[-1]))
        else:
            self._answer({"message": "there is no such thing"}, 404)

    def _body(self) -> dict[str, Any]:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    def _answer(self, content: dict[str, Any], status: int = 200) -> None:
        common = {"domainId": "dzd-1", "owningProjectId": "p-1", "notebookId": "nb-1"}
        body = json.dumps({**common, **content}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def datazone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[DataZone]:
    if "airflow" not in sys.modules:  # its first import writes there
        monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    server = DataZone()
    Thread(target=server.serve_forever, daemon=True).start()
    for name, text in aws_settings(f"http://127.0.0.1:{server.server_port}").items():
        monkeypatch.setenv(name, text)
    yield server
    server.shutdown()
    server.server_close()


class Store(dict[str, Any]):
    """Airflow's store for a task, with its two methods."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


def context(store: Store, *, try_number: int = 1, max_tries: int = 1) -> dict[str, Any]:
    ti = SimpleNamespace(
        dag_id="flowers", task_id="book", run_id="r", map_index=-1, try_number=try_number, max_tries=max_tries,
        xcom_push=lambda **_: None,
    )  # fmt: skip
    return {"ti": ti, "task_state_store": store, "dag": SimpleNamespace(dag_id="flowers")}


def operator(**options: Any) -> Any:
    from mlpipelines.runtime.studio import NotebookRunOperator

    place = {"notebook_identifier": "nb-1", "domain_identifier": "dzd-1", "owning_project_identifier": "p-1"}
    return NotebookRunOperator(
        task_id="book", aws_conn_id=None, region_name="us-east-1", waiter_delay=1, **place, **options
    )


def test_a_run_is_waited_for_or_not(datazone: DataZone) -> None:
    assert operator().execute(context(Store()))["notebook_run_id"] == "nr-1"
    assert datazone.runs["nr-1"]["status"] == "SUCCEEDED"
    quick = operator(wait_for_completion=False, deferrable=True, notebook_parameters={"rows": "0100"})
    assert quick.execute(context(Store(), max_tries=2)) == {"notebook_run_id": "nr-2"}
    assert datazone.runs["nr-2"]["looks"] == 0
    assert datazone.requests[-1]["parameters"] == {"rows": "0100"}


def test_a_retry_goes_on_with_the_run_and_starts_another_only_after_a_failure(datazone: DataZone) -> None:
    store = Store()
    operator(wait_for_completion=False).execute(context(store))
    assert operator().execute(context(store, try_number=2))["notebook_run_id"] == "nr-1"
    datazone.runs["nr-1"]["status"] = "FAILED"
    assert operator(wait_for_completion=False).execute(context(store, try_number=3))["notebook_run_id"] == "nr-2"
    cleared = context(store, try_number=4, max_tries=4)
    assert operator(wait_for_completion=False).execute(cleared)["notebook_run_id"] == "nr-3"


def test_a_deferred_task_reaches_aws_by_its_own_connection_and_takes_its_run_with_it(datazone: DataZone) -> None:
    from airflow.sdk.exceptions import TaskDeferred

    from mlpipelines.runtime.studio import NotebookRunTrigger

    datazone.after = 10**6
    with pytest.raises(TaskDeferred) as deferred:
        operator(deferrable=True).execute(context(Store()))
    path, arguments = deferred.value.trigger.serialize()
    assert (path, arguments["aws_conn_id"]) == ("mlpipelines.runtime.studio.NotebookRunTrigger", None)
    trigger = NotebookRunTrigger(**arguments)
    asyncio.run(trigger.on_kill())
    assert datazone.runs["nr-1"]["status"] == "STOPPED"


@pytest.mark.parametrize(("action", "status"), [("stop", "STOPPED"), ("leave", "RUNNING")])
def test_a_task_that_is_killed_stops_its_run_if_it_is_to(datazone: DataZone, action: str, status: str) -> None:
    task = operator(wait_for_completion=False, on_kill_action=action)
    task.execute(context(Store()))
    task.on_kill()
    assert datazone.runs["nr-1"]["status"] == status


def test_the_sensor_waits_for_a_run_and_gives_it(datazone: DataZone) -> None:
    from mlpipelines.runtime.sensors import NotebookRunSensor

    operator(wait_for_completion=False).execute(context(Store()))
    sensor = NotebookRunSensor(
        task_id="wait",
        aws_conn_id=None,
        region_name="us-east-1",
        notebook_run_id="nr-1",
        domain_identifier="dzd-1",
        owning_project_identifier="p-1",
        notebook_identifier="nb-1",
    )
    assert sensor.poke({}).is_done is False
    assert sensor.poke({}).xcom_value == {"name": "nr-1", "notebook_run_id": "nr-1"}


def test_a_notebook_job_gives_its_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mlpipelines.runtime.sensors import NotebookJobSensor
    from mlpipelines.runtime.studio import NotebookJobOperator

    class Hook:
        waited = False

        def start_notebook_execution(self) -> dict[str, str]:
            return {"execution_id": "e-1"}

        def wait_for_execution_completion(self, run: str, context: Any) -> None:
            self.waited = True

        def get_execution_status(self, execution_id: str) -> str:
            return "COMPLETED" if self.waited else "RUNNING"

    hook = Hook()
    task = NotebookJobOperator(task_id="job", input_config={"input_path": "x.ipynb"}, deferrable=True)
    task.__dict__["notebook_execution_hook"] = hook
    sensor = NotebookJobSensor(task_id="wait", execution_id="e-1", execution_name="wait")
    monkeypatch.setattr(sensor, "hook", lambda: hook)
    assert sensor.poke({}).is_done is False
    assert task.execute({}) == {"execution_id": "e-1", "execution_name": "job"}
    assert (hook.waited, sensor.poke({}).is_done) == (True, True)
    assert "execution_id" in sensor.template_fields
