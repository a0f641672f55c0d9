"""Model package groups and model packages, as SageMaker's registry keeps them; whoever makes models from one asks here.

A package is found by its ARN, and an unversioned one by its name as well. Versions of a group are numbered from 1, and
the number of a deleted version is never given again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.listing import page
from mlpipelines.local.records import Record, Records

Request = Mapping[str, Any]
GROUP, PACKAGE = "model package group", "model package"
#: What a package has from its request under the same name.
_NOT_SHOWN = ("ClientToken", "Tags")
_UPDATED = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


class Registry:
    """`arn` arguments are the ARNs that new things get; a scope is account and region."""

    def __init__(self, records: Records) -> None:
        self._records = records

    # Packages, for models and endpoints

    def package(self, scope: str, name: str) -> Record:
        """The description of the package with this name or ARN. Raises InvalidRequest when there is none."""
        found = self._find_package(scope, name)
        if found is None:
            raise InvalidRequest(f"ModelPackage {name} does not exist.")
        return found

    def deployable_containers(self, scope: str, name: str) -> list[dict[str, Any]]:
        """The containers (Image, ModelDataUrl, Environment, ...) to serve a package with.

        Raises InvalidRequest for a package that does not exist, has none, or is a version that is not approved.
        """
        package = self.package(scope, name)
        status = package.get("ModelApprovalStatus", "Approved")
        if status != "Approved":
            raise InvalidRequest(
                f"Model package {package['ModelPackageArn']} cannot be deployed: its ModelApprovalStatus is {status}, "
                "and only Approved versions can."
            )
        containers: list[dict[str, Any]] = (package.get("InferenceSpecification") or {}).get("Containers", [])
        if not containers:
            raise InvalidRequest(f"Model package {package['ModelPackageArn']} has no InferenceSpecification.")
        return containers

    def create_package(self, scope: str, prefix: str, request: Request) -> str:
        """The new package's ARN; `prefix` is the ARN of everything in this account and region."""
        name, group = request.get("ModelPackageName"), request.get("ModelPackageGroupName")
        if bool(name) == bool(group):
            raise InvalidRequest(
                "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one "
                "to use."
                if name
                else "One of ModelPackageName and ModelPackageGroupName is required."
            )
        with self._records.lock:
            again = self._of_token(scope, request)
            if again:
                return again
            own = self._next_version(scope, request) if group else self._unversioned(scope, prefix, request)
            arn = own["ModelPackageArn"] = f"{prefix}:model-package/{own.pop('id')}"
            record = {**request, **own, **_new_package_state()}
            self._records.put(PACKAGE, scope, arn, record)
        return arn

    def update_package(self, scope: str, request: Request) -> str:
        with self._records.lock:
            package = self.package(scope, request["ModelPackageArn"])
            if "ModelApprovalStatus" in request and "ModelPackageVersion" not in package:
                raise InvalidRequest("ModelApprovalStatus can be set for versioned model packages only.")
            package.update({member: request[member] for member in _UPDATED if member in request})
            properties = {
                **package.get("CustomerMetadataProperties", {}),
                **request.get("CustomerMetadataProperties", {}),
            }
            for gone in request.get("CustomerMetadataPropertiesToRemove", ()):
                properties.pop(gone, None)
            more = request.get("AdditionalInferenceSpecificationsToAdd", [])
            if more:
                package["AdditionalInferenceSpecifications"] = [
                    *package.get("AdditionalInferenceSpecifications", []),
                    *more,
                ]
            if properties or "CustomerMetadataProperties" in package:
                package["CustomerMetadataProperties"] = properties
            package["LastModifiedTime"] = time.time()
            self._records.put(PACKAGE, scope, package["ModelPackageArn"], package)
        return str(package["ModelPackageArn"])

    def delete_package(self, scope: str, name: str) -> None:
        with self._records.lock:
            self._records.remove(PACKAGE, scope, self.package(scope, name)["ModelPackageArn"])

    def describe_package(self, scope: str, name: str) -> Record:
        return {key: value for key, value in self.package(scope, name).items() if key not in _NOT_SHOWN}

    def list_packages(self, scope: str, request: Request) -> dict[str, Any]:
        group, kind = request.get("ModelPackageGroupName"), request.get("ModelPackageType")
        rows = self._records.all(PACKAGE, scope)
        if group:
            name = self.group(scope, group)["ModelPackageGroupName"]
            rows = [row for row in rows if row.get("ModelPackageGroupName") == name]
        else:
            wanted = {"Versioned": (True,), "Both": (True, False)}.get(kind or "", (False,))
            rows = [row for row in rows if ("ModelPackageVersion" in row) in wanted]
        status = request.get("ModelApprovalStatus")
        rows = [{"Name": _name(row), **row} for row in rows if status in (None, row.get("ModelApprovalStatus"))]
        shown = """ModelPackageName ModelPackageGroupName ModelPackageVersion ModelPackageArn ModelPackageDescription
            CreationTime ModelPackageStatus ModelApprovalStatus ModelLifeCycle ModelPackageRegistrationType""".split()
        return page(rows, request, name="Name", answer="ModelPackageSummaryList", shown=shown, order="Ascending")

    # Groups

    def create_group(self, scope: str, arn: str, request: Request) -> None:
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

    def describe_group(self, scope: str, name: str) -> Record:
        return {key: value for key, value in self.group(scope, name).items() if key not in ("Tags", "LastVersion")}

    def delete_group(self, scope: str, name: str) -> None:
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

    def list_groups(self, scope: str, request: Request) -> dict[str, Any]:
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

    # Helpers

    def _find_package(self, scope: str, name: str) -> Record | None:
        for record in self._records.all(PACKAGE, scope):
            if name.lower() in (record["ModelPackageArn"].lower(), record.get("ModelPackageName", "").lower() or None):
                return record
        return None

    def _of_token(self, scope: str, request: Request) -> str | None:
        """The ARN that an equal request with the same token has got before."""
        token = request.get("ClientToken")
        for record in self._records.all(PACKAGE, scope) if token else ():
            if record.get("ClientToken") == token:
                if record.get("InferenceSpecification") != request.get("InferenceSpecification"):
                    raise ApiError(
                        "ConflictException", f"The ClientToken {token} was used for another model package before."
                    )
                return str(record["ModelPackageArn"])
        return None

    def _next_version(self, scope: str, request: Request) -> Record:
        if request.get("Tags"):
            raise InvalidRequest("Tags cannot be given to a versioned model package; it has those of its group.")
        group = self.group(scope, request["ModelPackageGroupName"])
        group["LastVersion"] += 1
        name = group["ModelPackageGroupName"]
        self._records.put(GROUP, scope, name.lower(), group)
        return {
            "id": f"{name.lower()}/{group['LastVersion']}",
            "ModelPackageGroupName": name,
            "ModelPackageVersion": group["LastVersion"],
            "ModelApprovalStatus": request.get("ModelApprovalStatus", "PendingManualApproval"),
        }

    def _unversioned(self, scope: str, prefix: str, request: Request) -> Record:
        name = request["ModelPackageName"]
        if request.get("ModelApprovalStatus"):
            raise InvalidRequest("ModelApprovalStatus can be set for versioned model packages only.")
        if self._find_package(scope, name):
            raise InvalidRequest(f"Model package already exists: {prefix}:model-package/{name.lower()}")
        return {"id": name.lower()}


def _new_package_state() -> Record:
    return {
        "CreationTime": time.time(),
        "CreatedBy": {},
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
    }


def _name(package: Record) -> str:
    return str(package.get("ModelPackageName") or package.get("ModelPackageGroupName"))
