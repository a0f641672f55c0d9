"""One running Airflow, many pipelines: whatever becomes of one file, nothing else flickers."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.airflow.deployment import PIPELINE, Deployment
from tests.conftest import CASES
from tests.e2e.deployed_airflow import Airflow, await_true, running_airflow

pytestmark = [pytest.mark.e2e, pytest.mark.airflow, pytest.mark.timeout(400)]

#: Parses follow each other at once, and a DAG that is missing in one of them is taken for gone.
SETTINGS = {
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__PARSING_CLEANUP_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "2",
}
#: Runs without AWS.
RUNNABLE = """\
name: {name}
steps:
  say: {{type: python, function: words.say, arguments: {{word: hello}}}}
  hear: {{type: python, function: words.hear, arguments: {{words: "${{say.words}}"}}}}
"""
WORDS = """\
def say(word):
    return {"words": [word, word]}


def hear(words):
    assert words == ["hello", "hello"], words
"""


class Watch:
    """Looks at Airflow's tables all the time, and notes all that changes."""

    def __init__(self, database: Path) -> None:
        self._database, self._ended = database, threading.Event()
        self._thread = threading.Thread(target=self._look_on)
        self.states: list[dict[str, tuple]] = []
        self.looks = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()

    def _look_on(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(sqlite3.OperationalError):  # locked, or not there yet
                state = self.look()
                self.looks += 1
                if not self.states or state != self.states[-1]:
                    self.states.append(state)
            time.sleep(0.05)

    def look(self) -> dict[str, tuple]:
        """What there is to say of each DAG, and of each import error."""
        with contextlib.closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=30)) as connection:
            versions = dict(connection.execute("SELECT dag_id, count(*) FROM dag_version GROUP BY dag_id"))
            hashes = dict(
                connection.execute("SELECT dag_id, group_concat(dag_hash) FROM serialized_dag GROUP BY dag_id")
            )
            dags = connection.execute("SELECT dag_id, is_stale, has_import_errors FROM dag").fetchall()
            errors = connection.execute("SELECT filename, stacktrace FROM import_error").fetchall()
        return {
            **{name: (stale, faulty, versions.get(name), hashes.get(name)) for name, stale, faulty in dags},
            **{f"error in {file}": (text,) for file, text in errors},
        }

    def parses(self) -> str:
        """Changes whenever the DAGs have been parsed."""
        with contextlib.closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=30)) as connection:
            return str(connection.execute("SELECT min(last_parsed_time) FROM dag WHERE NOT is_stale").fetchone())

    def flickers(self, since: int, *expected: str) -> dict[str, list[tuple | None]]:
        """What has had several states since a moment, by its name; but for what was expected to."""
        seen: dict[str, list[tuple | None]] = {}
        for state in self.states[max(since - 1, 0) :]:
            for name in {*seen, *state}:
                history = seen.setdefault(name, [])
                if not history or history[-1] != state.get(name):
                    history.append(state.get(name))
        return {name: states for name, states in seen.items() if len(states) > 1 and name not in expected}


@dataclass
class Lab:
    airflow: Airflow
    deployment: Deployment
    watch: Watch

    def await_parses(self, count: int) -> None:
        for _ in range(count):
            before = self.watch.parses()
            await_true(lambda: self.watch.parses() != before, 60, lambda: self.airflow.log("dag-processor")[-3000:])  # noqa: B023

    def await_dag(self, name: str) -> None:
        await_true(lambda: name in self.dags(), 60, lambda: f"{name} does not appear: {self.airflow.import_errors()}")

    def dags(self) -> set[str]:
        return {dag["dag_id"] for dag in self.airflow.listed("/api/v2/dags", "dags")}

    def problems(self) -> str:
        """The import error on the home page."""
        errors = self.airflow.import_errors()
        assert set(errors) <= {"invalid_pipelines.py"}, errors
        return errors.get("invalid_pipelines.py", "")

    def await_problem(self, *texts: str) -> None:
        await_true(
            lambda: all(text in self.problems() for text in texts), 60, lambda: str(self.airflow.import_errors())
        )

    def await_no_problem(self) -> None:
        await_true(lambda: not self.airflow.import_errors(), 60, lambda: str(self.airflow.import_errors()))

    def run(self, name: str, run: str) -> None:
        self.airflow.call("PATCH", f"/api/v2/dags/{name}", {"is_paused": False})
        self.airflow.trigger(name, run)
        self.airflow.await_end(name, run)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("isolation")
    deployment = Deployment(folder / "project")
    shutil.copytree(CASES / "callables", deployment.root / "dags" / "callables", dirs_exist_ok=True)
    shutil.copytree(CASES / "valid" / "code", deployment.pipelines / "code")
    (deployment.root / "dags" / "callables" / "words.py").write_text(WORDS)
    for file in [*CASES.glob("valid/*.yaml"), *CASES.glob("real/*.yaml")]:
        shutil.copy(file, deployment.pipelines)
    deployment.add("good", RUNNABLE.format(name="good"))
    count = len(list(deployment.pipelines.glob("*.yaml"))) - 1
    environment = SETTINGS | {"MLPIPELINES_CACHE": str(folder / "cache")}
    watch = Watch(folder / "airflow" / "airflow.db")
    with watch.watching(), running_airflow(folder / "airflow", deployment.root / "dags", count, environment) as airflow:
        yield Lab(airflow, deployment, watch)


