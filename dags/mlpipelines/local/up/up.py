"""Start and end a project's local Airflow.

Five processes, each in a session of its own: the embedded SageMaker, and Airflow's API server, scheduler, DAG processor
and triggerer. They outlive the command. What has crashed is not started again alone: the others are ended and all begin
anew, with the same database and the same S3.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlpipelines.local.runs.plan import VARIABLES
from mlpipelines.local.runs.run import interruptible, kept_database
from mlpipelines.local.up import database, sagemaker, settings
from mlpipelines.local.up.home import USER, Home, Record, UpError
from mlpipelines.local.up.needs import Needs
from mlpipelines.local.up.processes import Process, all_of, end, free_port, is_free, lives, start, tree
from mlpipelines.local.up.rest import Rest
from mlpipelines.project import Project

#: Airflow's usual port; when somebody has it, a free one is taken.
PORT = 8080
SAGEMAKER = "sagemaker"
AIRFLOW = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
#: Tasks first, while there is somebody to tell of their end and a SageMaker to stop their jobs at.
#: The second group is not waited for long: once they have nothing left to do, their threads may hang for seconds.
ORDER = ((("scheduler",), 10.0), (("triggerer", "dag-processor", "api-server"), 2.0), ((SAGEMAKER,), 10.0))
#: Seconds that Airflow may take to become healthy, and then to show the pipelines.
STARTING, SHOWING = 180.0, 60.0
#: Seconds that one that runs already may take to answer: a laptop may have slept.
WAKING = 15.0

_ERROR = re.compile(r"[\w.]*(Error|Exception)\b")

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What runs now. `started` is False when it did so before; `missing` are pipelines that Airflow does not show."""

    record: Record
    password: str
    needs: Needs
    started: bool
    missing: tuple[str, ...] = ()
    unset: Mapping[str, str] = field(default_factory=dict)
    """{Airflow Variable that nobody has set: a pipeline that reads it}"""
    user: str = USER


def bring_up(project: Project, region: str, port: int | None, variables: Mapping[str, str], tell: Tell) -> Outcome:
    """Raises UpError. Ctrl-C ends what was started."""
    if not project.pipelines.is_dir():
        raise UpError(f"no folder `pipelines` in {project.root} or above it")
    home = Home.of(project.root)
    home.make()
    with home.locked(), interruptible():
        secrets, record, needs = home.secrets(), home.record(), Needs.of(project)
        wrong = _what_is_wrong(home, record, secrets["password"])
        if wrong is None:
            if port not in (None, record.port):
                raise UpError(f"it runs already, at {record.url}: end it first (`mlpipelines down`) for another port")
            return Outcome(record, secrets["password"], needs, started=False)
        if left := all_of(home):
            tell(f"{wrong}: all of it is started anew")
            _end(home, record, left)
        home.write_files()
        starting = _Start(home, Record(_choose_port(record, port), record.endpoint), region, secrets, tell)
        try:
            starting.run(needs, variables)
        except BaseException:
            _end(home, starting.record, all_of(home))
            raise
    done = starting.record, secrets["password"], needs
    return Outcome(*done, started=True, missing=starting.missing, unset=starting.unset)


def take_down(project: Project, *, clean: bool = False) -> int:
    """How many processes were ended. `clean` removes the home as well: runs, history, S3."""
    home = Home.of(project.root)
    if not home.folder.is_dir() and not all_of(home):  # what was started may have lost its folder
        return 0
    home.make()
    with home.locked():
        running = all_of(home)
        _end(home, home.record(), running)
        if clean:
            shutil.rmtree(home.folder, ignore_errors=True)
    return len(running)


