"""A compiled pipeline -> the Python DAG file that a person would have written for it: constructors, no YAML."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import datetime
from typing import Any

HEAD = """\
from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronTriggerTimetable
from mlpipelines.runtime.names import artifact_uri, job_name, output_uri, predictions_uri, run_key
from mlpipelines.runtime.operators import TrainingOperator, TransformOperator
from mlpipelines.runtime.resources import ModelOperator
from mlpipelines.runtime.results import result_of
from mlpipelines.runtime.prepare import prepare

UTC = timezone.utc
"""
#: What stands in our configuration and is no argument of an operator.
NOT_ARGUMENTS = ("operator", "dependencies")


def dag_file(configurations: Mapping[str, Mapping[str, Any]]) -> str:
    """One file with the DAGs of all the configurations."""
    return HEAD + "".join(_dag(name, config, number) for number, (name, config) in enumerate(configurations.items()))


def _dag(name: str, config: Mapping[str, Any], number: int) -> str:
    arguments = {key: value for key, value in config.items() if key != "tasks"}
    lines = [f"\nwith DAG(\n    {name!r},"]
    lines += [f"    {key}={_value(key, value)}," for key, value in arguments.items()]
    lines += [f") as dag_{number}:"]
    for task_id, task in config["tasks"].items():
        operator = task["operator"].rpartition(".")[2]
        lines += [f"    {task_id} = {operator}(", f"        task_id={task_id!r},"]
        lines += [f"        {key}={_value(key, value)}," for key, value in task.items() if key not in NOT_ARGUMENTS]
        lines += ["    )"]
    for task_id, task in config["tasks"].items():
        if task.get("dependencies"):
            lines += [f"    [{', '.join(task['dependencies'])}] >> {task_id}"]
    return "\n".join(lines) + "\n"


def _value(key: str, value: Any) -> str:
    if key == "user_defined_macros":
        return "{" + ", ".join(f"{name!r}: {path.rpartition('.')[2]}" for name, path in value.items()) + "}"
    if key == "python_callable":
        return str(value.rpartition(".")[2])
    if key in ("start_date", "end_date"):
        date = datetime.fromisoformat(value)
        return f"datetime({date.year}, {date.month}, {date.day}, tzinfo=UTC)"
    if isinstance(value, dict) and "__type__" in value:
        given = [repr(argument) for argument in value.get("__args__", ())]
        given += [f"{name}={argument!r}" for name, argument in value.items() if not name.startswith("__")]
        return f"{value['__type__'].rpartition('.')[2]}({', '.join(given)})"
    if isinstance(value, dict) and len(repr(value)) > 80:
        inner = "\n".join(f"{name!r}: {_value('', child)}," for name, child in value.items())
        return "{\n" + textwrap.indent(inner, " " * 4) + "\n}"
    return repr(value)
