"""The actions on models."""

from __future__ import annotations

import time
from typing import Any

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.api.listing import page
from mlpipelines.local.engine import MODEL
from mlpipelines.local.faults import InvalidRequest

_NOT_SHOWN = ("Tags",)


class ModelActions(Actions):
    """Mixin: models, described as they were asked for."""

    def create_model(self) -> Any:
        self._check_model_data()
        name, records = self.request["ModelName"], self.engine.records
        with records.lock:
            if records.get(MODEL, self._scope, name):
                raise InvalidRequest(f'Cannot create already existing model "{self._model_arn}".')
            state = {"ModelArn": self._model_arn, "CreationTime": time.time()}
            isolated = {"EnableNetworkIsolation": False}
            records.put(MODEL, self._scope, name, {**isolated, **self.request, **state})
        return json_text({"ModelArn": self._model_arn})

    def describe_model(self) -> Any:
        model = self.engine.model(self._scope, self.request["ModelName"])
        if not model:
            raise self._no_model()
        return json_text({name: value for name, value in model.items() if name not in _NOT_SHOWN})

    def delete_model(self) -> Any:
        if not self.engine.records.remove(MODEL, self._scope, self.request["ModelName"]):
            raise self._no_model()
        return ""

    def list_models(self) -> Any:
        rows = self.engine.records.all(MODEL, self._scope)
        shown = ("ModelName", "ModelArn", "CreationTime")
        return json_text(page(rows, self.request, name="ModelName", answer="Models", shown=shown, order="Descending"))

    @property
    def _model_arn(self) -> str:
        return self._arn("model", self.request["ModelName"])

    def _no_model(self) -> InvalidRequest:
        return InvalidRequest(f'Could not find model "{self._model_arn}".')

    def _check_model_data(self) -> None:
        containers = self.request.get("Containers") or [self.request["PrimaryContainer"]]
        storage = self.engine.storage(self.region)
        for container in containers:
            if "ModelPackageName" in container:
                self.engine.registry.package(self._scope, container["ModelPackageName"])
            uri = container.get("ModelDataUrl")
            if uri and container.get("Mode", "SingleModel") == "SingleModel" and not storage.exists(uri):
                raise InvalidRequest(f"Could not find model data at {uri}.")
