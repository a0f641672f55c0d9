"""What `mlpipelines up` is made of, without an Airflow."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlpipelines.local.up.home import Home, Part, Record, UpError
from mlpipelines.local.up.needs import Needs
from mlpipelines.local.up.processes import all_of, end, lives, start, tree
from mlpipelines.local.up.sagemaker import Watch
from mlpipelines.local.up.settings import MARK, airflow
from mlpipelines.project import Project

PIPELINE = """\
name: {name}
defaults: {{region: {region}, bucket: {bucket}, role: {role}, connection: {connection}}}
steps:
  note: {{type: experiment, name: "{{{{ var.value.{variable} }}}}"}}
  data: {{type: prepare, dataset: "https://example.com/a.csv", target: y}}
  train:
    type: train
    image: 123456789012.dkr.ecr.{region}.amazonaws.com/mine:1
    channels: {{train: "${{data.train}}"}}
    instance_type: ml.m5.large
"""
#: Starts a child, says so, and both ignore being asked to end.
STUBBORN = """\
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
open(sys.argv[1], "w").close()
time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    (tmp_path / "pipelines").mkdir()
    found = Home.of(tmp_path)
    found.make()
    found.write_files()
    yield found
    end(all_of(found), 0.1)


def add(home: Home, name: str, **values: str) -> Path:
    given = {"region": "us-east-2", "bucket": f"{name}-data", "role": "trainer", "connection": "aws", "variable": "v"}
    file = home.root / "pipelines" / f"{name}.yaml"
    file.write_text(PIPELINE.format(name=name, **{**given, **values}))
    return file


def started(home: Home, *command: str) -> Part:
    return start(home, "part", [sys.executable, *command], {**os.environ, MARK: str(home.folder)})


def test_what_was_started_ends_with_all_that_it_has_started(home: Home, tmp_path: Path) -> None:
    part = started(home, "-c", STUBBORN, str(tmp_path / "ready"))
    process = lives(home, part)
    assert process is not None
    while not (tmp_path / "ready").exists():
        assert lives(home, part)
    assert len(tree(process)) == len(all_of(home)) == 2
    end([process], 0.1)
    assert lives(home, part) is None
    assert len(all_of(home)) == 1  # it is known still, without its parent
    end(all_of(home), 0.1)
    assert all_of(home) == []


def test_a_process_without_the_mark_is_nobody_of_ours(home: Home) -> None:
    this = Part("scheduler", os.getpid(), 0.0)
    assert lives(home, this) is None
    assert all_of(home) == []


def test_another_project_is_another_home(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Home.of(tmp_path_factory.mktemp("other"))
    part = started(home, "-c", "import time; time.sleep(60)")
    assert lives(home, part)
    assert (lives(other, part), all_of(other)) == (None, [])


def test_a_home_is_the_same_by_whatever_path(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("links") / "project"
    link.symlink_to(home.root)
    assert Home.of(link) == home


def test_the_password_stays_and_is_nobody_elses(home: Home) -> None:
    secrets = home.secrets()
    assert home.secrets() == secrets
    assert {file.name for file in home.folder.glob("*.json") if file.stat().st_mode & 0o077} == set()
    assert home.folder.stat().st_mode & 0o077 == 0
    (home.folder / "secrets.json").write_text('{"password": ')
    assert home.secrets()["password"] != secrets["password"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"port": 1}', '{"port": 1, "endpoint": "", "parts": [{"pid": 2}]}'])
def test_a_damaged_record_is_an_empty_one(home: Home, text: str) -> None:
    home.write(Record(8080, "http://127.0.0.1:1", (Part("scheduler", 1, 2.0),)))
    assert home.record().parts == (Part("scheduler", 1, 2.0),)
    (home.folder / "up.json").write_text(text)
    assert home.record() == Record()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ".mlpipelines").write_text("")
    with pytest.raises(UpError, match="cannot write to"):
        Home.of(tmp_path).make()


def test_dag_files_of_the_project_are_shown_too(home: Home) -> None:
    dags = home.root / "dags"
    dags.mkdir()
    for name in ("load_pipelines.py", "mine.py", ".airflowignore"):
        (dags / name).write_text("# theirs")
    assert Home.of(home.root).has_python_dags
    home.write_files()
    assert (home.dags / "mine.py").resolve() == dags / "mine.py"
    assert "theirs" not in (home.dags / "load_pipelines.py").read_text()
    home.touch_dag_files(2e9)
    assert (home.dags / "load_pipelines.py").stat().st_mtime == 2e9
    assert (dags / "load_pipelines.py").stat().st_mtime < 2e9


def test_what_pipelines_name_is_needed(home: Home) -> None:
    add(home, "one", connection="account-one", variable="remark")
    add(home, "two", region="eu-west-1", role="other")
    (home.root / "pipelines" / "broken.yaml").write_text("name: broken\n")
    needs = Needs.of(Project.at(home.root))
    assert (needs.valid, needs.invalid) == (["one", "two"], ["pipelines/broken.yaml"])
    assert {"aws_default", "account-one", "aws"} <= needs.connections
    assert needs.variables["remark"] == "one"
    places = dict(needs.by_region())
    assert "one-data" in places["us-east-2"].buckets
    assert "two-data" in places["eu-west-1"].buckets
    assert not places["us-east-2"].buckets & places["eu-west-1"].buckets
    assert "other" in places["eu-west-1"].roles


def test_a_changed_file_has_airflow_look_and_its_buckets_made(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr("mlpipelines.local.up.sagemaker.join", lambda *places: made.append(places))
    add(home, "one")
    watch = Watch(home, "http://127.0.0.1:1")
    before = (home.dags / "load_pipelines.py").stat().st_mtime
    watch.look()
    assert (made, (home.dags / "load_pipelines.py").stat().st_mtime) == ([], before)
    add(home, "two")
    watch.look()
    assert "two-data" in made[0][2]
    assert (home.dags / "load_pipelines.py").stat().st_mtime > before


def test_nothing_of_the_users_own_settings_reaches_airflow(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW__CORE__EXECUTOR", "AWS_PROFILE", "MLPIPELINES_CACHE", "AIRFLOW_CONN_X"):
        monkeypatch.setenv(name, "theirs")
    environment = airflow(home, Record(8080, "http://127.0.0.1:1"), "us-east-2", home.secrets())
    assert "theirs" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_one_at_a_time(home: Home) -> None:
    second = threading.Event()

    def wait() -> None:
        with home.locked():
            second.set()

    with home.locked():
        thread = threading.Thread(target=wait)
        thread.start()
        assert not second.wait(0.2)
    thread.join(10)
    assert second.is_set()


@pytest.mark.parametrize(
    ("clock", "assets", "paused"), [(False, None, False), (True, None, True), (True, "flowers", False)]
)
def test_a_pipeline_with_a_clock_waits_to_be_switched_on(
    monkeypatch: pytest.MonkeyPatch, clock: bool, assets: str | None, paused: bool
) -> None:
    monkeypatch.setenv("MLPIPELINES_UP_ROOT", "/nowhere")
    from mlpipelines.local.up.policy import dag_policy, task_policy

    dag = SimpleNamespace(timetable=SimpleNamespace(can_be_scheduled=clock, asset_condition=assets))
    dag_policy(dag)
    assert dag.is_paused_upon_creation is paused
    task = SimpleNamespace(check_interval=30, max_attempts=3, deferrable=True)
    task_policy(task)
    assert task.check_interval < 1
    assert task.max_attempts > 1000
