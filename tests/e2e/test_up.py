"""`mlpipelines up`: a local Airflow, looked at in a real browser, and ended without a trace."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.local.clients import Clients
from tests.conftest import ROOT
from tests.e2e.browser import Browser, browser
from tests.e2e.deployed_airflow import await_true, free_port
from tests.e2e.workspace import Workspace, processes_of

pytestmark = [pytest.mark.e2e, pytest.mark.airflow]

FLOWERS = """\
name: flowers
description: Train with as many neighbours as the trigger form says.
schedule: null
tags: [example, by-hand]
params:
  neighbours: {default: 3, type: integer, minimum: 1, maximum: 50, title: Neighbours, description: So many rows vote.}
steps:
  data_prep:
    type: prepare
    dataset: https://archive.ics.uci.edu/ml/machine-learning-databases/iris/iris.data
    columns: [sepal_length, sepal_width, petal_length, petal_width, species]
    target: species
    classes: auto
    split: {train: 0.7, test: 0.3}
    bucket: flowers-of-their-own
  train_model:
    type: train
    algorithm: knn
    hyperparameters: {predictor_type: classifier, feature_dim: 4, k: "{{ params.neighbours }}", sample_size: 150}
    channels: {train: "${data_prep.train}"}
    instance_type: ml.m5.large
    connection: another-account
"""
BROKEN = """\
name: broken
steps:
  data_prep: {type: prepare, datset: "https://example.com/a.csv", target: y}
"""
NIGHTLY = """\
name: nightly
schedule: "@daily"
start_date: 2026-01-01
steps:
  note: {type: experiment, name: nightly, about: "{{ var.value.remark }}"}
