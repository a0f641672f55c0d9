"""dag-factory's builder, quiet, and without the deep copies that it makes of what is its own already."""

from __future__ import annotations

import os
import warnings
from typing import Any

os.environ.setdefault("AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY", "False")

with warnings.catch_warnings():  # it looks for Airflow 2's modules, and Airflow 3 says so at every parse
    warnings.simplefilter("ignore")
    from dagfactory.dagbuilder import DagBuilder


class OwnedBuilder(DagBuilder):  # type: ignore[misc]
    """Writes to the configuration that it is given."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        self.dag_name, self.dag_config, self._yml_dag = name, config, ""
        self.default_config: dict[str, Any] = {}
