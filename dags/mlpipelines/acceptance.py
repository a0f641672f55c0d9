"""A DAG -> what Airflow would refuse in it later on, when it has the DAGs of the whole file together.

What Airflow refuses then is an import error of the DAG file, and all DAGs of the file are taken for gone; what its
database refuses undoes the whole file. Found here, it concerns one pipeline.
"""

# ruff: noqa: TID253 (as in loader.py, which is the only one to import this)
from __future__ import annotations

from collections.abc import Callable

from airflow import settings
from airflow.exceptions import AirflowClusterPolicySkipDag
from airflow.sdk import DAG

#: Characters that Airflow's database has for the owners of a DAG's tasks together.
_OWNERS = 2000


def accepted(build: Callable[[], DAG]) -> DAG:
    """The DAG that `build` makes. Raises what Airflow would.

    Policies may change what they are shown, and Airflow shows it to them again: they are asked about another DAG.
    """
    dag = build()
    dag.validate()  # type: ignore[no-untyped-call]
    if len(dag.owner) > _OWNERS:
        raise ValueError(f"the names of its owners have {len(dag.owner)} characters; Airflow keeps {_OWNERS}")
    if has_policies():
        _ask_policies(build())
    return dag


def has_policies() -> bool:
    """Whether the platform team has cluster policies, which may refuse a DAG today and not tomorrow."""
    hook = settings.get_policy_plugin_manager().hook
    return bool(hook.dag_policy.get_hookimpls() or hook.task_policy.get_hookimpls())


def _ask_policies(dag: DAG) -> None:
    try:
        settings.dag_policy(dag)  # type: ignore[no-untyped-call]
        for task in dag.tasks:
            settings.task_policy(task)  # type: ignore[no-untyped-call]
    except AirflowClusterPolicySkipDag:
        return  # Airflow leaves it out without a word, and nothing else