"""


@dataclass
class Up:
    """A project, and its Airflow by the command line."""

    workspace: Workspace

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mlpipelines", *arguments],
            cwd=self.workspace.root, env=self.workspace.environment, capture_output=True, text=True, timeout=240,
        )  # fmt: skip

    def up(self, *arguments: str) -> dict[str, Any]:
        done = self.command("up", "--json", *arguments)
        assert done.returncode == 0, done.stderr + self.logs()
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @property
    def home(self) -> Path:
        return self.workspace.root / ".mlpipelines" / "up"

    def processes(self) -> list[int]:
        return processes_of(self.home)

    def logs(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in self.home.glob("*.log"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    workspace = Workspace(tmp_path_factory.mktemp("up"))
    workspace.add("iris-knn", (ROOT / "pipelines" / "iris-knn.yaml").read_text())
    workspace.add("flowers", FLOWERS)
    workspace.add("nightly", NIGHTLY)
    up = Up(workspace)
    try:
        up.up("--port", str(free_port()))  # the usual one may be somebody's
        yield up
    finally:
        up.command("down")
        for pid in up.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def running(project: Up) -> dict[str, Any]:
    """What runs; brought up again when a test has ended it."""
    return project.up()


@pytest.fixture(scope="module")
def page(project: Up) -> Iterator[Browser]:
    found = project.up()
    with browser(found["url"]) as opened:
        opened.log_in(found["user"], found["password"])
        opened.screenshot("1-home")
        yield opened


class Api:
    """Airflow's REST API, for what a test need not look at."""

    def __init__(self, running: dict[str, Any]) -> None:
        self._url = running["url"]
        login = {"username": running["user"], "password": running["password"]}
        self._headers = {"Content-Type": "application/json"}
        self._headers["Authorization"] = f"Bearer {self.call('POST', '/auth/token', login)['access_token']}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data=data, method=method, headers=self._headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def dags(self) -> dict[str, Any]:
        return {dag["dag_id"]: dag for dag in self.call("GET", "/api/v2/dags")["dags"]}

    def runs(self, dag: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", f"/api/v2/dags/{dag}/dagRuns")["dag_runs"]
        return found

    def import_errors(self) -> list[str]:
        return [error["stack_trace"] for error in self.call("GET", "/api/v2/importErrors")["import_errors"]]


def test_a_second_up_says_that_it_runs_already(project: Up, running: dict[str, Any]) -> None:
    again = project.command("up")
    assert again.returncode == 0
    for told in ("runs already", running["url"], running["password"], "iris-knn", running["sagemaker"]):
        assert told in again.stdout
    assert project.up()["processes"] == running["processes"]
    elsewhere = project.command("up", "--port", str(free_port()))
    assert (elsewhere.returncode, running["url"] in elsewhere.stderr) == (2, True)


def test_nobody_enters_without_the_password(project: Up, running: dict[str, Any]) -> None:
    assert running["url"].startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{running['url']}/api/v2/dags", timeout=20)
    assert refused.value.code == 401
    assert project.home.stat().st_mode & 0o077 == 0


def test_pipelines_by_hand_are_on_and_those_of_a_clock_are_off(running: dict[str, Any]) -> None:
    assert {name: dag["is_paused"] for name, dag in Api(running).dags().items()} == {
        "iris-knn": False, "flowers": False, "nightly": True,
    }  # fmt: skip


def test_the_list_and_the_graph(page: Browser, running: dict[str, Any]) -> None:
    page.open("/dags")
    for text in ("iris-knn", "flowers", "by-hand", "nightly"):
        page.await_text(text)
    page.screenshot("2-list")
    page.open("/dags/iris-knn")
    page.click("Show Graph (Press g)")
    for step in ("data_prep", "train_model", "create_model", "test_model", "quality"):
        page.await_text(step, within=".react-flow")
    page.screenshot("3-graph")


def test_a_run_from_the_trigger_form_turns_green(project: Up, page: Browser, running: dict[str, Any]) -> None:
    api = Api(running)
    api.call("POST", "/api/v2/dags/iris-knn/dagRuns", {"logical_date": None})  # both run at the same time
    page.open("/dags/flowers")
    page.click("Trigger Dag")
    field = page.page.locator("[name=element_neighbours]")
    field.wait_for(timeout=60_000)
    assert field.input_value() == "3"
    field.fill("5")
    page.await_text("So many rows vote.")
    page.screenshot("4-trigger-form")
    page.click("Trigger", within="[role=dialog]")
    page.page.wait_for_url("**/runs/**", timeout=60_000)
    page.screenshot("5-running")
    page.click("Show Graph (Press g)")
    page.page.locator(".react-flow").get_by_text("success").nth(1).wait_for(timeout=120_000)
    await_true(lambda: api.runs("flowers")[0]["state"] != "running", 60, project.logs)
    page.page.get_by_text("Success", exact=True).first.wait_for(timeout=60_000)  # of the run, not of its steps
    page.screenshot("6-success")
    (run,) = api.runs("flowers")
    assert (run["state"], run["conf"]) == ("success", {"neighbours": 5})
    page.open(f"/dags/flowers/runs/{run['dag_run_id']}/tasks/train_model/rendered_templates")
    page.await_text('"k"')
    assert '"k":"5"' in page.text("body")
    page.screenshot("7-rendered-request")
    page.open(f"/dags/flowers/runs/{run['dag_run_id']}/tasks/train_model")
    page.await_text("training job")
    page.screenshot("8-task-log")
    await_true(lambda: api.runs("iris-knn")[0]["state"] == "success", 120, lambda: str(api.runs("iris-knn")))


def test_the_dag_page_shows_the_yaml_and_the_requests(page: Browser, running: dict[str, Any]) -> None:
    page.open("/dags/iris-knn")
    page.click("Dag Docs")
    page.await_text("Classify iris flowers", within="[role=dialog]")
    assert "hyperparameters:{predictor_type:classifier,feature_dim:4,k:3" in page.text("[role=dialog]")
    page.screenshot("9-yaml")
    page.page.get_by_role("heading", name="AWS requests").scroll_into_view_if_needed()
    assert '"TrainingInputMode":"File"' in page.text("[role=dialog]")
    page.screenshot("10-requests")


def test_a_broken_file_is_a_banner_until_it_is_repaired(project: Up, page: Browser, running: dict[str, Any]) -> None:
    api, file = Api(running), project.workspace.add("broken", BROKEN)
    try:
        await_true(lambda: bool(api.import_errors()), 30, project.logs)
        page.open("/")
        page.await_text("Import Error")
        page.screenshot("11-import-error")
        page.page.get_by_text("Import Error").first.click()
        page.page.get_by_text("invalid_pipelines.py").first.click()
        page.await_text("pipelines/broken.yaml:3:30", within="[role=dialog]")
        assert "didyoumean'dataset'?" in page.text("[role=dialog]")
        assert "Traceback" not in page.text("[role=dialog]")
        page.screenshot("12-import-error-text")
        file.write_text(BROKEN.replace("datset", "dataset"))
        await_true(lambda: "broken" in api.dags() and not api.import_errors(), 30, project.logs)
        page.open("/dags")
        page.await_text("broken")
        assert page.page.get_by_text("Import Error").count() == 0
    finally:
        file.unlink()
    await_true(lambda: "broken" not in api.dags(), 60, project.logs)


def test_up_mends_what_was_killed_and_keeps_everything(project: Up, running: dict[str, Any]) -> None:
    Api(running).call("POST", "/api/v2/variables", {"key": f"kept-{running['processes']['scheduler']}", "value": "1"})
    s3 = Clients(running["sagemaker"]).get("s3", "us-east-2")
    s3.put_object(Bucket="mlpipelines-local", Key="kept", Body=b"1")
    for name in ("scheduler", "sagemaker"):
        os.kill(running["processes"][name], signal.SIGKILL)
    after = project.up()
    assert after["started"]
    assert not set(after["processes"].values()) & set(running["processes"].values())
    assert [after[key] for key in ("url", "password", "sagemaker")] == [
        running[key] for key in ("url", "password", "sagemaker")
    ]
    Api(after).call("GET", f"/api/v2/variables/kept-{running['processes']['scheduler']}")
    assert s3.get_object(Bucket="mlpipelines-local", Key="kept")["Body"].read() == b"1"


def test_down_ends_everything(project: Up, running: dict[str, Any]) -> None:
    done = project.command("down")
    assert (done.returncode, done.stdout[:6]) == (0, "ended:"), done.stderr
    assert project.processes() == []
    for url in (running["url"], running["sagemaker"]):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 5).close()
    again = project.command("down")
    assert (again.returncode, again.stdout) == (0, "nothing runs\n")