@pytest.fixture(autouse=True)
def nothing_is_left(lab: Lab) -> Iterator[None]:
    """Whatever a test does, Airflow is well before and after it, and nobody's version has changed."""
    before = set(lab.deployment.pipelines.rglob("*"))
    lab.await_no_problem()
    yield
    for path in sorted(set(lab.deployment.pipelines.rglob("*")) - before, reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    lab.await_no_problem()


def test_the_same_files_make_no_versions_whoever_parses_them(lab: Lab, tmp_path: Path) -> None:
    """Without a cache, with a cold one, with a warm one; with any order of sets."""
    since = len(lab.watch.states)
    ways = [
        {"PYTHONHASHSEED": "1", "MLPIPELINES_CACHE": "off"},
        {"PYTHONHASHSEED": "2", "MLPIPELINES_CACHE": str(tmp_path / "cold, then warm")},
        {"PYTHONHASHSEED": "3"},
    ]
    for way in ways:
        lab.airflow.end("dag-processor")
        lab.airflow.start("dag-processor", cwd=None, **way)
        lab.await_parses(2)
    assert lab.watch.flickers(since) == {}
    state = lab.watch.look()
    assert len(state) == len(lab.dags()) >= 45
    assert {(stale, faulty, versions) for stale, faulty, versions, _ in state.values()} == {(0, 0, 1)}


def test_a_broken_file_is_told_on_the_home_page_while_good_ones_run(lab: Lab) -> None:
    since = len(lab.watch.states)
    text = RUNNABLE.format(name="late")
    lab.deployment.add("late", text.replace("function: words.hear", "functoin: words.hear"))
    lab.await_problem("pipelines/late.yaml:4:24: PL101: unknown field 'functoin'", "did you mean 'function'?")
    assert "late" not in lab.dags()
    lab.run("good", "beside-a-broken-one")
    lab.await_parses(2)
    assert lab.watch.flickers(since, "error in invalid_pipelines.py", "good") == {}
    lab.deployment.add("late", text)
    lab.await_no_problem()
    lab.await_dag("late")
    lab.run("late", "repaired")
    lab.await_parses(2)
    assert lab.watch.flickers(since, "error in invalid_pipelines.py", "late", "good") == {}
    assert len(lab.watch.flickers(since)["error in invalid_pipelines.py"]) == 3, "none, one, none"


def test_two_files_of_one_name_are_both_named(lab: Lab) -> None:
    since = len(lab.watch.states)
    for folder in ("a", "b"):
        (lab.deployment.pipelines / folder).mkdir()
        (lab.deployment.pipelines / folder / "twin.yaml").write_text(PIPELINE.format(name="twin"))
    lab.await_problem("pipelines/a/twin.yaml:1:1: PL110", "pipelines/b/twin.yaml:1:1: PL110")
    assert "twin" not in lab.dags()
    (lab.deployment.pipelines / "a" / "twin.yaml").unlink()
    lab.await_no_problem()
    lab.await_dag("twin")
    assert lab.watch.flickers(since, "error in invalid_pipelines.py", "twin") == {}
