"""The operator of SageMaker's notebook instances: makes, starts, stops and deletes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from airflow.providers.common.compat.sdk import AirflowException

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.links import JOB_LINKS, show_resource
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.resources import ResourceOperator, find
from mlpipelines.runtime.waiting import wait_until

#: What an instance must become, and what it passes on its way there.
_GOALS = {"create": "InService", "start": "InService", "stop": "Stopped", "delete": ""}
_ON_THE_WAY = {
    "create": ("InService", "Pending", "Updating"),
    "start": ("InService", "Pending"),
    "stop": ("Stopped", "Stopping"),
    "delete": ("", "Deleting"),
}
#: States that end by themselves.
_CHANGING = ("Pending", "Stopping", "Updating", "Deleting")
#: Members that AWS tells as they were given.
_TOLD = ("InstanceType", "VolumeSizeInGB", "RoleArn", "SubnetId", "DirectInternetAccess", "RootAccess")


class NotebookOperator(ResourceOperator):
    """Gives {"NotebookInstance": DescribeNotebookInstance}. An instance that is as wanted already is left alone.

    :param action: create, start, stop or delete
    :param config: CreateNotebookInstance request, for `create`
    :param instance_name: name of the instance, for the others
    """

    operator_extra_links = JOB_LINKS
    template_fields: Sequence[str] = (*ResourceOperator.template_fields, "instance_name")

    def __init__(
        self,
        *,
        action: Literal["create", "start", "stop", "delete"],
        instance_name: str | None = None,
        wait_for_completion: bool = True,
        check_interval: float = 30,
        max_attempts: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.what, self.instance_name = action, instance_name
        self.wait_for_completion = wait_for_completion
        self.check_interval, self.max_attempts = check_interval, max_attempts

    @property
    def action(self) -> str:  # type: ignore[override]
        return f"{self.what.capitalize()}NotebookInstance"

    @property
    def name(self) -> str:
        return str(self.instance_name or self.config["NotebookInstanceName"])

    def execute(self, context: Any) -> dict[str, Any]:
        if self.what == "create":
            self.prepare()
        wait_until(self, f"the notebook instance {self.name} has changed", self._can_be_asked)
        self._act(find(self, "NotebookInstance", self.name) or {})
        if self.what != "delete":
            show_resource(self, context, "NotebookInstance", self.name)
        if self.wait_for_completion:
            goal = _GOALS[self.what] or "deleted"
            wait_until(self, f"the notebook instance {self.name} is {goal}", self._is_there)
        return {"NotebookInstance": plain_data(find(self, "NotebookInstance", self.name)) or self._gone()}

    def _gone(self) -> dict[str, Any]:
        return {"NotebookInstanceName": self.name, "NotebookInstanceStatus": "Deleted"}

    def _status(self) -> str:
        """Empty when there is no such instance."""
        found = find(self, "NotebookInstance", self.name)
        return str(found["NotebookInstanceStatus"]) if found else ""

    def _can_be_asked(self) -> bool:
        """AWS takes no request while an instance changes to something else."""
        status = self._status()
        return status not in _CHANGING or status in _ON_THE_WAY[self.what]

    def _act(self, found: dict[str, Any]) -> None:
        status = found.get("NotebookInstanceStatus", "")
        if self.what == "create" and found:
            self._refuse_another(found)
        if status in _ON_THE_WAY[self.what]:
            self.log.info("The notebook instance %s is %s already", self.name, status or "gone")
            return
        action = "StartNotebookInstance" if self.what == "create" and found else self.action
        request = self.config if action == "CreateNotebookInstance" else {"NotebookInstanceName": self.name}
        try:
            self.hook.call(action, **request)
        except Exception as error:
            # An earlier try, whose answer was lost, may have done it.
            if not aws_errors.is_repeated(error) or self._status() not in _ON_THE_WAY[self.what]:
                raise

    def _refuse_another(self, found: dict[str, Any]) -> None:
        """What is there must be what is wanted: a task that changes nothing may not look as if it had."""
        asked = {key: self.config[key] for key in _TOLD if key in self.config}
        others = [f"{key} {found[key]}" for key, value in asked.items() if found.get(key, value) != value]
        if others:
            message = f"The notebook instance {self.name} is there already, with {', '.join(others)}; delete it first"
            raise AirflowException(f"{message}, or choose another name")

    def _is_there(self) -> bool:
        found = find(self, "NotebookInstance", self.name)
        status = found["NotebookInstanceStatus"] if found else ""
        if found and status == "Failed" and self.what != "delete":
            reason = found.get("FailureReason") or "AWS gives no reason"
            raise AirflowException(f"The notebook instance {self.name} failed: {reason}")
        return status == _GOALS[self.what]
