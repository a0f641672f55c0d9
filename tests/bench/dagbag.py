"""A way to have DAGs (a DAG folder, an environment) -> what Airflow's DagBag finds there, and what that costs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.bench.measure import environment, new_folder, run_process

CHILD = Path(__file__).with_name("dagbag_child.py")
CACHE = "MLPIPELINES_CACHE"


@dataclass(frozen=True)
class Way:
    """A DAG folder that Airflow reads. `python_path`: where it finds our package."""

    dags: Path
    python_path: Path
    count: int
    cache: Path | str | None = "off"
    """The folder of what was compiled before; None: a new one each time."""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """One process that read a DAG folder: what it found, how long that took, and the memory (MB) that it had."""

    found: dict[str, Any]
    seconds: float
    cpu: float
    whole: float
    megabytes: float
    grown: float


def read(way: Way, *options: str, child: Path = CHILD) -> Reading:
    """Raises AssertionError when not all DAGs are found, or an import error is."""
    with new_folder() as name:
        variables = environment(
            way.python_path,
            AIRFLOW_HOME=str(Path(name, "airflow")),
            AIRFLOW__CORE__DAGS_FOLDER=str(way.dags),
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT="900",
            AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT="900",
            AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
            AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY="False",
            **{CACHE: str(way.cache or Path(name, "cache"))},
            **way.variables,
        )
        sample = run_process([sys.executable, child, str(way.dags), *options], variables, Path(name))
    found = json.loads(next(line for line in sample.output.splitlines() if line.startswith("RESULT "))[7:])
    assert not found["errors"], next(iter(found["errors"].items()))
    assert found["count"] == way.count, f"{found['count']} DAGs of {way.count} in {way.dags}"
    most, before = found.get("most", 0.0), found.get("before", 0.0)
    return Reading(found, found.get("seconds", 0.0), found.get("cpu", 0.0), sample.seconds, most, most - before)


def read_both(way: Way) -> Reading:
    """Both of our DAG files at once, each in a process of its own, as Airflow does it: the seconds of
    the slower one, the processor time of both."""
    with new_folder() as name, ThreadPoolExecutor() as pool:
        alone = replace(way, cache=way.cache or Path(name, "cache"))
        counts = {"load_pipelines.py": way.count, "invalid_pipelines.py": 0}
        ways = [replace(alone, dags=way.dags / file, count=count) for file, count in counts.items()]
        loaded, other = pool.map(read, ways)
    return replace(
        loaded,
        seconds=max(loaded.seconds, other.seconds),
        cpu=loaded.cpu + other.cpu,
        whole=max(loaded.whole, other.whole),
        megabytes=max(loaded.megabytes, other.megabytes),
        grown=max(loaded.grown, other.grown),
    )
