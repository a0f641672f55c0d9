"""Operators of SageMaker's model registry: a new version, the newest one, its approval, the end of a group.

The provider's SageMakerRegisterModelVersionOperator takes no approval status as text, ignores the group's description
and makes a second version at every retry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerBaseOperator
from airflow.providers.common.compat.sdk import AirflowException

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.resources import ResourceOperator, delete, find


class RegisterOperator(ResourceOperator):
    """Gives {"ModelPackage": DescribeModelPackage} of the new version; a retry registers no second one.

    :param config: CreateModelPackage request
    :param group: CreateModelPackageGroup request; the group is made when it is missing
    """

    action = "CreateModelPackage"
    template_fields: Sequence[str] = (*ResourceOperator.template_fields, "group")

    def __init__(self, *, group: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.group = group

    def execute(self, context: Any) -> dict[str, Any]:
        self.prepare()
        self._make_group()
        self.config.setdefault("ClientToken", _token(context["ti"], context.get("dag_run")))
        arn = self.hook.call(self.action, **self.config)["ModelPackageArn"]
        found = self.hook.call("DescribeModelPackage", ModelPackageName=arn)
        if found.get("ModelPackageStatus") == "Failed":
            raise AirflowException(f"{arn} failed: {_reason(found)}")
        self.log.info("Registered %s", arn)
        return {"ModelPackage": plain_data(found)}

    def _make_group(self) -> None:
        try:
            self.hook.call("CreateModelPackageGroup", **self.finished("CreateModelPackageGroup", self.group))
        except Exception as error:
            if not aws_errors.is_taken(error):
                raise
            self.log.info("The group %s is there already", self.group["ModelPackageGroupName"])


class LatestModelOperator(ResourceOperator):
    """Gives {"ModelPackage": DescribeModelPackage} of the newest version of a group.

    :param approval: only versions with this status; None: whatever it is
    """

    template_fields: Sequence[str] = (*ResourceOperator.template_fields, "group")

    def __init__(self, *, group: str, approval: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.group, self.approval = group, approval

    def execute(self, context: Any) -> dict[str, Any]:
        status = {"ModelApprovalStatus": self.approval} if self.approval else {}
        newest = next(versions(self, self.group, MaxResults=1, **status), None)
        if newest is None:
            kind = f"{self.approval} version" if self.approval else "version"
            raise AirflowException(f"The model package group {self.group} has no {kind}")
        arn = newest["ModelPackageArn"]
        self.log.info("The newest version is %s", arn)
        return {"ModelPackage": plain_data(self.hook.call("DescribeModelPackage", ModelPackageName=arn))}


class ApproveOperator(ResourceOperator):
    """Gives {"ModelPackage": DescribeModelPackage} after its status was set.

    :param config: UpdateModelPackage request
    """

    action = "UpdateModelPackage"

    def execute(self, context: Any) -> dict[str, Any]:
        self.prepare()
        self.hook.call(self.action, **self.config)
        arn = self.config["ModelPackageArn"]
        return {"ModelPackage": plain_data(self.hook.call("DescribeModelPackage", ModelPackageName=arn))}


class DeletePackageGroupOperator(ResourceOperator):
    """Deletes a group; one that is gone already is deleted too.

    :param versions: delete the group's versions first; AWS deletes no group that has some
    """

    template_fields: Sequence[str] = (*SageMakerBaseOperator.template_fields, "group")

    def __init__(self, *, group: str, versions: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.group, self.versions = group, versions

    def execute(self, context: Any) -> None:
        there = find(self, "ModelPackageGroup", self.group)
        for version in list(versions(self, self.group)) if there and self.versions else ():
            delete(self, "ModelPackage", version["ModelPackageArn"])
        delete(self, "ModelPackageGroup", self.group)


def versions(operator: Any, group: str, **more: Any) -> Iterator[dict[str, Any]]:
    """The versions of a group, the newest first."""
    request = {"ModelPackageGroupName": group, "SortBy": "CreationTime", "SortOrder": "Descending", **more}
    while True:
        page = operator.hook.call("ListModelPackages", **request)
        yield from page["ModelPackageSummaryList"]
        if not page.get("NextToken"):
            return
        request["NextToken"] = page["NextToken"]


def _token(ti: Any, run: Any) -> str:
    """The same for every try of the task in its run, so that a repeated request is no second version.

    Another for a task that was cleared: `max_tries` grows by that, or its run counts it.
    """
    parts = (ti.dag_id, ti.task_id, ti.run_id, getattr(ti, "map_index", -1), getattr(ti, "max_tries", 0))
    cleared = getattr(run, "clear_number", 0) or ""
    return hashlib.sha256("\n".join(map(str, (*parts, cleared))).encode()).hexdigest()[:36]


def _reason(package: dict[str, Any]) -> str:
    """What AWS says of the checks of a version."""
    details = package.get("ModelPackageStatusDetails") or {}
    items = [*details.get("ValidationStatuses", ()), *details.get("ImageScanStatuses", ())]
    reasons = [item["FailureReason"] for item in items if item.get("FailureReason")]
    return "; ".join(reasons) or "AWS gives no reason"