class _Start:
    """One start of everything; `record` is complete when it has come to its end."""

    def __init__(self, home: Home, record: Record, region: str, secrets: Mapping[str, str], tell: Tell) -> None:
        self._home, self.record, self._region, self._secrets, self._tell = home, record, region, secrets, tell
        self._began = time.time()
        self.missing: tuple[str, ...] = ()
        self.unset: dict[str, str] = {}

    def run(self, needs: Needs, variables: Mapping[str, str]) -> None:
        ready = self._start_sagemaker()
        self._prepare_database(needs, variables)
        self._await(ready, STARTING, "the embedded SageMaker does not answer")
        self._told(f"SageMaker  {self.record.endpoint}")
        environment = settings.airflow(self._home, self.record, self._region, self._secrets)
        for name, command in AIRFLOW.items():
            self._start(name, [sys.executable, "-m", "airflow", *command], environment)
        rest = Rest(self.record.url, self._secrets["password"])
        self._await(lambda: not rest.unhealthy(self._began), STARTING, "Airflow is not healthy")
        self._told(f"Airflow    {self.record.url}")
        self._await_dags(rest, needs)
        there = rest.variables()
        self.unset = {name: pipeline for name, pipeline in needs.variables.items() if name not in there}

    def _start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        part = start(self._home, name, command, environment)
        self.record = replace(self.record, parts=(*self.record.parts, part))
        self._home.write(self.record)

    def _start_sagemaker(self) -> Callable[[], bool]:
        """What says whether it is ready."""
        said = self._home.folder / "sagemaker.json"
        said.unlink(missing_ok=True)
        last = int(self.record.endpoint.rpartition(":")[2] or 0)
        place = [str(self._home.root), self._region, str(last if is_free(last) else 0)]
        environment = settings.server_environment(self._home, self._region)
        self._start(SAGEMAKER, [sys.executable, "-m", sagemaker.__name__, *place], environment)

        def is_ready() -> bool:
            with contextlib.suppress(OSError, ValueError):
                self.record = replace(self.record, endpoint=json.loads(said.read_text())["endpoint"])
                return True
            return False

        return is_ready

    def _prepare_database(self, needs: Needs, variables: Mapping[str, str]) -> None:
        order = {"connections": sorted(needs.connections), "defaults": VARIABLES, "variables": dict(variables)}
        command = [sys.executable, "-m", database.__name__, str(kept_database(self._home.root))]
        environment = settings.airflow(self._home, self.record, self._region, self._secrets)
        with self._home.log("database").open("wb") as log:
            done = subprocess.run(
                command, input=json.dumps(order).encode(), env=environment, cwd=self._home.folder, stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        if done.returncode:
            raise UpError(
                f"Airflow's database {self._home.folder / 'airflow.db'} cannot be used: {self._last_line('database')}\n"
                "`mlpipelines down --clean` forgets it, with all runs"
            )
        self._told("database   ready")

    def _await_dags(self, rest: Rest, needs: Needs) -> None:
        """Until Airflow shows every pipeline, or says that a DAG file has failed."""
        wanted, failed_since = set(needs.valid), 0.0

        def are_there() -> bool:
            nonlocal failed_since
            self.missing = tuple(sorted(wanted - rest.parsed(self._began)))
            said = rest.import_errors(self._began)
            failed_since = failed_since or (time.monotonic() if said else 0.0)
            if not self.missing:
                return said or not needs.invalid
            return bool(failed_since) and time.monotonic() - failed_since > 10

        with contextlib.suppress(_TooLate):
            self._await(are_there, SHOWING, "")

    def _await(self, look: Callable[[], bool], seconds: float, otherwise: str) -> None:
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError, ValueError, KeyError):  # not yet
                if look():
                    return
            for part in self.record.parts:
                if lives(self._home, part) is None:
                    raise UpError(f"{_called(part.name)} has ended: {self._last_line(part.name)}")
            if time.monotonic() > deadline:
                raise _TooLate(f"{otherwise} after {seconds:.0f} s; see {self._home.folder}/*.log")
            time.sleep(0.25)

    def _last_line(self, name: str) -> str:
        """Where a log names an error, the last of these."""
        file = self._home.log(name)
        lines = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        errors = [line for line in lines if _ERROR.match(line)]
        return f"{([*lines[-1:], *errors] or ['it said nothing'])[-1]} (see {file})"

    def _told(self, text: str) -> None:
        self._tell(f"  {text}  {time.time() - self._began:.1f} s")


class _TooLate(UpError):
    """Something did not happen in time."""


def _what_is_wrong(home: Home, record: Record, password: str) -> str | None:
    """None when everything runs."""
    if not record.parts:
        return "something runs that nothing is known of"
    ended = [_called(part.name) for part in record.parts if lives(home, part) is None]
    if ended or len(record.parts) <= len(AIRFLOW):
        return f"{' and '.join(ended)} had ended" if ended else "its start was not finished"
    deadline = time.monotonic() + WAKING
    while True:
        try:
            sick = Rest(record.url, password).unhealthy()
        except (OSError, ValueError):
            sick = ["API server"]
        if not sick:
            return None
        if time.monotonic() > deadline:
            return f"Airflow's {' and '.join(sick)} did not answer"
        time.sleep(0.5)


def _end(home: Home, record: Record, running: list[Process]) -> None:
    """End the parts one after the other, then whatever else is left of the home."""
    by_name = {part.name: lives(home, part) for part in record.parts}
    for names, patience in ORDER:
        found = [process for name in names if (process := by_name.get(name))]
        end(found if "scheduler" not in names else [each for process in found for each in tree(process)], patience)
    end([*running, *all_of(home)])
    end(all_of(home), 0.5)  # what was just being started
    home.write(replace(record, parts=()))


def _choose_port(record: Record, wanted: int | None) -> int:
    if wanted:
        if not is_free(wanted):
            raise UpError(f"port {wanted} of 127.0.0.1 is taken or not allowed: give another one, or none")
        return wanted
    return next((port for port in (record.port, PORT) if port and is_free(port)), 0) or free_port()


def _called(name: str) -> str:
    return "the embedded SageMaker" if name == SAGEMAKER else f"Airflow's {name}"
