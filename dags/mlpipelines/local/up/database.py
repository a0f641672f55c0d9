"""Airflow's database of a home, made or brought up to date, with connections and Variables that pipelines need.

`python -m mlpipelines.local.up.database KEPT` in the home's environment; standard input holds what it shall contain:
{"connections": [...], "variables": {name: text}, "new_variables": {name: text}}. What a user has changed in the web
interface stays, unless it is given anew.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from mlpipelines.local.runs.airflow_run import prepare_database


def main() -> None:
    order = json.loads(sys.stdin.read())
    if (Path(os.environ["AIRFLOW_HOME"]) / "airflow.db").exists():
        _migrate()
    else:
        prepare_database(Path(sys.argv[1]))
    _add_connections(order["connections"])
    _add_variables(order["defaults"], only_new=True)
    _add_variables(order["variables"], only_new=False)


def _migrate() -> None:
    from airflow.utils.db import initdb

    initdb()


def _add_connections(names: Iterable[str]) -> None:
    from airflow.models.connection import Connection
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        known = set(session.scalars(select(Connection.conn_id)))
        for name in sorted(set(names) - known):
            about = "The embedded SageMaker: AWS_ENDPOINT_URL leads there, whatever stands here"
            session.add(Connection(conn_id=name, conn_type="aws", description=about))


def _add_variables(values: Mapping[str, str], *, only_new: bool) -> None:
    from airflow.models.variable import Variable
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        known = set(session.scalars(select(Variable.key)))
        for name, value in values.items():
            if not (only_new and name in known):
                Variable.set(name, value, session=session)


if __name__ == "__main__":
    main()
