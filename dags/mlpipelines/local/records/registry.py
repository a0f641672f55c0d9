"""Model packages, as SageMaker's registry keeps them; whoever makes models from one asks here.

A package is found by its ARN, and an unversioned one by its name as well. Versions of a group are numbered from 1, and
the number of a deleted version is never given again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mlpipelines.local.api.listing import page
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.records.package_groups import PACKAGE, PackageGroups
from mlpipelines.local.records.records import Record, Records

Request = Mapping[str, Any]
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
        self._records, self.groups = records, PackageGroups(records)

    # Packages, for models and endpoints

    def package(self, scope: str, name: str) -> Record:
        """The description of the package with this name or ARN. Raises InvalidRequest when there is none."""
        found = self._find_package(scope, name)
        if found is None:
            raise InvalidRequest(f"ModelPackage {name} does not exist.")
        return found

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
            name = self.groups.group(scope, group)["ModelPackageGroupName"]
            rows = [row for row in rows if row.get("ModelPackageGroupName") == name]
        else:
            wanted = {"Versioned": (True,), "Both": (True, False)}.get(kind or "", (False,))
            rows = [row for row in rows if ("ModelPackageVersion" in row) in wanted]
        status = request.get("ModelApprovalStatus")
        rows = [{"Name": _name(row), **row} for row in rows if status in (None, row.get("ModelApprovalStatus"))]
        shown = """ModelPackageName ModelPackageGroupName ModelPackageVersion ModelPackageArn ModelPackageDescription
            CreationTime ModelPackageStatus ModelApprovalStatus ModelLifeCycle ModelPackageRegistrationType""".split()
        return page(rows, request, name="Name", answer="ModelPackageSummaryList", shown=shown, order="Ascending")

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
        name, version = self.groups.next_version(scope, request["ModelPackageGroupName"])
        return {
            "id": f"{name.lower()}/{version}",
            "ModelPackageGroupName": name,
            "ModelPackageVersion": version,
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
