"""`python sampling_child.py FOLDER`: reads a DAG folder as Airflow does; prints where the time goes, as JSON.

Looks a thousand times a second (of processor time) at what is being done, and counts the time since the last look for
the innermost part that knows itself in the stack. Unlike a profiler of calls, this makes none of them longer.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import time
from collections import Counter
from types import FrameType
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization  # noqa: F401  (as in dagbag_child.py)

EVERY = 0.001
OTHER = "Airflow's DagBag"
IMPORTS, OPERATORS, DAGS, WIRES = "imports", "operators' constructors", "DAGs' constructors", "dependencies of tasks"
RECORDS, HASHES, FILES = "cache: records", "cache: hashes", "files: list, read"
YAML, CHECKS, DEFAULTS, TEMPLATES = "YAML", "schema, checks", "defaults, references", "templates"
REQUESTS, ARGUMENTS = "AWS requests, checked", "configurations -> arguments"
#: (end of a file's name, function or "" for all of the file): part. The innermost frame that is named here decides.
PARTS = {
    ("importlib._bootstrap>", ""): IMPORTS,
    ("sdk/bases/operator.py", "apply_defaults"): OPERATORS,
    ("sdk/bases/operator.py", "__setattr__"): OPERATORS,
    ("definitions.dag.DAG>", ""): DAGS,
    ("_internal/node.py", "_set_relatives"): WIRES,
    ("mlpipelines/building.py", "_wire"): WIRES,
    **{(f"mlpipelines/{name}.py", ""): ARGUMENTS for name in ("building", "plain", "dag_factory", "loader")},
    **{(f"mlpipelines/{name}.py", ""): RECORDS for name in ("store", "precompiled", "verdicts")},
    ("mlpipelines/fingerprint.py", ""): HASHES,
    **{(f"mlpipelines/{name}.py", ""): FILES for name in ("reading", "rounds", "layout", "sources")},
    **{(f"mlpipelines/{name}.py", ""): YAML for name in ("document", "yaml_mistakes", "controls")},
    **{(f"mlpipelines/{name}.py", ""): CHECKS for name in ("schema", "unknown_fields", "policy", "project")},
    ("mlpipelines/checks/requests.py", ""): REQUESTS,
    **{(f"mlpipelines/{name}.py", ""): DEFAULTS for name in ("model", "references", "variables", "completion")},
    **{(f"mlpipelines/{name}.py", ""): TEMPLATES for name in ("render", "templating", "masking", "filters")},
}
FOLDERS = {"/mlpipelines/checks/": CHECKS, "/mlpipelines/aws/": REQUESTS, "/mlpipelines/facts/": REQUESTS}

_spent: Counter[str] = Counter()
_known: dict[tuple[str, str], str] = {}
_last = 0.0


def main() -> None:
    global _last
    collected = _Collections()
    gc.callbacks.append(collected)
    signal.signal(signal.SIGPROF, _look)
    started = _last = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    bag = DagBag(sys.argv[1])
    signal.setitimer(signal.ITIMER_PROF, 0)
    whole = time.process_time() - started
    result = {"spent": _spent, "whole": whole, "collections": collected.spent, "count": len(bag.dags)}
    print("RESULT " + json.dumps(result | {"errors": {str(key): text for key, text in bag.import_errors.items()}}))


class _Collections:
    """How long garbage is looked for. It is part of whatever was being done then."""

    def __init__(self) -> None:
        self.spent = self._started = 0.0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._started = time.process_time()
        else:
            self.spent += time.process_time() - self._started


def _look(_: int, frame: FrameType | None) -> None:
    global _last
    now = time.process_time()
    _spent[_part(frame)] += now - _last  # type: ignore[assignment]
    _last = now


def _part(frame: Any) -> str:
    while frame is not None:
        key = frame.f_code.co_filename, frame.f_code.co_name
        if key not in _known:
            _known[key] = _named(*key)
        if _known[key]:
            return _known[key]
        frame = frame.f_back
    return OTHER


def _named(file: str, function: str) -> str:
    for (ending, name), part in PARTS.items():
        if file.endswith(ending) and name in ("", function):
            return part
    return next((part for folder, part in FOLDERS.items() if folder in file), "")


if __name__ == "__main__":
    main()
