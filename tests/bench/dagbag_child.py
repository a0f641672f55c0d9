"""`python dagbag_child.py FOLDER [--dags]`: reads a DAG folder as Airflow does; prints how long that took, as JSON.

What every DAG file needs of Airflow is imported before the clock starts; our loader and its rivals are not.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

#: Where a DAG comes from; and its documentation, to which dag-factory adds its own.
OF_THE_WAY = ("fileloc", "relative_fileloc", "_processor_dags_folder", "doc_md")
#: dag-factory marks its DAGs with it.
FACTORY_TAG = "dagfactory"
MEGABYTES = 1024 * 1024 if sys.platform == "darwin" else 1024


def main() -> None:
    before = _most_memory()
    started, used = time.perf_counter(), time.process_time()
    bag = DagBag(sys.argv[1])
    result: dict[str, Any] = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
    result |= {"before": before, "most": _most_memory()}
    result["count"] = len(bag.dags)
    result["errors"] = {str(file): text for file, text in bag.import_errors.items()}
    if "--dags" in sys.argv:
        result["dags"] = {name: _comparable(dag) for name, dag in bag.dags.items()}
    print("RESULT " + json.dumps(result, default=str))


def _most_memory() -> float:
    """Megabytes that the process had at once. Linux counts those of the process that has forked it among them, but
    tells its own elsewhere."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTES


def _comparable(dag: Any) -> dict[str, Any]:
    data: dict[str, Any] = DagSerialization.to_dict(dag)["dag"]
    data["tags"] = sorted(set(data.get("tags", ())) - {FACTORY_TAG})
    return {key: value for key, value in data.items() if key not in OF_THE_WAY}


if __name__ == "__main__":
    main()
