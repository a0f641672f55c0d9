"""One run of one pipeline in this process's own Airflow: `python -m mlpipelines.local.runs.airflow_run`.

Started by `run.py` with a private AIRFLOW_HOME. The first line on standard input is the order (JSON); events go to the
file descriptor that it names, a JSON object a line; the end of standard input means that the parent has gone.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

DAG_FILE = '''"""The DAG of a local Airflow run."""
from mlpipelines.local.runs.airflow_run import ordered_dag

dag = ordered_dag()
'''


def main() -> None:
    channel = Events(int(os.environ["MLPIPELINES_RUN_EVENTS"]))
    try:
        find_callables(Path(os.environ["MLPIPELINES_RUN_ROOT"]) / "dags" / "callables")
        prepare_database(Path(os.environ["MLPIPELINES_RUN_DATABASE"]))
        dag = ordered_dag()
        channel.send("ready")
        order = json.loads(sys.stdin.readline())
        threading.Thread(target=_end_with_parent, daemon=True).start()
        os.environ["AWS_ENDPOINT_URL"] = order["endpoint_url"]
        listen(channel)
        run = dag.test(run_conf=order["params"] or None)
        channel.send("result", **result_of(dag, run))
    except BaseException as error:
        channel.send("crash", message=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
        raise


def find_callables(folder: Path) -> None:
    """Have the project's own functions be found before those of another folder on the path: a folder without an
    __init__.py loses against any package of its name."""
    if folder.is_dir():
        with contextlib.suppress(ImportError):
            path = importlib.import_module("callables").__path__
            if str(folder) not in path:
                path.insert(0, str(folder))


class Events:
    """Writes events to a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()

    def send(self, event: str, **values: Any) -> None:
        with self._lock:
            self._file.write(json.dumps({"event": event, "time": time.time(), **values}, default=str) + "\n")
            self._file.flush()


def prepare_database(kept: Path) -> None:
    """A migrated database in AIRFLOW_HOME: a copy of the one kept from earlier runs, or a new one."""
    own = Path(os.environ["AIRFLOW_HOME"]) / "airflow.db"
    if _is_migrated(kept):
        shutil.copyfile(kept, own)
        return
    from airflow.utils.db import initdb

    initdb()
    temporary = kept.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError, sqlite3.Error):  # where nothing can be kept, every run makes its own
        with contextlib.closing(sqlite3.connect(own)) as source, contextlib.closing(sqlite3.connect(temporary)) as copy:
            source.backup(copy)  # a plain copy would miss what is still in the write-ahead log
        temporary.replace(kept)


def _is_migrated(file: Path) -> bool:
    """Whether the file is a database that Airflow has finished with; a damaged one is made anew."""
    if not file.is_file():
        return False
    try:
        with contextlib.closing(sqlite3.connect(file)) as database:
            return bool(database.execute("SELECT version_num FROM alembic_version").fetchone())
    except sqlite3.Error:
        return False


def ordered_dag() -> Any:
    """The DAG of the pipeline file that this run is for, polling as fast as local jobs are."""
    from mlpipelines.loader import build_dag
    from mlpipelines.local.polling import poll_often
    from mlpipelines.project import Project

    file = Path(os.environ["MLPIPELINES_RUN_FILE"])
    dag = build_dag(Project.at(Path(os.environ["MLPIPELINES_RUN_ROOT"])).compile(file))
    for task in dag.tasks:
        poll_often(task)
    return dag


def listen(channel: Events) -> None:
    """Report every task's start and end."""
    from airflow.sdk.listener import get_listener_manager

    from mlpipelines.local.runs import task_events

    task_events.send = channel.send
    manager: Any = get_listener_manager()
    manager.add_listener(task_events)


def result_of(dag: Any, run: Any) -> dict[str, Any]:
    """{"state", "steps": {step: {"state", "outputs"}}, "xcom": {step: what its task returned}}"""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query = XComModel.get_many(run_id=run.run_id, key="return_value", dag_ids=[dag.dag_id])
        rows: Iterable[Any] = session.scalars(query)
        xcom = {row.task_id: XComModel.deserialize_value(row) for row in rows}
        states = {ti.task_id: str(ti.state) for ti in run.get_task_instances(session=session)}
    return {"state": str(run.state), "states": states, "xcom": xcom, "outputs": _outputs(xcom)}


def _outputs(xcom: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    from mlpipelines.project import Project

    file = Path(os.environ["MLPIPELINES_RUN_FILE"])
    pipeline = Project.at(Path(os.environ["MLPIPELINES_RUN_ROOT"])).compile(file).pipeline
    found = {step.name: dict(_values(step.outputs, xcom[step.name])) for step in pipeline.steps if step.name in xcom}
    returned = {step.name: xcom[step.name] for step in pipeline.steps if step.name in xcom and step.type.gives_anything}
    return found | returned


def _values(outputs: Mapping[str, str], result: Any) -> Iterator[tuple[str, Any]]:
    """(output, its value) of those that the task's result holds."""
    from jinja2 import UndefinedError
    from jinja2.sandbox import SandboxedEnvironment

    from mlpipelines.runtime.names import artifact_uri, output_uri, predictions_uri

    macros = {"predictions_uri": predictions_uri, "artifact_uri": artifact_uri, "output_uri": output_uri}
    environment = SandboxedEnvironment()
    for name, expression in outputs.items():
        with contextlib.suppress(KeyError, TypeError, StopIteration, UndefinedError):
            value = environment.compile_expression(expression)(result=result, **macros)
            if value is not None:
                yield name, value


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(130)


if __name__ == "__main__":
    main()
