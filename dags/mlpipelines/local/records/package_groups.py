"""Model package groups, as SageMaker's registry keeps them; each numbers its versions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.api.listing import page
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.records.records import Record, Records

Request = Mapping[str, Any]
GROUP, PACKAGE = "model package group", "model package"


class PackageGroups:
    def __init__(self, records: Records) -> None:
        self._records = records

    def create(self, scope: str, arn: str, request: Request) -> None:
        name = request["ModelPackageGroupName"]
        with self._records.lock:
            if self._records.get(GROUP, scope, name.lower()):
                raise InvalidRequest(f"Model Package Group already exists: {arn}")
            state = {
                "ModelPackageGroupArn": arn,
                "ModelPackageGroupStatus": "Completed",
                "CreationTime": time.time(),
                "CreatedBy": {},
                "LastVersion": 0,
            }
            self._records.put(GROUP, scope, name.lower(), {**request, **state})

    def group(self, scope: str, name: str) -> Record:
        """By name or ARN."""
        found = self._records.get(GROUP, scope, name.rpartition("/")[2].lower())
        if found is None:
            raise InvalidRequest(f"ModelPackageGroup {name} does not exist.")
        return found

    def describe(self, scope: str, name: str) -> Record:
        return {key: value for key, value in self.group(scope, name).items() if key not in ("Tags", "LastVersion")}

    def delete(self, scope: str, name: str) -> None:
        with self._records.lock:
            group = self.group(scope, name)
            own = group["ModelPackageGroupName"]
            left = [p for p in self._records.all(PACKAGE, scope) if p.get("ModelPackageGroupName") == own]
            if left:
                raise ApiError(
                    "ConflictException",
                    f"Model Package Group {group['ModelPackageGroupArn']} cannot be deleted: it contains "
                    f"{len(left)} model package{'s' if len(left) > 1 else ''}.",
                )
            self._records.remove(GROUP, scope, own.lower())

    def summaries(self, scope: str, request: Request) -> dict[str, Any]:
        shown = """ModelPackageGroupName ModelPackageGroupArn ModelPackageGroupDescription CreationTime
            ModelPackageGroupStatus""".split()
        rows = self._records.all(GROUP, scope)
        return page(
            rows,
            request,
            name="ModelPackageGroupName",
            answer="ModelPackageGroupSummaryList",
            shown=shown,
            order="Ascending",
        )

    def next_version(self, scope: str, name: str) -> tuple[str, int]:
        """The group's own name (given as ARN, perhaps), and a number that no version has had."""
        with self._records.lock:
            group = self.group(scope, name)
            group["LastVersion"] += 1
            own = str(group["ModelPackageGroupName"])
            self._records.put(GROUP, scope, own.lower(), group)
        return own, int(group["LastVersion"])
