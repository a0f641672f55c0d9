"""SageMaker's actions on endpoint configurations and endpoints, answered by the engine's endpoints."""

from __future__ import annotations

from typing import Any

from mlpipelines.local.api.actions import Actions, json_text
from mlpipelines.local.api.listing import page
from mlpipelines.local.serving.endpoint import Endpoint


class EndpointActions(Actions):
    """Mixin: the endpoints' actions."""

    # Configurations

    def create_endpoint_config(self) -> Any:
        arn = self._config_arn
        self.engine.endpoints.add_config(self._scope, arn, self.request)
        return json_text({"EndpointConfigArn": arn})

    def describe_endpoint_config(self) -> Any:
        return json_text({name: value for name, value in self._config.items() if name != "Tags"})

    def delete_endpoint_config(self) -> Any:
        self.engine.endpoints.remove_config(self._scope, self.request["EndpointConfigName"], self._config_arn)
        return ""

    def list_endpoint_configs(self) -> Any:
        shown = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        rows = self.engine.endpoints.configs(self._scope)
        return self._page(rows, "EndpointConfigName", "EndpointConfigs", shown)

    # Endpoints

    def create_endpoint(self) -> Any:
        arn = self._endpoint_arn
        config = self._config
        self.engine.endpoints.create(self._scope, self.region, arn, self.request, config)
        return json_text({"EndpointArn": arn})

    def update_endpoint(self) -> Any:
        endpoint = self._endpoint
        config = self._config
        self.engine.endpoints.update(self._scope, endpoint, self.request, config)
        return json_text({"EndpointArn": endpoint.arn})

    def update_endpoint_weights_and_capacities(self) -> Any:
        endpoint = self._endpoint
        endpoint.update_weights(self.request["DesiredWeightsAndCapacities"])
        return json_text({"EndpointArn": endpoint.arn})

    def delete_endpoint(self) -> Any:
        self._endpoint.delete()
        return ""

    def describe_endpoint(self) -> Any:
        return json_text(self._endpoint.describe())

    def list_endpoints(self) -> Any:
        shown = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
        rows = [endpoint.describe() for endpoint in self.engine.endpoints.endpoints(self._scope)]
        rows = [row for row in rows if self.request.get("StatusEquals") in (None, row["EndpointStatus"])]
        return self._page(rows, "EndpointName", "Endpoints", shown)

    # Helpers

    @property
    def _config_arn(self) -> str:
        return self._arn("endpoint-config", self.request["EndpointConfigName"])

    @property
    def _endpoint_arn(self) -> str:
        return self._arn("endpoint", self.request["EndpointName"])

    @property
    def _config(self) -> dict[str, Any]:
        return self.engine.endpoints.config(self._scope, self.request["EndpointConfigName"], self._config_arn)

    @property
    def _endpoint(self) -> Endpoint:
        return self.engine.endpoints.endpoint(self._scope, self.request["EndpointName"], self._endpoint_arn)

    def _page(self, rows: list[dict[str, Any]], name: str, answer: str, shown: tuple[str, ...]) -> str:
        asked = {"MaxResults": 10, **self.request}
        if asked.get("SortBy") == "Status":
            asked["SortBy"] = "EndpointStatus"
        return json_text(page(rows, asked, name=name, answer=answer, shown=shown, order="Descending"))
