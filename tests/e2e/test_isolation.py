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

#: Parses follow each other at once, and a DAG that is missing in one of them is taken for gone. Tasks may be slow.
SETTINGS = {
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__PARSING_CLEANUP_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "300",
}
#: Pipelines that tests bring and take away again. Airflow takes its time to see that they are gone.
GUESTS = ("late", "twin", "vetoed", "endless", "restless")
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


#: What a platform team may have in its airflow_local_settings.py.
POLICY = """\
from airflow.exceptions import AirflowClusterPolicyViolation


def dag_policy(dag):
    if dag.dag_id.startswith("vetoed"):
        raise AirflowClusterPolicyViolation(f"{dag.dag_id} may not be")
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
        states = self.states[max(since - 1, 0) :]
        seen: dict[str, list[tuple | None]] = {}
        for name in {name for state in states for name in state}:
            found = [state.get(name) for state in states]
            seen[name] = [each for each, before in zip(found, [object(), *found], strict=False) if each != before]
        ignored = {*expected, *GUESTS}
        return {name: history for name, history in seen.items() if len(history) > 1 and name not in ignored}


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
    (folder / "airflow" / "config").mkdir(parents=True)
    (folder / "airflow" / "config" / "airflow_local_settings.py").write_text(POLICY)
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
    state = {name: each for name, each in lab.watch.look().items() if name not in GUESTS}
    assert state.keys() == lab.dags() - {*GUESTS}
    assert len(state) >= 45
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
    assert lab.watch.flickers(since, "error in invalid_pipelines.py", "good") == {}
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
    assert lab.watch.flickers(since, "error in invalid_pipelines.py") == {}


def test_what_airflow_itself_refuses_takes_no_other_dag_with_it(lab: Lab) -> None:
    """A veto is an import error of the DAG file, and takes all DAGs of that file away, unless it is foreseen."""
    since = len(lab.watch.states)
    lab.deployment.add("vetoed", RUNNABLE.format(name="vetoed"))
    lab.await_problem("pipelines/vetoed.yaml:1:1: PL503", "AirflowClusterPolicyViolation: vetoed may not be")
    lab.deployment.add("endless", RUNNABLE.format(name="endless") + "max_active_runs: 99999999999999999999\n")
    lab.await_problem("pipelines/endless.yaml:5:18: PL104", "pipelines/vetoed.yaml:1:1: PL503")
    lab.await_parses(2)
    assert not {"vetoed", "endless"} & lab.dags()
    assert lab.watch.flickers(since, "error in invalid_pipelines.py") == {}


def test_pushes_at_any_moment_and_of_half_files_let_nothing_flicker(lab: Lab) -> None:
    """Files are emptied, written in two halves, moved, and moved back, while Airflow parses all the time."""
    lab.deployment.add("restless", RUNNABLE.format(name="restless"))
    lab.await_dag("restless")
    since = len(lab.watch.states)
    text = RUNNABLE.format(name="restless")
    for turn in range(12):
        file = lab.deployment.pipelines / "restless.yaml"
        with file.open("w") as stream:
            stream.write(text[:70])
            stream.flush()
            time.sleep(0.02)
            stream.write(text[70:] + "#" * turn)
        time.sleep(0.3)
        (lab.deployment.pipelines / "moved").mkdir(exist_ok=True)
        file.rename(file.parent / "moved" / file.name)
        time.sleep(0.3)
        shutil.copy(file.parent / "moved" / file.name, file)
        (file.parent / "moved" / file.name).unlink()
        time.sleep(0.3)
    lab.await_parses(2)
    assert lab.watch.flickers(since) == {}
    assert all(state["restless"][:2] == (0, 0) for state in lab.watch.states[since:]), "never gone, never an error"
