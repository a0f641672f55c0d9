"""What the tries of one task of one run remember of its job, in Airflow's store for tasks.

The job's name is written before the job is created. So a try that finds a name looks it up: AWS knows it, then an
earlier try has created it; AWS does not, then the try died before.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

_KEY = "sagemaker_job"

#: Seconds to wait for the store's answer in a process that is to end: Airflow kills it after five.
PATIENCE = 3


@dataclass(frozen=True)
class Record:
    """`job` is its name or ARN; `number` counts the jobs of the task in this run, `choice` its instance types.

    `clears` says how often the task and its run were cleared: a clear changes it, and a retry does not. (Airflow allows
    a cleared task more tries, save one that was running: then its run alone counts the clear.)
    `wanted` is what a job must have in the end to be the one that was asked for (an endpoint its configuration).
    """

    job: str = ""
    number: int = 0
    choice: int = 0
    clears: str = ""
    wanted: str = ""

    def but(self, **changes: Any) -> Record:
        return replace(self, **changes)


class Memory:
    """Reads and writes the record. Where Airflow has no store, it lasts as long as this object."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._store = context.get("task_state_store")
        self._ti: Any = context.get("ti")
        ti, run = self._ti, context.get("dag_run")
        tries = int(getattr(ti, "max_tries", 0) or 0)
        self.clears = f"{tries}-{getattr(run, 'clear_number', 0) or 0}"
        self.last_try = int(getattr(ti, "try_number", 1) or 1) > tries
        names = [str(getattr(ti, name, "")) for name in ("dag_id", "task_id", "run_id", "map_index")]
        if self._store is None:
            names.append(str(getattr(ti, "try_number", "")))
        self.digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
        self.record = self._read()
        self.is_cleared = bool(self.record.job) and self.record.clears != self.clears

    def keep(self, record: Record) -> None:
        self.record = record.but(clears=self.clears)
        if self._store is not None:
            self._store.set(_KEY, asdict(self.record))

    def ends_job(self) -> bool:
        """Whether the job is to be stopped, now that this process has been told to end.

        Airflow ends a process too when another try has taken its place, or when its own API does not answer: then the
        job is the next try's. The store answers neither. And a machine may end its worker while Airflow still has the
        task running: then a retry goes on with the job on another worker, if there is one left. They are asked in a
        thread, because a signal may have interrupted the task while it was talking to Airflow.
        """
        if self._store is None:
            return True
        answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
        threading.Thread(target=lambda: self._answer(answers), daemon=True).start()
        answer, deadline = False, time.monotonic() + PATIENCE
        with suppress(queue.Empty):
            answer = answers.get(timeout=PATIENCE)
            answer = answer and answers.get(timeout=max(0, deadline - time.monotonic()))
        return answer

    def _answer(self, answers: queue.SimpleQueue[bool]) -> None:
        kept = self._is_kept()
        answers.put(kept)
        if kept:
            answers.put(not self._goes_on())

    def _is_kept(self) -> bool:
        try:
            return bool(self._read().job)
        except Exception:
            return False

    def _goes_on(self) -> bool:
        """There is a next try, and nobody has ended, marked or cleared the task."""
        if self.last_try:
            return False
        ti = self._ti
        try:
            told = ti.get_task_states(
                dag_id=ti.dag_id, map_index=ti.map_index, task_ids=[ti.task_id], run_ids=[ti.run_id]
            )
        except Exception:
            return False
        return "running" in told.get(ti.run_id, {}).values()

    def _read(self) -> Record:
        found = self._store.get(_KEY) if self._store is not None else None
        if not isinstance(found, Mapping):
            return Record()
        return Record(**{field.name: found[field.name] for field in fields(Record) if field.name in found})
