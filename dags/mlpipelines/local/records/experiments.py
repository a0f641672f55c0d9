"""Experiments, trials and trial components: named records, and which component belongs to which trial."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlpipelines.local.api.listing import page
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.records.records import Record, Records

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """`member` is what AWS's requests and answers begin with; `resource` stands in ARNs."""

    member: str
    resource: str
    words: str


EXPERIMENT = Kind("Experiment", "experiment", "Experiment")
TRIAL = Kind("Trial", "experiment-trial", "Trial")
COMPONENT = Kind("TrialComponent", "experiment-trial-component", "Trial Component")
KINDS = (EXPERIMENT, TRIAL, COMPONENT)
_NOT_SHOWN = ("Tags", "Trials")


class Experiments:
    """`prefix` arguments are the ARN of everything in one account and region."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def create(self, kind: Kind, scope: str, prefix: str, request: Request) -> str:
        name = request[f"{kind.member}Name"]
        with self._records.lock:
            if self._records.get(kind.words, scope, name):
                raise InvalidRequest(
                    f"{kind.words} names must be unique within an AWS account and region. {kind.words} with name "
                    f"({name}) already exists."
                )
            if kind is TRIAL:
                self.get(EXPERIMENT, scope, prefix, request["ExperimentName"])
            now = time.time()
            state = {f"{kind.member}Arn": _arn(kind, prefix, name), "CreationTime": now, "LastModifiedTime": now}
            trials: Record = {"Trials": []} if kind is COMPONENT else {}
            self._records.put(kind.words, scope, name, {"DisplayName": name, **request, **trials, **state})
        return str(state[f"{kind.member}Arn"])

    def get(self, kind: Kind, scope: str, prefix: str, name: str) -> Record:
        found = self._records.get(kind.words, scope, name)
        if found is None:
            raise ApiError("ResourceNotFound", f"{kind.words} '{_arn(kind, prefix, name)}' does not exist.")
        return found

    def describe(self, kind: Kind, scope: str, prefix: str, name: str) -> Record:
        record = self.get(kind, scope, prefix, name)
        return {key: value for key, value in record.items() if key not in _NOT_SHOWN}

    def update(self, kind: Kind, scope: str, prefix: str, request: Request) -> str:
        name = request[f"{kind.member}Name"]
        with self._records.lock:
            record = self.get(kind, scope, prefix, name)
            for member, value in request.items():
                if member.endswith("ToRemove"):
                    kept = record.get(member.removesuffix("ToRemove"), {})
                    record[member.removesuffix("ToRemove")] = {k: v for k, v in kept.items() if k not in value}
                elif isinstance(value, dict) and member != "Status":
                    record[member] = {**record.get(member, {}), **value}
                else:
                    record[member] = value
            self._records.put(kind.words, scope, name, {**record, "LastModifiedTime": time.time()})
        return str(record[f"{kind.member}Arn"])

    def delete(self, kind: Kind, scope: str, prefix: str, name: str) -> str:
        with self._records.lock:
            arn = str(self.get(kind, scope, prefix, name)[f"{kind.member}Arn"])
            left = self._held_by(kind, scope, name)
            if left:
                raise InvalidRequest(f"{kind.words} '{arn}' cannot be deleted: it still has {', '.join(left)}.")
            self._records.remove(kind.words, scope, name)
        return arn

    def associate(self, scope: str, prefix: str, request: Request, *, together: bool) -> dict[str, Any]:
        """Put a component into a trial, or take it out."""
        trial_name, name = request["TrialName"], request["TrialComponentName"]
        with self._records.lock:
            trial = self.get(TRIAL, scope, prefix, trial_name)
            component = self.get(COMPONENT, scope, prefix, name)
            others = [other for other in component["Trials"] if other != trial_name]
            component["Trials"] = [*others, trial_name] if together else others
            self._records.put(COMPONENT.words, scope, name, component)
        return {"TrialComponentArn": component["TrialComponentArn"], "TrialArn": trial["TrialArn"]}

    def summaries(self, kind: Kind, scope: str, request: Request) -> dict[str, Any]:
        rows = self._records.all(kind.words, scope)
        experiment, trial = request.get("ExperimentName"), request.get("TrialName")
        if kind is TRIAL and experiment:
            rows = [row for row in rows if row["ExperimentName"] == experiment]
        if kind is TRIAL and request.get("TrialComponentName"):
            component = self._records.get(COMPONENT.words, scope, request["TrialComponentName"]) or {}
            rows = [row for row in rows if row["TrialName"] in component.get("Trials", ())]
        if kind is COMPONENT and (trial or experiment):
            of = {t["TrialName"] for t in self._records.all(TRIAL.words, scope) if t["ExperimentName"] == experiment}
            rows = [row for row in rows if {*row["Trials"]} & ({trial} if trial else of)]
        name, order = f"{kind.member}Name", "Descending"
        asked = {**request, "CreationTimeAfter": request.get("CreatedAfter", float("-inf"))}
        asked["CreationTimeBefore"] = request.get("CreatedBefore", float("inf"))
        shown = [
            name,
            f"{kind.member}Arn",
            *"DisplayName Status StartTime EndTime CreationTime LastModifiedTime".split(),
        ]
        return page(rows, asked, name=name, answer=f"{kind.member}Summaries", shown=shown, order=order)

    def _held_by(self, kind: Kind, scope: str, name: str) -> list[str]:
        if kind is EXPERIMENT:
            return [
                f"the trial {t['TrialName']}"
                for t in self._records.all(TRIAL.words, scope)
                if t["ExperimentName"] == name
            ]
        if kind is TRIAL:
            components = self._records.all(COMPONENT.words, scope)
            return [f"the component {c['TrialComponentName']}" for c in components if name in c["Trials"]]
        record = self._records.get(kind.words, scope, name) or {}
        return [f"the trial {trial}" for trial in record.get("Trials", ())]


def _arn(kind: Kind, prefix: str, name: str) -> str:
    return f"{prefix}:{kind.resource}/{name.lower()}"
