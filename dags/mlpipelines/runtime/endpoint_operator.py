"""The operator that makes an endpoint, or changes it, together with its configuration when that is given."""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerEndpointOperator
from airflow.providers.common.compat.sdk import AirflowException

from mlpipelines.facts.shapes import load_shapes
from mlpipelines.runtime import job_kinds
from mlpipelines.runtime.casting import cast_request
from mlpipelines.runtime.lifecycle import JobOperator
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.requests import expand_roles, merge_text, refuse_wrong, set_instance_type
from mlpipelines.runtime.resource_names import create_or_reuse
from mlpipelines.runtime.resources import delete
from mlpipelines.runtime.waiting import wait_until


class EndpointOperator(JobOperator, SageMakerEndpointOperator):
    """Gives {"EndpointConfig": DescribeEndpointConfig, "Endpoint": DescribeEndpoint}.

    Nothing stops an endpoint that AWS is making or changing: a task that is killed leaves it to its course, and so
    `on_kill_action` has no effect here.

    :param config: {"EndpointConfig": CreateEndpointConfig request, if any, "Endpoint": CreateEndpoint's and
        UpdateEndpoint's members}
    :param operation: `create` makes the endpoint, or changes it when it is there, as `create_or_update` does; `update`
        wants it to be there
    """

    kind = job_kinds.ENDPOINT

    def __init__(self, *, config: dict[str, Any], operation: str = "create_or_update", **kwargs: Any) -> None:
        if operation not in ("create", "update", "create_or_update"):
            raise ValueError(f"operation is {operation!r}; it can be create, update or create_or_update")
        super().__init__(config=config, **kwargs)
        self.operation = operation

    def prepare(self) -> None:
        config = merge_text(self.config, self.request)
        if "Endpoint" not in config:
            config = {"Endpoint": config}
        self._configuration = cast_request("CreateEndpointConfig", config.get("EndpointConfig"))
        self._endpoint = cast_request("UpdateEndpoint", cast_request("CreateEndpoint", config["Endpoint"]))
        self.job_name = self._endpoint["EndpointName"]

    def check(self) -> None:
        if self._configuration:
            refuse_wrong("CreateEndpointConfig", self._configuration, ignored=self.ignored_rules)
        refuse_wrong("CreateEndpoint", self._endpoint, also="UpdateEndpoint", ignored=self.ignored_rules)

    def _take_up(self) -> bool:
        return False  # making it so is the same whether or not an earlier try has begun with it

    def _start(self) -> None:
        """Have AWS make the endpoint as wanted, unless it is already doing so or has done so."""
        self._ended = False
        self._configure()
        wanted = self._endpoint["EndpointConfigName"]
        self._memory.keep(self._memory.record.but(job=self.job_name, wanted=wanted))
        found = self._settled(wanted)
        if found is None:
            self._make()
        elif found["EndpointStatus"] == "Failed":
            self._make_anew()
        elif self._goal(found) != wanted:
            self._change(found)
        else:
            self.log.info("Endpoint %s has its configuration %s already", self.job_name, wanted)

    def _settled(self, wanted: str) -> dict[str, Any] | None:
        """The endpoint as it is, once it is not being changed to something else."""
        found = self._find(self.job_name)
        busy = found is not None and self.kind.state(found) == "running"
        if busy and found is not None and self._goal(found) != wanted:
            self.log.info("Endpoint %s is %s; waiting for that to end", self.job_name, found["EndpointStatus"])
            self._watch()
            found = self._find(self.job_name)
        return found

    def _goal(self, endpoint: dict[str, Any]) -> str:
        """The configuration that an endpoint has, or is being changed to."""
        pending = endpoint.get("PendingDeploymentSummary") or {}
        return str(pending.get("EndpointConfigName") or endpoint.get("EndpointConfigName"))

    def _configure(self) -> None:
        """Create the configuration; one that is there with the same content is the one."""
        self._choose_instance_type()
        if self._configuration:
            expand_roles(self._configuration, self.hook.role_arn)
            if self._memory.record.wanted and not self._memory.is_cleared:
                # Under a name of its own it would be another configuration, and the endpoint be changed once more.
                self._configuration["EndpointConfigName"] = self._memory.record.wanted
            name = create_or_reuse(self, "EndpointConfig", self._configuration)
            self._endpoint["EndpointConfigName"] = name

    def _make(self) -> None:
        if self.operation == "update":
            raise AirflowException(f"There is no endpoint {self.job_name} to update; operation create makes it")
        self.log.info("Creating endpoint %s", self.job_name)
        self._create(reserved=True)

    def create(self) -> None:
        self.hook.call("CreateEndpoint", **_members_of("CreateEndpoint", self._endpoint))

    def _make_anew(self) -> None:
        """An endpoint that has never come up cannot be changed, only deleted."""
        if self.operation == "update":
            raise AirflowException(f"Endpoint {self.job_name} is Failed: it can be deleted and made anew, not updated")
        self.log.info("Endpoint %s is Failed; deleting it to make it anew", self.job_name)
        delete(self, "Endpoint", self.job_name)
        wait_until(self, f"endpoint {self.job_name} is gone", lambda: self._find(self.job_name) is None)
        self._make()

    def _change(self, found: dict[str, Any]) -> None:
        wanted = self._endpoint["EndpointConfigName"]
        self.log.info("Changing endpoint %s to configuration %s", self.job_name, wanted)
        try:
            self.hook.call("UpdateEndpoint", **_members_of("UpdateEndpoint", self._endpoint))
        except Exception:
            if self._goal(self._describe(self.job_name)) != wanted:  # else the answer to the first request was lost
                raise
        if self._endpoint.get("Tags"):
            tags = {"ResourceArn": found["EndpointArn"], "Tags": self._endpoint["Tags"]}
            self.hook.call("AddTags", **tags)

    def _next_instance_type(self, reason: str) -> bool:
        return bool(self._configuration) and super()._next_instance_type(reason)

    def _choose_instance_type(self) -> None:
        types, choice = self.instance_types or [], self._memory.record.choice
        if types and self._configuration:
            set_instance_type(self._configuration, types[choice % len(types)])

    def _status_and_reason(self, context: Any, event: dict[str, Any] | None) -> tuple[str, str]:
        """An endpoint that was rolled back is in service, but not as wanted."""
        status, reason = super()._status_and_reason(context, event)
        wanted = self._memory.record.wanted or self._endpoint.get("EndpointConfigName")
        if status == "success" and wanted:
            endpoint = self._describe(self.job_name)
            if endpoint.get("EndpointConfigName") != wanted:
                why = self.kind.reason(endpoint) or "AWS gives no reason"
                return "failed", f"{why} (rolled back: it serves {endpoint.get('EndpointConfigName')}, not {wanted})"
        return status, reason

    def result(self, description: dict[str, Any]) -> dict[str, Any]:
        configuration = self.hook.describe_endpoint_config(description["EndpointConfigName"])
        return {"EndpointConfig": plain_data(configuration), "Endpoint": plain_data(description)}


def _members_of(action: str, request: dict[str, Any]) -> dict[str, Any]:
    table = load_shapes()
    known = table["shapes"][table["actions"][action]]["p"]
    return {name: value for name, value in request.items() if name in known}
