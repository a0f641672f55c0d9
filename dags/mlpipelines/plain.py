"""Whether a dag-factory configuration is plain: whether dag-factory would do nothing but call constructors with it.

Imports neither Airflow nor dag-factory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

#: What of a plain DAG's configuration is an argument of the DAG as it stands.
DAG_ARGUMENTS = frozenset(
    {"description", "catchup", "max_active_runs", "max_active_tasks", "dagrun_timeout", "doc_md", "params"}
)
#: And what is more than that.
_DAG_KEYS = DAG_ARGUMENTS | {"schedule", "start_date", "end_date", "tags", "user_defined_macros", "default_args"}
_KEYS = _DAG_KEYS | {"tasks", "task_groups"}
_CALLBACKS = frozenset(
    f"on_{event}_callback{ending}"
    for event in ("execute", "success", "failure", "retry", "skipped")
    for ending in ("", "_name", "_file")
)
#: Defaults of tasks, arguments of tasks, and operators' packages in which dag-factory sees more than what stands there.
_SPECIAL_DEFAULTS = _CALLBACKS | {"start_date", "end_date", "params"}
_SPECIAL_ARGUMENTS = _CALLBACKS | {
    "decorator",
    "execution_date_fn",
    "execution_date_fn_file",
    "execution_date_fn_name",
    "execution_delta",
    "expand",
    "parent_group_name",
    "partial",
    "python_callable_file",
    "python_callable_name",
    "variables_as_arguments",
}
DATES = ("start_date", "end_date")
ASSETS = ("inlets", "outlets")
_SPECIAL_PACKAGES = ("airflow.providers.http.", "airflow.providers.common.sql.")


def is_plain(config: Mapping[str, Any], named: Callable[[str], Any]) -> bool:
    """Whether it is plain. `named` gives the class of a dotted name."""
    schedule, macros = config.get("schedule"), config.get("user_defined_macros") or {}
    return (
        config.keys() <= _KEYS
        and bool(config["tasks"])
        and _SPECIAL_DEFAULTS.isdisjoint(config.get("default_args") or ())
        and all(isinstance(path, str) for path in macros.values())
        and not isinstance(schedule, dict)
        and (not isinstance(schedule, list) or _is_plain_list(schedule))
        and all(_is_plain_date(config.get(key)) for key in DATES)
        and all(group.keys() <= {"tooltip"} for group in (config.get("task_groups") or {}).values())
        and all(_is_plain_task(task, named) for task in config["tasks"].values())
    )


def _is_plain_date(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value[:4].isdecimal() and value[4:5] == "-")


def _is_plain_task(task: Mapping[str, Any], named: Callable[[str], Any]) -> bool:
    return (
        "operator" in task
        and _SPECIAL_ARGUMENTS.isdisjoint(task)
        and all(_is_plain_list(task.get(key) or []) for key in ASSETS)
        and _is_plain_operator(named(task["operator"]))
    )


def _is_plain_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)


@lru_cache(maxsize=1000)
def _is_plain_operator(operator: type) -> bool:
    """Not those that dag-factory completes: of SQL, of HTTP, and Python's but for PythonOperator."""
    bases = [f"{base.__module__}.{base.__name__}" for base in operator.__mro__]
    return not any(base.startswith(_SPECIAL_PACKAGES) or base.endswith(".PythonSensor") for base in bases)
