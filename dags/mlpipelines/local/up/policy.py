"""Airflow's cluster policies of the local Airflow: local jobs are looked at often, and no schedule starts by itself.

Airflow's processes import it, by `config/airflow_local_settings.py` of their home.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mlpipelines.local.polling import task_policy as task_policy
from mlpipelines.local.runs.airflow_run import find_callables

if root := os.environ.get("MLPIPELINES_UP_ROOT"):  # not set for Airflow's own command
    find_callables(Path(root) / "dags" / "callables")


def dag_policy(dag: Any) -> None:
    """A click on Trigger runs a pipeline; one with a clock's schedule waits until it is switched on."""
    timetable = dag.timetable
    dag.is_paused_upon_creation = timetable.can_be_scheduled and timetable.asset_condition is None


def hostname() -> str:
    """Asking the network for this machine's name takes seconds when there is none."""
    return "localhost"
