"""The actions on notebook instances."""

from __future__ import annotations

from typing import Any

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.faults import InvalidRequest


class NotebookActions(Actions):
    """Mixin: notebook instances. Their lifecycle configurations are moto's."""

    def create_notebook_instance(self) -> Any:
        self._check_lifecycle_config()
        arn = self._arn("notebook-instance", self.request["NotebookInstanceName"])
        self.engine.notebooks.create(self._scope, arn, self.request)
        return json_text({"NotebookInstanceArn": arn})

    def update_notebook_instance(self) -> Any:
        self._check_lifecycle_config()
        self.engine.notebooks.update(self._scope, self.request)
        return "{}"

    def describe_notebook_instance(self) -> Any:
        return json_text(self.engine.notebooks.describe(self._scope, self.request["NotebookInstanceName"]))

    def start_notebook_instance(self) -> Any:
        return self._change_notebook("Pending")

    def stop_notebook_instance(self) -> Any:
        return self._change_notebook("Stopping")

    def delete_notebook_instance(self) -> Any:
        return self._change_notebook("Deleting")

    def list_notebook_instances(self) -> Any:
        return json_text(self.engine.notebooks.summaries(self._scope, self.request))

    def create_presigned_notebook_instance_url(self) -> Any:
        raise InvalidRequest("Not simulated by the local SageMaker: a notebook instance that could be opened.")

    def _change_notebook(self, state: str) -> str:
        self.engine.notebooks.change(self._scope, self.request["NotebookInstanceName"], state)
        return ""

    def _check_lifecycle_config(self) -> None:
        name = self.request.get("LifecycleConfigName")
        if name:
            self.sagemaker_backend.describe_notebook_instance_lifecycle_config(name)  # raises when there is none