def test_a_port_that_somebody_has_is_told(tmp_path: Path) -> None:
    up = Up(Workspace(tmp_path))
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        refused = up.command("up", "--port", str(somebody.getsockname()[1]))
    assert (refused.returncode, "is taken" in refused.stderr) == (2, True)
    assert up.processes() == []


def test_what_cannot_start_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    up = Up(Workspace(tmp_path))
    up.home.mkdir(parents=True)
    (up.home / "airflow.db").write_bytes(b"no database" * 1000)
    refused = up.command("up")
    assert refused.returncode == 2
    assert "file is not a database" in refused.stderr
    assert "down --clean" in refused.stderr
    assert up.processes() == []
    (tmp_path / "pipelines" / "defaults.yaml").unlink()
    (tmp_path / "pipelines").rmdir()
    assert "no folder `pipelines`" in up.command("up").stderr


def test_a_recycled_process_number_is_left_alone(tmp_path: Path) -> None:
    up = Up(Workspace(tmp_path))
    up.home.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            part = {"name": "scheduler", "pid": stranger.pid, "started": 1.0}
            (up.home / "up.json").write_text(json.dumps({"port": 1, "endpoint": "", "parts": [part]}))
            assert up.command("down").stdout == "nothing runs\n"
            assert stranger.poll() is None
        finally:
            with contextlib.suppress(ProcessLookupError):
                stranger.kill()
