"""The endpoint configurations and endpoints of one embedded SageMaker, found by scope and name."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mlpipelines.local.api import endpoint_limits, limits
from mlpipelines.local.clients import Clients
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.jobs.launching import Site
from mlpipelines.local.jobs.logs import LogStream
from mlpipelines.local.records.records import Record, Records
from mlpipelines.local.serving.async_inference import AsyncInference
from mlpipelines.local.serving.capture import Capture
from mlpipelines.local.serving.containers import Container, is_direct
from mlpipelines.local.serving.endpoint import Endpoint
from mlpipelines.local.serving.fleet import Fleet

#: How often what models print is sent to CloudWatch, in seconds.
FLUSH = 0.5
CONFIG, ENDPOINT = "endpoint configuration", "endpoint"
LOG_GROUP = "/aws/sagemaker/Endpoints"
Request = Mapping[str, Any]
log = logging.getLogger("mlpipelines.local")


@dataclass(frozen=True)
class Surroundings:
    """What endpoints need of the engine."""

    clients: Clients
    model: Callable[[str, str], Mapping[str, Any]]
    containers: Callable[[str, Mapping[str, Any]], list[Container]]
    """By scope and CreateModel request."""
    site: Callable[[str, str, str], Site]


class Endpoints:
    """A scope is account and region, as "000000000000:us-east-1"."""

    def __init__(self, around: Surroundings, records: Records) -> None:
        self._around, self._records = around, records
        self._lock = threading.Lock()
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self._closed = threading.Event()
        self._flusher: threading.Thread | None = None
        self.asynchronous = AsyncInference()
        self.capture = Capture()

    # Configurations

    def add_config(self, scope: str, arn: str, request: Request) -> None:
        """Raises InvalidRequest for a name that is taken and a model that is not there."""
        self._check_models(scope, arn, request)
        limits.refuse(endpoint_limits.endpoint_refusals(request))
        for message in endpoint_limits.serverless_refusals(request, partial(self._around.model, scope)):
            raise InvalidRequest(message)
        name = request["EndpointConfigName"]
        with self._records.lock:
            if self._records.get(CONFIG, scope, name):
                raise InvalidRequest(f'Cannot create already existing endpoint configuration "{arn}".')
            state = {"EndpointConfigArn": arn, "CreationTime": time.time()}
            self._records.put(CONFIG, scope, name, {**request, **state})

    def config(self, scope: str, name: str, arn: str) -> Record:
        """Raises InvalidRequest; `arn` is for the message."""
        found = self._records.get(CONFIG, scope, name)
        if found is None:
            raise InvalidRequest(f'Could not find endpoint configuration "{arn}".')
        return found

    def remove_config(self, scope: str, name: str, arn: str) -> None:
        if not self._records.remove(CONFIG, scope, name):
            raise InvalidRequest(f'Could not find endpoint configuration "{arn}".')

    def configs(self, scope: str) -> list[Record]:
        return self._records.all(CONFIG, scope)

    # Endpoints

    def restore(self) -> None:
        """Make the endpoints of an earlier server anew, each with the configuration that served last."""
        for scope, name, record in self._records.items(ENDPOINT):
            try:
                self.create(scope, record["region"], record["EndpointArn"], record["request"], record["config"])
            except ApiError as error:
                log.warning("the endpoint %s is not restored: %s", name, error)

    def create(self, scope: str, region: str, arn: str, request: Request, config: Request) -> None:
        name = request["EndpointName"]
        self._check_models(scope, arn, config)
        site = self._around.site("endpoint", name, region)
        stream = LogStream(site.logs, f"{LOG_GROUP}/{name}", "deployment")
        endpoint = Endpoint(
            request,
            arn,
            lambda config: self._fleet(scope, region, name, config, stream),
            lambda names: self._tripped(region, names, stream),
            stream,
            lambda: self._forget(scope, name),
        )
        with self._lock:
            if self._closed.is_set():
                raise ApiError("ServiceUnavailable", "The local SageMaker is shutting down.")
            if (scope, name) in self._endpoints:
                raise InvalidRequest(f'Cannot create already existing endpoint "{arn}".')
            self._endpoints[scope, name] = endpoint
        self._start_flusher()
        endpoint.changed = lambda: self._keep(scope, region, endpoint)
        try:
            endpoint.create(config, request.get("DeploymentConfig"))
            endpoint.changed()
        except BaseException:
            self._forget(scope, name)
            raise

    def endpoint(self, scope: str, name: str, arn: str) -> Endpoint:
        """Raises InvalidRequest; `arn` is for the message."""
        with self._lock:
            if (scope, name) not in self._endpoints:
                raise InvalidRequest(f'Could not find endpoint "{arn}".')
            return self._endpoints[scope, name]

    def update(self, scope: str, endpoint: Endpoint, request: Request, config: Request) -> None:
        self._check_models(scope, endpoint.arn, config)
        endpoint.update(request, config)

    def endpoints(self, scope: str) -> list[Endpoint]:
        with self._lock:
            return [endpoint for (where, _), endpoint in self._endpoints.items() if where == scope]

    def close(self, seconds: float) -> None:
        """End every process of every endpoint, and wait for them at most so long in all."""
        self._closed.set()
        self.asynchronous.close()
        with self._lock:
            endpoints = list(self._endpoints.values())
        threads = [threading.Thread(target=endpoint.close, args=(seconds,), daemon=True) for endpoint in endpoints]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    # Helpers

    def _check_models(self, scope: str, arn: str, config: Request) -> None:
        for variant in config["ProductionVariants"]:
            name = variant.get("ModelName")
            if name and not self._around.model(scope, name):
                prefix = ":".join(arn.split(":")[:5])
                raise InvalidRequest(f'Could not find model "{prefix}:model/{name.lower()}".')

    def _fleet(self, scope: str, region: str, name: str, config: Request, stream: LogStream) -> Fleet:
        requests = {v["VariantName"]: self._around.model(scope, v["ModelName"]) for v in config["ProductionVariants"]}
        models = {variant: self._around.containers(scope, request) for variant, request in requests.items()}
        fleet = Fleet(config, models, self._around.site("endpoint", name, region), f"{LOG_GROUP}/{name}")
        for variant in fleet.variants:
            variant.direct = is_direct(requests[variant.name])
        of_models = (note for request in requests.values() for note in limits.model_notes(request))
        for note in dict.fromkeys((*endpoint_limits.endpoint_notes(config), *of_models)):
            stream.write(f"simulated: {note}")
        for remark in sorted({text for containers in models.values() for each in containers for text in each.remarks}):
            stream.write(f"warning: {remark}")
        return fleet

    def _tripped(self, region: str, names: Sequence[str], stream: LogStream) -> list[str]:
        try:
            found = self._around.clients.get("cloudwatch", region).describe_alarms(AlarmNames=list(names))
        except (BotoCoreError, ClientError) as error:
            stream.write(f"the alarms cannot be read and are left alone: {error}")
            return []
        alarms = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
        for name in sorted(set(names) - {alarm["AlarmName"] for alarm in alarms}):
            stream.write(f"simulated: the local CloudWatch has no alarm {name}, so it never causes a rollback")
        return [alarm["AlarmName"] for alarm in alarms if alarm.get("StateValue") == "ALARM"]

    def _keep(self, scope: str, region: str, endpoint: Endpoint) -> None:
        config = endpoint.config
        if self._records.kept and config:
            asked = {**endpoint.request, "EndpointConfigName": config["EndpointConfigName"]}
            known = {"region": region, "EndpointArn": endpoint.arn, "CreationTime": endpoint.created}
            self._records.put(ENDPOINT, scope, endpoint.name, {**known, "request": asked, "config": dict(config)})

    def _forget(self, scope: str, name: str) -> None:
        with self._lock:
            self._endpoints.pop((scope, name), None)
        self._records.remove(ENDPOINT, scope, name)

    def _start_flusher(self) -> None:
        with self._lock:
            if self._flusher is None:
                self._flusher = threading.Thread(target=self._flush, name="endpoint-logs", daemon=True)
                self._flusher.start()

    def _flush(self) -> None:
        while not self._closed.wait(FLUSH):
            with self._lock:
                endpoints = list(self._endpoints.values())
            for endpoint in endpoints:
                endpoint.flush()
