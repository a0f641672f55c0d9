"""The operator of SageMaker's notebook instances: makes, starts, stops and deletes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from airflow.providers.common.compat.sdk import AirflowException

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.resources import ResourceOperator, find
from mlpipelines.runtime.waiting import wait_until

#: What an instance must become, and what it passes on its way there.
_GOALS = {"create": "InService", "start": "InService", "stop": "Stopped", "delete": ""}


class NotebookOperator(ResourceOperator):
    """Gives {"NotebookInstance": DescribeNotebookInstance}. An instance that is as wanted already is left alone.

    :param action: create, start, stop or delete
    :param config: CreateNotebookInstance request, for `create`
    :param instance_name: name of the instance, for the others
    """

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
        self._act(self._status())
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

    def _act(self, status: str) -> None:
        on_the_way = {
            "create": ("InService", "Pending", "Updating"),
            "start": ("InService", "Pending"),
            "stop": ("Stopped", "Stopping"),
            "delete": ("", "Deleting"),
        }
        if status in on_the_way[self.what]:
            self.log.info("The notebook instance %s is %s already", self.name, status or "gone")
            return
        request = self.config if self.what == "create" else {"NotebookInstanceName": self.name}
        try:
            self.hook.call(self.action, **request)
        except Exception as error:
            # An earlier try, whose answer was lost, may have done it.
            if not aws_errors.is_repeated(error) or self._status() not in on_the_way[self.what]:
                raise

    def _is_there(self) -> bool:
        found = find(self, "NotebookInstance", self.name)
        status = found["NotebookInstanceStatus"] if found else ""
        if found and status == "Failed" and self.what != "delete":
            reason = found.get("FailureReason") or "AWS gives no reason"
            raise AirflowException(f"The notebook instance {self.name} failed: {reason}")
        return status == _GOALS[self.what]
