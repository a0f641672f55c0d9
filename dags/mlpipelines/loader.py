"""Pipeline files -> Airflow DAGs. The only module that imports airflow and dag-factory at module level.

Two DAG files call it: one registers every valid pipeline, the other raises with the problems of all invalid ones, so
that one broken file neither hides another DAG nor stays unseen.
"""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Hashable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY", "False")

from airflow.sdk import DAG, CronTriggerTimetable, Param, get_parsing_context

with warnings.catch_warnings():  # it looks for Airflow 2's modules, and Airflow 3 says so at every parse
    warnings.simplefilter("ignore")
    from dagfactory.dagbuilder import DagBuilder

from mlpipelines.document import copy_data
from mlpipelines.errors import InvalidPipeline, PipelineError, Problem
from mlpipelines.project import Compiled, Project

#: The types that the templates may ask for by `__type__`. dag-factory itself would import any.
_TYPES = {
    "datetime.timedelta": timedelta,
    "airflow.sdk.Param": Param,
    "airflow.sdk.CronTriggerTimetable": CronTriggerTimetable,
}
#: The marker by which dag-factory's telemetry listener knows its DAGs. Ours do not carry it.
_TELEMETRY_TAG = "dagfactory"
#: Kept between the two DAG files where one process parses both (DagBag, tests): the project, by what it is made of, and
#: what became of each pipeline when it was built.
_projects: dict[Hashable, Project] = {}
_verdicts: dict[Path, tuple[Compiled, InvalidPipeline | None]] = {}


def register_pipelines(namespace: dict[str, Any], dag_file: str) -> None:
    """Put the DAG of every valid pipeline of the project that `dag_file` lies in into `namespace`, its globals.

    While a task starts, only the DAG that it belongs to is built.
    """
    project = _project(dag_file)
    wanted = get_parsing_context().dag_id
    gc.freeze()  # Airflow's half a million objects stay: looking through them again and again takes a tenth of the time
    try:
        for _, dag in load(project, wanted):
            if isinstance(dag, DAG):
                namespace[dag.dag_id] = dag
    finally:
        gc.unfreeze()


def raise_problems(dag_file: str) -> None:
    """Raise InvalidPipeline with every problem of every invalid pipeline; do nothing when all are valid."""
    project = _project(dag_file)
    if get_parsing_context().dag_id is not None:
        return
    refused = [_verdict(project, file, result) for file, result in project.compile_all(project.files())]
    problems = list(project.policy.mistakes)
    problems += [problem for problem in project.defaults_problems() if problem.severity == "error"]
    problems += [problem for error in refused if error for problem in error.problems]
    if problems:
        raise InvalidPipeline(list(dict.fromkeys(problems)))


def load(project: Project, wanted: str | None = None) -> Iterator[tuple[Path, DAG | InvalidPipeline]]:
    """(file, its DAG or what is wrong with it) for every pipeline, or for the wanted one alone."""
    files = [file for file in project.files() if wanted in (None, file.stem)]
    for file, compiled in project.compile_all(files):
        yield file, compiled if isinstance(compiled, InvalidPipeline) else _build(project, file, compiled)


def build_dag(compiled: Compiled) -> DAG:
    """The Airflow DAG of a compiled pipeline, built by dag-factory."""
    name = compiled.pipeline.name
    dag: DAG = _Builder(name, _revive({**compiled.config, "doc_md": compiled.documentation})).build()["dag"]
    dag.tags = {tag for tag in dag.tags if tag != _TELEMETRY_TAG}
    return dag


class _Builder(DagBuilder):  # type: ignore[misc]
    """dag-factory's builder without the deep copies that it makes of a configuration: ours is its own already."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        self.dag_name, self.dag_config, self._yml_dag = name, config, ""
        self.default_config: dict[str, Any] = {}


def _build(project: Project, file: Path, compiled: Compiled) -> DAG | InvalidPipeline:
    """The DAG, or what Airflow refuses in it. Operators and dag-factory raise anything; no file may hide another."""
    try:
        dag = build_dag(compiled)
    except Exception as error:
        message = f"Airflow refuses this pipeline: {type(error).__name__}: {error}"
        refused = InvalidPipeline([Problem(project.name_of(file), 1, 1, "PL503", message)])
        _verdicts[file] = (compiled, refused)
        return refused
    _verdicts[file] = (compiled, None)
    return dag


def _verdict(project: Project, file: Path, result: Compiled | InvalidPipeline) -> InvalidPipeline | None:
    """What is wrong with a file, if anything."""
    if isinstance(result, InvalidPipeline):
        return result
    if file not in _verdicts or _verdicts[file][0] is not result:
        _build(project, file, result)
    return _verdicts[file][1]


def _project(dag_file: str) -> Project:
    """The project that a DAG file lies in; the same as long as its defaults, schemas and templates are, so that the
    second DAG file need not compile again what the first has compiled."""
    try:
        found = Project.of_dag_folder(Path(dag_file).parent)
        fingerprint = found.fingerprint()
        if fingerprint not in _projects:  # one is enough: what it was made of has changed
            _projects.clear()
            _verdicts.clear()
            _projects[fingerprint] = found
        return _projects[fingerprint]
    except PipelineError as error:
        raise InvalidPipeline([Problem("pipelines", 1, 1, "PL504", str(error))]) from None


def _revive(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with objects where the templates ask for one: in the DAG's, the tasks' and the params' own
    arguments, never deeper, where authors write."""
    result = {key: _object(value) for key, value in config.items()}
    result["params"] = {name: _object(param) for name, param in (config.get("params") or {}).items()}
    result["tasks"] = {
        task_id: {key: _object(value) for key, value in task.items()} for task_id, task in config["tasks"].items()
    }
    return result


def _object(value: Any) -> Any:
    """The object that a value asks for, or a copy of it: dag-factory and Airflow write to what they are given."""
    if not isinstance(value, dict) or "__type__" not in value:
        return copy_data(value)
    arguments = {key: child for key, child in value.items() if key not in ("__type__", "__args__")}
    return _TYPES[value["__type__"]](*value.get("__args__", ()), **arguments)
