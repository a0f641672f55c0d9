"""Notebook instances: their states as AWS shows them. Nothing runs behind them.

A change takes a moment (`TRANSITION`), in which it can be observed; it is over when somebody looks later.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.api.listing import page
from mlpipelines.local.faults import InvalidRequest
from mlpipelines.local.records.records import Record, Records

Request = Mapping[str, Any]
NOTEBOOK = "notebook instance"
#: Seconds that a change of state takes; minutes at AWS.
TRANSITION = 0.4
#: state of the change -> (states from which it may begin, state at its end)
CHANGES = {
    "Pending": (("Stopped", "Failed"), "InService"),
    "Stopping": (("InService",), "Stopped"),
    "Updating": (("Stopped", "Failed"), "Stopped"),
    "Deleting": (("Stopped", "Failed"), None),
}
_DEFAULTS = {"DirectInternetAccess": "Enabled", "VolumeSizeInGB": 5, "RootAccess": "Enabled"}
#: What AWS calls differently in its answers.
_RENAMED = {"LifecycleConfigName": "NotebookInstanceLifecycleConfigName", "SecurityGroupIds": "SecurityGroups"}
log = logging.getLogger("mlpipelines.local")


class Notebooks:
    def __init__(self, records: Records) -> None:
        self._records = records

    def create(self, scope: str, arn: str, request: Request) -> None:
        name = request["NotebookInstanceName"]
        with self._records.lock:
            if self._current(scope, name):
                raise InvalidRequest(f"Cannot create a duplicate Notebook Instance ({arn})")
            asked = {_RENAMED.get(member, member): value for member, value in request.items()}
            record = {**_DEFAULTS, **asked, "NotebookInstanceArn": arn, "CreationTime": time.time()}
            self._begin(scope, name, record, "Pending")
        log.info("simulated: notebook instance %s has states only, nothing runs behind it", name)

    def change(self, scope: str, name: str, state: str) -> None:
        """Begin Pending (a start), Stopping or Deleting. Refused, as by AWS, from a state that does not allow it."""
        with self._records.lock:
            self._begin(scope, name, self._allowed(scope, name, state), state)

    def update(self, scope: str, request: Request) -> None:
        name = request["NotebookInstanceName"]
        with self._records.lock:
            record = self._allowed(scope, name, "Updating")
            for member, value in request.items():
                if member.startswith("Disassociate"):
                    gone = member.removeprefix("Disassociate")
                    record.pop(_RENAMED.get(f"{gone}Name", gone), None)
                else:
                    record[_RENAMED.get(member, member)] = value
            self._begin(scope, name, record, "Updating")

    def describe(self, scope: str, name: str) -> Record:
        record = self._current(scope, name)
        if record is None:
            raise InvalidRequest("RecordNotFound")
        return {key: value for key, value in record.items() if key not in ("Tags", "Until")}

    def summaries(self, scope: str, request: Request) -> dict[str, Any]:
        names = [record["NotebookInstanceName"] for record in self._records.all(NOTEBOOK, scope)]
        rows = [row for row in (self._current(scope, name) for name in names) if row]
        rows = [row for row in rows if request.get("StatusEquals") in (None, row["NotebookInstanceStatus"])]
        config = request.get("NotebookInstanceLifecycleConfigNameContains", "")
        rows = [row for row in rows if config in row.get("NotebookInstanceLifecycleConfigName", "")]
        rows = [{**row, "Status": row["NotebookInstanceStatus"]} for row in rows]
        shown = """NotebookInstanceName NotebookInstanceArn NotebookInstanceStatus InstanceType CreationTime
            LastModifiedTime NotebookInstanceLifecycleConfigName DefaultCodeRepository
            AdditionalCodeRepositories""".split()
        return page(
            rows, request, name="NotebookInstanceName", answer="NotebookInstances", shown=shown, order="Descending"
        )

    def _begin(self, scope: str, name: str, record: Record, state: str) -> None:
        now = time.time()
        changed = {"NotebookInstanceStatus": state, "Until": now + TRANSITION, "LastModifiedTime": now}
        self._records.put(NOTEBOOK, scope, name, {**record, **changed})

    def _allowed(self, scope: str, name: str, state: str) -> Record:
        record = self._current(scope, name)
        if record is None:
            raise InvalidRequest("RecordNotFound")
        allowed, _ = CHANGES[state]
        if record["NotebookInstanceStatus"] not in allowed:
            raise InvalidRequest(
                f"Status ({record['NotebookInstanceStatus']}) not in ([{', '.join(allowed)}]). Unable to transition to "
                f"({state}) for Notebook Instance ({record['NotebookInstanceArn']})"
            )
        return record

    def _current(self, scope: str, name: str) -> Record | None:
        """The record in the state that it has by now; a change that has come to its end is over."""
        with self._records.lock:
            record = self._records.get(NOTEBOOK, scope, name)
            if record is None or "Until" not in record or time.time() < record["Until"]:
                return record
            _, end = CHANGES[record["NotebookInstanceStatus"]]
            if end is None:
                self._records.remove(NOTEBOOK, scope, name)
                return None
            ended = record.pop("Until")
            record |= {"NotebookInstanceStatus": end, "LastModifiedTime": ended}
            self._records.put(NOTEBOOK, scope, name, record)
            return record
