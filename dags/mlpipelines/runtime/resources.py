"""Operators of what SageMaker has at once, without a job: models, endpoint configurations, experiments, and their end.

Names of the author's own survive a second run, a retry and a clear: what is there already and the same is used again,
what is to be deleted may be gone. The provider's operators fail then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerBaseOperator,
    SageMakerDeleteModelOperator,
    SageMakerEndpointConfigOperator,
    SageMakerModelOperator,
)

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.casting import cast_request
from mlpipelines.runtime.hook import JobHook
from mlpipelines.runtime.links import CONSOLE, show_resource
from mlpipelines.runtime.memory import Memory
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.requests import expand_roles, merge_text, refuse_wrong
from mlpipelines.runtime.resource_names import create_or_reuse
from mlpipelines.runtime.waiting import wait_until

#: States of an endpoint that end by themselves.
_CHANGING = ("Creating", "Updating", "SystemUpdating", "RollingBack")


class ResourceOperator(SageMakerBaseOperator):
    """What these operators have in common: `config` is the AWS request of `action`.

    :param request: JSON text of a request that another task has made; merged over `config`
    :param ignored_rules: ids of rules that the pipeline's author has chosen to break
    """

    action: ClassVar[str]
    aws_hook_class = JobHook
    hook: JobHook  # type: ignore[misc]
    template_fields: Sequence[str] = (*SageMakerBaseOperator.template_fields, "request")

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        request: str | None = None,
        ignored_rules: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(config=config or {}, **kwargs)
        self.request = request
        self.ignored_rules = ignored_rules

    def prepare(self) -> None:
        """Make the rendered config the request that AWS gets."""
        self.config = self.finished(self.action, merge_text(self.config, self.request))
        expand_roles(self.config, self.hook.role_arn)

    def finished(self, action: str, request: Any) -> Any:
        """A request with the types that AWS wants. Raises StepError when AWS would refuse it."""
        typed = cast_request(action, request)
        refuse_wrong(action, typed, ignored=self.ignored_rules)
        return typed

    def make(self, resource: str, context: Any) -> str:
        """Create the resource, and give its name: the one of an earlier try, which may have made it before it died."""
        memory, key = Memory(context), f"{resource}Name"
        if memory.record.job and not memory.is_cleared:
            self.config[key] = memory.record.job
        memory.keep(memory.record.but(job=self.config[key]))
        name = create_or_reuse(self, resource, self.config)
        show_resource(self, context, resource, name)
        return name


class RequestOperator(ResourceOperator):
    """Sends one request of any SageMaker action, and gives AWS's answer: for step types of a team's own.

    A retry sends it again. What must not be sent twice needs an operator that looks first.

    :param action: AWS's name of the action, such as UpdateEndpointWeightsAndCapacities
    """

    action: str  # type: ignore[misc]

    def __init__(self, *, action: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.action = action

    def execute(self, context: Any) -> Any:
        self.prepare()
        self.log.info("Sending %s", self.action)
        return plain_data(self.hook.call(self.action, **self.config))


class ModelOperator(ResourceOperator, SageMakerModelOperator):
    """Gives {"Model": DescribeModel}.

    :param existing: name of a model that exists: nothing is made
    """

    action = "CreateModel"
    operator_extra_links = (CONSOLE,)
    template_fields: Sequence[str] = (*ResourceOperator.template_fields, "existing")

    def __init__(self, *, existing: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.existing = existing

    def execute(self, context: Any) -> dict[str, Any]:
        if self.existing:
            show_resource(self, context, "Model", self.existing)
            return {"Model": plain_data(self.hook.call("DescribeModel", ModelName=self.existing))}
        self.prepare()
        name = self.make("Model", context)
        return {"Model": plain_data(self.hook.call("DescribeModel", ModelName=name))}


class EndpointConfigOperator(ResourceOperator, SageMakerEndpointConfigOperator):
    """Gives {"EndpointConfig": DescribeEndpointConfig}."""

    action = "CreateEndpointConfig"
    operator_extra_links = (CONSOLE,)

    def execute(self, context: Any) -> dict[str, Any]:
        self.prepare()
        name = self.make("EndpointConfig", context)
        return {"EndpointConfig": plain_data(self.hook.call("DescribeEndpointConfig", EndpointConfigName=name))}


class ExperimentOperator(ResourceOperator):
    """Gives {"Experiment": DescribeExperiment, "Trial": DescribeTrial, if there is one}; both may exist already.

    :param config: {"Experiment": CreateExperiment request, "Trial": CreateTrial request, if one is wanted}
    """

    def execute(self, context: Any) -> dict[str, Any]:
        return {resource: self._made(resource, request) for resource, request in self.config.items()}

    def _made(self, resource: str, request: dict[str, Any]) -> Any:
        key = f"{resource}Name"
        try:
            self.hook.call(f"Create{resource}", **self.finished(f"Create{resource}", request))
            self.log.info("Created %s %s", resource.lower(), request[key])
        except Exception as error:
            if not aws_errors.is_taken(error):
                raise
            self.log.info("%s %s is there already", resource, request[key])
        return plain_data(self.hook.call(f"Describe{resource}", **{key: request[key]}))


class DeleteModelOperator(ResourceOperator, SageMakerDeleteModelOperator):
    """Deletes a model; one that is gone already is deleted too."""

    action = "DeleteModel"

    def execute(self, context: Any) -> None:
        self.prepare()
        delete(self, "Model", self.config["ModelName"])


class DeleteEndpointOperator(ResourceOperator):
    """Deletes an endpoint and its configuration, or a configuration alone; the provider has no operator for either.

    :param endpoint: name of the endpoint
    :param config_name: name of the configuration, when it alone is to go
    :param keep_config: leave the endpoint's configuration
    """

    template_fields: Sequence[str] = (*ResourceOperator.template_fields, "endpoint", "config_name")

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        config_name: str | None = None,
        keep_config: bool = False,
        wait_for_completion: bool = True,
        check_interval: float = 10,
        max_attempts: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.endpoint, self.config_name, self.keep_config = endpoint, config_name, keep_config
        self.wait_for_completion = wait_for_completion
        self.check_interval, self.max_attempts = check_interval, max_attempts

    def execute(self, context: Any) -> None:
        configuration = self.config_name
        if self.endpoint:
            configuration = None if self.keep_config else self._configuration(Memory(context))
            self._delete_endpoint()
            if self.wait_for_completion:
                wait_until(self, f"endpoint {self.endpoint} is gone", self._is_gone)
        if configuration:
            delete(self, "EndpointConfig", configuration)

    def _configuration(self, memory: Memory) -> str | None:
        """The configuration that goes with the endpoint; when the endpoint is gone, the one that an earlier try saw."""
        found = find(self, "Endpoint", str(self.endpoint))
        if found:
            memory.keep(memory.record.but(wanted=found["EndpointConfigName"]))
        return memory.record.wanted or None

    def _delete_endpoint(self) -> None:
        try:
            delete(self, "Endpoint", str(self.endpoint))
        except Exception:
            if self._is_at_rest():
                raise
            # AWS deletes no endpoint that it is making or changing.
            wait_until(self, f"endpoint {self.endpoint} can be deleted", self._is_at_rest)
            delete(self, "Endpoint", str(self.endpoint))

    def _is_at_rest(self) -> bool:
        found = find(self, "Endpoint", str(self.endpoint))
        return found is None or found["EndpointStatus"] not in _CHANGING

    def _is_gone(self) -> bool:
        return find(self, "Endpoint", str(self.endpoint)) is None


def find(operator: Any, resource: str, name: str) -> dict[str, Any] | None:
    """What AWS says of the resource; None: there is none."""
    try:
        found: dict[str, Any] = operator.hook.call(f"Describe{resource}", **{f"{resource}Name": name})
    except Exception as error:
        if aws_errors.is_unknown(error):
            return None
        raise
    return found


def delete(operator: Any, resource: str, name: str) -> None:
    """Delete the resource, if it is there."""
    if find(operator, resource, name) is None:
        operator.log.info("There is no %s %s: nothing to delete", resource, name)
        return
    try:
        operator.hook.call(f"Delete{resource}", **{f"{resource}Name": name})
    except Exception as error:
        if not aws_errors.is_repeated(error) or not _is_going(find(operator, resource, name), resource):
            raise
    operator.log.info("Deleted %s %s", resource, name)


def _is_going(found: dict[str, Any] | None, resource: str) -> bool:
    """An earlier try, whose answer was lost, has done it."""
    return found is None or found.get(f"{resource}Status") == "Deleting"
