"""The actions on model package groups and model packages."""

from __future__ import annotations

from typing import Any

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.faults import InvalidRequest


class RegistryActions(Actions):
    """Mixin: the registry's actions."""

    def create_model_package_group(self) -> Any:
        arn = self._arn("model-package-group", self.request["ModelPackageGroupName"])
        self.engine.registry.groups.create(self._scope, arn, self.request)
        return json_text({"ModelPackageGroupArn": arn})

    def describe_model_package_group(self) -> Any:
        return json_text(self.engine.registry.groups.describe(self._scope, self.request["ModelPackageGroupName"]))

    def delete_model_package_group(self) -> Any:
        self.engine.registry.groups.delete(self._scope, self.request["ModelPackageGroupName"])
        return ""

    def list_model_package_groups(self) -> Any:
        return json_text(self.engine.registry.groups.summaries(self._scope, self.request))

    def create_model_package(self) -> Any:
        self._check_package_data()
        arn = self.engine.registry.create_package(self._scope, self._arn_prefix, self.request)
        return json_text({"ModelPackageArn": arn})

    def describe_model_package(self) -> Any:
        return json_text(self.engine.registry.describe_package(self._scope, self.request["ModelPackageName"]))

    def update_model_package(self) -> Any:
        return json_text({"ModelPackageArn": self.engine.registry.update_package(self._scope, self.request)})

    def delete_model_package(self) -> Any:
        self.engine.registry.delete_package(self._scope, self.request["ModelPackageName"])
        return ""

    def list_model_packages(self) -> Any:
        return json_text(self.engine.registry.list_packages(self._scope, self.request))

    def _check_package_data(self) -> None:
        storage = self.engine.storage(self.region)
        for container in (self.request.get("InferenceSpecification") or {}).get("Containers", ()):
            uri = container.get("ModelDataUrl")
            if uri and uri.startswith("s3://") and not storage.exists(uri):
                raise InvalidRequest(f"Could not find model data at {uri}.")
