"""What the tries of one task of one run remember of its job, in Airflow's store for tasks.

The job's name is written before the job is created. So a try that finds a name looks it up: AWS knows it, then an
earlier try has created it; AWS does not, then the try died before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

_KEY = "sagemaker_job"


@dataclass(frozen=True)
class Record:
    """`job` is its name or ARN; `number` counts the jobs of the task in this run, `choice` its instance types.

    `tries` is how many Airflow allows in all: it grows when a task is cleared, and not when it is retried.
    `wanted` is what a job must have in the end to be the one that was asked for (an endpoint its configuration).
    """

    job: str = ""
    number: int = 0
    choice: int = 0
    tries: int = 0
    wanted: str = ""

    def but(self, **changes: Any) -> Record:
        return replace(self, **changes)


class Memory:
    """Reads and writes the record. Where Airflow has no store, it lasts as long as this object."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._store = context.get("task_state_store")
        ti = context.get("ti")
        self.tries = int(getattr(ti, "max_tries", 0) or 0)
        self.last_try = int(getattr(ti, "try_number", 1) or 1) > self.tries
        names = [str(getattr(ti, name, "")) for name in ("dag_id", "task_id", "run_id", "map_index")]
        if self._store is None:
            names.append(str(getattr(ti, "try_number", "")))
        self.digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
        self.record = self._read()
        self.is_cleared = bool(self.record.job) and self.record.tries != self.tries

    def keep(self, record: Record) -> None:
        self.record = record.but(tries=self.tries)
        if self._store is not None:
            self._store.set(_KEY, asdict(self.record))

    def _read(self) -> Record:
        found = self._store.get(_KEY) if self._store is not None else None
        if not isinstance(found, Mapping):
            return Record()
        return Record(**{field.name: found[field.name] for field in fields(Record) if field.name in found})
