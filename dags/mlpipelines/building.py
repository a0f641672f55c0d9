"""A dag-factory configuration -> its Airflow DAG: the one that dag-factory makes of it, without what dag-factory costs.

Configurations of what the templates commonly give are plain, and built here. What is not plain (callbacks, decorators,
operators of SQL and HTTP, dag-factory's own ways of naming files ...) dag-factory builds. It is imported only then:
its import alone takes as long as building two hundred DAGs.
"""

# ruff: noqa: TID253 (as in loader.py, which is the only one to import this)
from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset, BaseOperator, CronTriggerTimetable, Param, TaskGroup
from airflow.sdk.module_loading import import_string  # type: ignore[attr-defined]

from mlpipelines.plain import ASSETS, DAG_ARGUMENTS, DATES, is_plain

#: The types that the templates may ask for by `__type__`. dag-factory itself would import any.
_TYPES = {
    "datetime.timedelta": timedelta,
    "airflow.sdk.Param": Param,
    "airflow.sdk.CronTriggerTimetable": CronTriggerTimetable,
}
#: The marker by which dag-factory's telemetry listener knows its DAGs. Ours do not carry it.
_TELEMETRY_TAG = "dagfactory"

#: Defaults that all operators take.
_OF_EVERY_OPERATOR = frozenset({"owner"})
#: What stands in a task's configuration and is no argument of its operator.
_NOT_ARGUMENTS = frozenset({"operator", "dependencies", "task_group_name"})


def build_dag(name: str, config: Mapping[str, Any], *, owned: bool = False) -> DAG:
    """The DAG `name` of a configuration, which is plain data.

    DAGs and operators keep parts of what they are built of: those of `config` itself when the call owns it, else of a
    copy. dag-factory and operators raise anything.
    """
    _refuse_others(config["tasks"])
    revived = _revive(config if owned else _copied(config))
    return _build(name, revived) if is_plain(revived, _named) else _build_by_dag_factory(name, revived)


def _refuse_others(tasks: Mapping[str, Any]) -> None:
    """Nothing is called as an operator that is none, whatever stands in a cache."""
    for operator in {task["operator"] for task in tasks.values() if "operator" in task}:
        found = _named(operator)
        if not (isinstance(found, type) and issubclass(found, BaseOperator)):
            raise TypeError(f"{operator} is no operator")


def _build(name: str, config: Mapping[str, Any]) -> DAG:
    dag = DAG(name, **_dag_arguments(config))
    groups = {group: TaskGroup(group, dag=dag, **given) for group, given in (config.get("task_groups") or {}).items()}
    nodes: dict[str, Any] = {}
    for task_id, task in _in_order(config["tasks"]):
        given = {key: value for key, value in task.items() if key not in _NOT_ARGUMENTS}
        given["task_id"] = task_id
        if groups and task.get("task_group_name"):
            given["task_group"] = groups[task["task_group_name"]]
        nodes[task_id] = _task(dag, _named(task["operator"]), given)
    nodes |= groups
    for task_id, task in config["tasks"].items():
        if task.get("dependencies"):
            _wire(nodes[task_id], [nodes[other] for other in task["dependencies"]], groups)
    return dag


def _wire(node: Any, upstream: list[Any], groups: Mapping[str, Any]) -> None:
    """What Airflow does, too, but finds out first which DAG the tasks are of, and asks groups what they hold."""
    if groups:
        node.set_upstream(upstream)
        return
    for other in upstream:
        other.downstream_task_ids.add(node.task_id)
        node.upstream_task_ids.add(other.task_id)


def _dag_arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {key: value for key, value in config.items() if key in DAG_ARGUMENTS}
    arguments["schedule"] = _schedule(config.get("schedule"))
    arguments["default_args"] = config.get("default_args") or {}
    arguments["tags"] = {tag for tag in config.get("tags") or () if tag != _TELEMETRY_TAG}
    for key in DATES:
        if config.get(key):
            arguments[key] = _date(config[key])
    if config.get("user_defined_macros"):
        arguments["user_defined_macros"] = {name: _named(path) for name, path in config["user_defined_macros"].items()}
    return arguments


def _schedule(value: Any) -> Any:
    if isinstance(value, list):
        return [Asset(uri.strip()) for uri in value]  # nothing of a plain list is blank
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


@lru_cache(maxsize=1000)
def _date(text: str) -> datetime:
    date: Any = pendulum.parse(text)
    midnight: datetime = date.replace(tzinfo=pendulum.timezone("UTC"))
    return midnight


def _task(dag: DAG, operator: Any, arguments: dict[str, Any]) -> Any:
    function = arguments.get("python_callable")
    if isinstance(function, str) and issubclass(operator, PythonOperator):
        arguments["python_callable"] = _named(function)
    for key in ASSETS:
        if arguments.get(key):
            arguments[key] = [Asset(uri) for uri in arguments[key]]
    if dag.params or not dag.default_args.keys() <= _OF_EVERY_OPERATOR or not _is_ours(operator):
        return operator(dag=dag, **arguments)
    task = operator(**dag.default_args | arguments)
    task.dag = dag  # given to the constructor, each of its classes would look for defaults and copy params
    return task


@lru_cache(maxsize=1000)
def _is_ours(operator: type) -> bool:
    """Whether it is known that its constructor does without a DAG."""
    return operator is PythonOperator or operator.__module__.startswith("mlpipelines.runtime.")


def _in_order(tasks: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tasks, each after those that it depends on; among equals in the order in which they become free, which is
    dag-factory's, and so that of the serialised DAG."""
    followers: dict[str, list[str]] = {task_id: [] for task_id in tasks}
    waiting = dict.fromkeys(tasks, 0)
    for task_id, task in tasks.items():
        for name in task.get("dependencies") or ():
            if name in tasks:  # else it is a task group
                followers[name].append(task_id)
                waiting[task_id] += 1
    free = [task_id for task_id, count in waiting.items() if not count]
    for task_id in free:  # it grows
        yield task_id, tasks[task_id]
        for follower in followers[task_id]:
            waiting[follower] -= 1
            if not waiting[follower]:
                free.append(follower)
    if len(free) != len(tasks):
        raise ValueError(f"tasks wait for each other: {', '.join(sorted(tasks.keys() - set(free)))}")


def _named(path: str) -> Any:
    """The class or function of a dotted name."""
    module, _, name = path.rpartition(".")
    found = getattr(sys.modules.get(module), name, None)  # what is imported already need not be looked for
    return import_string(path) if found is None else found


def _build_by_dag_factory(name: str, config: dict[str, Any]) -> DAG:
    from mlpipelines.dag_factory import OwnedBuilder

    dag: DAG = OwnedBuilder(name, config).build()["dag"]
    dag.tags = {tag for tag in dag.tags if tag != _TELEMETRY_TAG}
    return dag


def _copied(config: Mapping[str, Any]) -> dict[str, Any]:
    from mlpipelines.document import copy_data

    return {key: copy_data(value) for key, value in config.items()}


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
    """The object that a value asks for, or the value."""
    if not isinstance(value, dict) or "__type__" not in value:
        return value
    arguments = {key: child for key, child in value.items() if key not in ("__type__", "__args__")}
    return _TYPES[value["__type__"]](*value.get("__args__", ()), **arguments)
