"""The DAG that a configuration becomes is dag-factory's, byte for byte, whether dag-factory builds it or not."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

from mlpipelines import building
from mlpipelines.building import build_dag
from mlpipelines.document import copy_data
from mlpipelines.project import Project
from tests.airflow.deployment import clean_environment
from tests.bench.projects import write_project
from tests.conftest import CASES, ROOT

pytestmark = pytest.mark.airflow
CASE_FILES = [*sorted((CASES / "valid").glob("*.yaml")), *sorted((CASES / "real").glob("*.yaml"))]
#: Not where the DAG came from: the line that called the constructor is not the same.
OF_THE_WAY = ("fileloc", "relative_fileloc")
TASK = {"operator": "airflow.providers.standard.operators.empty.EmptyOperator"}
SLEEP = {"operator": "airflow.providers.standard.operators.bash.BashOperator", "bash_command": "true"}


def by_dag_factory(name: str, config: dict[str, Any]) -> DAG:
    """What dag-factory's own builder makes of it, as it comes."""
    from dagfactory.dagbuilder import DagBuilder

    dag: DAG = DagBuilder(name, building._revive(copy_data(config)), {}).build()["dag"]
    dag.tags = {tag for tag in dag.tags if tag != "dagfactory"}
    return dag


def serialised(dag: DAG) -> str:
    data = DagSerialization.to_dict(dag)
    for key in OF_THE_WAY:
        data["dag"].pop(key, None)
    return json.dumps(data, default=str)


def config_of(project: Project, file: Path) -> dict[str, Any]:
    compiled = project.compile(file)
    return {**compiled.config, "doc_md": compiled.documentation}


@pytest.fixture
def dag_factory_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(building, "_build_by_dag_factory")


@pytest.mark.parametrize("file", CASE_FILES, ids=lambda file: file.stem)
def test_every_case_is_built_as_dag_factory_does(file: Path, project: Project, dag_factory_is_not_called: None) -> None:
    config = config_of(project, file)
    before = deepcopy(config)
    assert serialised(build_dag(file.stem, config)) == serialised(by_dag_factory(file.stem, config))
    assert config == before
    assert serialised(build_dag(file.stem, copy_data(config), owned=True)) == serialised(build_dag(file.stem, config))


def test_what_is_measured_is_built_as_dag_factory_does(tmp_path: Path, dag_factory_is_not_called: None) -> None:
    for file in write_project(tmp_path, 60):
        config = config_of(Project.at(tmp_path), file)
        assert serialised(build_dag(file.stem, config)) == serialised(by_dag_factory(file.stem, config))


PLAIN: list[dict[str, Any]] = [
    {"tasks": {"a": TASK}},
    {"tasks": {"a": TASK}, "schedule": "None", "tags": ["x", "dagfactory"], "end_date": "2026-02-03T04:05:06"},
    {"tasks": {"a": TASK}, "schedule": {"__type__": "datetime.timedelta", "hours": 2}, "start_date": "2026-01-01"},
    {"tasks": {"a": TASK}, "schedule": [" s3://one ", "s3://two"], "params": {"x": 1}},
    {"tasks": {"z": {**TASK, "dependencies": ["y", "x", "y"]}, "y": {**TASK, "dependencies": ["x"]}, "x": TASK}},
    {"tasks": {"c": TASK, "b": {**TASK, "dependencies": ["d"]}, "a": TASK, "d": {**TASK, "dependencies": ["a"]}}},
    {"tasks": {"a": {**TASK, "outlets": ["s3://made", "it"], "inlets": ["s3://read"]}}},
    {"tasks": {"a": TASK}, "default_args": {"owner": "ada", "retries": 3}, "user_defined_macros": {"p": "json.dumps"}},
    {
        "task_groups": {"g": {"tooltip": "together"}, "h": {}},
        "tasks": {
            "a": {**TASK, "task_group_name": "g"},
            "b": {**SLEEP, "task_group_name": "g", "dependencies": ["a"]},
            "c": {**TASK, "dependencies": ["g"]},
            "d": {**TASK, "task_group_name": "h", "dependencies": ["c", "b"]},
        },
    },
]
SPECIAL: list[dict[str, Any]] = [
    {"tasks": {"a": TASK}, "dag_display_name": "Shown"},
    {"tasks": {"a": TASK}, "is_paused_upon_creation": True, "concurrency": 3},
    {"tasks": {"a": TASK}, "on_failure_callback": "builtins.print", "start_date": "2026-01-01"},
    {"tasks": {"a": TASK}, "default_args": {"start_date": "2026-01-01", "on_failure_callback": "builtins.print"}},
    {"tasks": {"a": {**TASK, "on_success_callback": "builtins.print"}}},
    {"tasks": {"a": {"operator": SLEEP["operator"], "expand": {"bash_command": ["true", "false"]}}}},
    {"tasks": {"a": {**TASK, "task_group_name": "g"}}, "task_groups": {"g": {}, "h": {"parent_group_name": "g"}}},
    {"tasks": {"a": TASK}, "schedule": ["s3://one", None]},
    {"tasks": {"a": TASK}, "user_defined_macros": {"nested": {"p": "json.dumps"}}},
    {
        "tasks": {
            "a": {
                "operator": "airflow.providers.standard.sensors.python.PythonSensor",
                "python_callable": "builtins.bool",
            }
        }
    },
]


@pytest.mark.parametrize("config", PLAIN)
def test_the_plain_is_built_as_dag_factory_does(config: dict[str, Any], dag_factory_is_not_called: None) -> None:
    assert serialised(build_dag("a", config)) == serialised(by_dag_factory("a", config))


@pytest.mark.parametrize("config", SPECIAL)
def test_dag_factory_builds_what_it_knows_more_about(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert serialised(build_dag("a", config)) == serialised(by_dag_factory("a", config))
    monkeypatch.delattr(building, "_build_by_dag_factory")
    with pytest.raises(NameError):
        build_dag("a", config)


def test_tasks_in_a_circle_are_refused() -> None:
    tasks = {"a": {**TASK, "dependencies": ["b"]}, "b": {**TASK, "dependencies": ["a"]}, "c": TASK}
    with pytest.raises(ValueError, match="wait for each other: a, b"):
        build_dag("a", {"tasks": tasks})


def test_dag_factory_is_imported_when_it_is_needed_only(tmp_path: Path) -> None:
    script = "import sys, mlpipelines.building as b; b.build_dag('a', {'tasks': {'a': {'operator': "
    script += f"{TASK['operator']!r}}}}}}}); assert not {{'dagfactory', 'aiohttp'}} & set(sys.modules)"
    environment = clean_environment(tmp_path) | {"PYTHONPATH": str(ROOT / "dags")}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=120)
