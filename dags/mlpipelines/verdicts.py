"""What Airflow said to each pipeline's DAG, so that it need not be asked twice: in this process, and in a store.

Two DAG files want to know, and Airflow reads each in a process of its own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping

from mlpipelines.precompiled import Record
from mlpipelines.store import Store

#: What this process knows. Keys say what a record belongs to, so that it cannot be taken for another's.
_known: dict[str, Record] = {}


class Verdicts:
    """Records without configurations: what is wrong with a file, Airflow's refusal included; or nothing is."""

    def __init__(self, store: Store | None, key: str) -> None:
        self._store, self._key = store, key
        self._stored: Mapping[str, object] = (store.get(key) if store else None) or {}
        self._noted: dict[str, Record] = {}

    def known(self, key: str) -> Record | None:
        if key in _known:
            return self.note(_known[key])
        with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
            if key in self._stored:
                return self.note(Record.of(key, self._stored[key]))  # type: ignore[arg-type]
        return None

    def note(self, record: Record) -> Record:
        """Keep a verdict until all is written."""
        self._noted[record.key] = record
        return record

    def keep(self) -> None:
        """Write what was asked for, if any of it is new; nothing else is wanted any more."""
        _known.clear()
        _known.update(self._noted)
        data = {key: record.data() for key, record in self._noted.items()}
        if self._store and data != self._stored:
            self._store.put(self._key, json.dumps(data, separators=(",", ":")))
