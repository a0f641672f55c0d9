"""The production variants of one endpoint configuration as running models, and which of them answers a request."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpipelines.local.faults import MAX_REASON, ClientFault, JobStopped, ServerFault
from mlpipelines.local.jobs.launching import Site, launch, new_directory
from mlpipelines.local.jobs.logs import LogStream
from mlpipelines.local.jobs.process import JobProcess
from mlpipelines.local.serving.container_server import START_TIMEOUT
from mlpipelines.local.serving.containers import Container
from mlpipelines.local.serving.served_model import ServedModel

#: Seconds that a container may take for one request, as on AWS.
INVOCATION_TIMEOUT = 60.0
ASYNC_TIMEOUT = 900.0
#: How long requests that an old fleet is still answering are waited for.
DRAIN_SECONDS = 60.0
INSTANCE = "local"


class VariantFault(Exception):
    """A production variant cannot serve; the text becomes the endpoint's FailureReason."""


@dataclass
class Variant:
    """One production variant: what was asked for, what serves it, how much of the traffic it gets."""

    definition: Mapping[str, Any]
    model: ServedModel
    containers: Sequence[Container]
    weight: float
    count: int
    direct: bool = False
    """Whether requests name the one container that they are for, instead of going through all."""
    due: float = 0.0
    """What the variant is still owed of the traffic; see `Fleet.choose`."""

    @property
    def name(self) -> str:
        return str(self.definition["VariantName"])

    def summary(self) -> dict[str, Any]:
        """The variant's ProductionVariantSummary."""
        images = [container.definition.get("Image") for container in self.containers]
        deployed = [{"SpecifiedImage": image, "ResolvedImage": image} for image in images]
        serverless = self.definition.get("ServerlessConfig")
        size = (
            {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
            if serverless
            else {"CurrentInstanceCount": self.count, "DesiredInstanceCount": self.count}
        )
        kept = {name: self.definition[name] for name in ("ManagedInstanceScaling", "RoutingConfig")
                if name in self.definition}  # fmt: skip
        weights = {"CurrentWeight": self.weight, "DesiredWeight": self.weight}
        return {"VariantName": self.name, "DeployedImages": deployed, **weights, **size, **kept}


class Fleet:
    """What one endpoint configuration runs. `config` is its CreateEndpointConfig request."""

    #: Whether the data capture of the fleet before this one stays in force.
    keeps_capture = False

    def __init__(
        self, config: Mapping[str, Any], models: Mapping[str, Sequence[Container]], site: Site, group: str
    ) -> None:
        """`models`: the containers of each variant, by the variant's name."""
        self.config, self._site, self._group = config, site, group
        self._lock = threading.Condition()
        self._processes: list[JobProcess] = []
        self._ended = False
        self._failed: VariantFault | None = None
        self._running = 0
        self._streams: dict[str, LogStream] = {}
        self._directory = new_directory(site.directory)
        self.variants = [
            self._variant(definition, models[definition["VariantName"]]) for definition in config["ProductionVariants"]
        ]

    def start(self) -> None:
        """Raises VariantFault when one of the variants cannot serve, JobStopped when the fleet is ended meanwhile."""
        if any(variant.definition.get("InstanceType") in self._site.no_capacity for variant in self.variants):
            raise VariantFault(
                "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please "
                "retry using a different ML instance type or after some time."
            )
        with ThreadPoolExecutor(len(self.variants)) as pool:
            faults = [fault for fault in pool.map(self._start, self.variants) if fault]
        if self._failed:
            raise self._failed
        if faults:
            raise faults[0]

    def choose(self, name: str | None = None) -> Variant | None:
        """The variant for the next request: each gets its share as evenly as can be, and always in the same order."""
        with self._lock:
            if name is not None:
                return next((variant for variant in self.variants if variant.name == name), None)
            total = sum(variant.weight for variant in self.variants)
            for variant in self.variants:
                variant.due += variant.weight
            chosen = max(self.variants, key=lambda variant: variant.due)
            chosen.due -= total
            return chosen

    def enter(self) -> None:
        with self._lock:
            self._running += 1

    def leave(self) -> None:
        with self._lock:
            self._running -= 1
            self._lock.notify_all()

    def ensure(self, variant: Variant) -> None:
        """Start servers again that have crashed."""
        for name in variant.model.ensure(self._check):
            self._stream(_stream_name(variant, name)).write(
                f"the server of the container {name} had ended and was started again"
            )

    def retire(self) -> None:
        """End the fleet when the requests that it is answering are answered."""
        with self._lock:
            self._lock.wait_for(lambda: self._running == 0 or self._ended, DRAIN_SECONDS)
        self.end(self._site.stop_grace)

    def end(self, seconds: float) -> None:
        """End all processes at once and wait for them, at most so long."""
        with self._lock:
            self._ended = True
            self._lock.notify_all()
            processes = list(self._processes)
        for process in processes:
            process.end()
        deadline = time.monotonic() + seconds
        for process in processes:
            process.wait(max(0.0, deadline - time.monotonic()))
        self.flush()
        if not self._site.keep:
            shutil.rmtree(self._directory, ignore_errors=True)

    def flush(self) -> None:
        for stream in list(self._streams.values()):
            stream.flush()

    def _variant(self, definition: Mapping[str, Any], containers: Sequence[Container]) -> Variant:
        weight, count = definition.get("InitialVariantWeight", 1.0), definition.get("InitialInstanceCount", 1)
        name = str(definition["VariantName"])

        def start(container: Container, environment: Mapping[str, str], directory: Path) -> JobProcess:
            return self._launch(_stream_name(variant, container.name), container, environment, directory)

        directory = self._directory / name
        timeout = ASYNC_TIMEOUT if "AsyncInferenceConfig" in self.config else INVOCATION_TIMEOUT
        model = ServedModel(containers, self._site.storage, directory, start, {}, timeout)
        variant = Variant(definition, model, containers, float(weight), int(count))
        return variant

    def _start(self, variant: Variant) -> Exception | None:
        """Start one variant; when it fails the others give up as well."""
        seconds = variant.definition.get("ContainerStartupHealthCheckTimeoutInSeconds", START_TIMEOUT)
        try:
            variant.model.start(self._check, seconds)
        except ServerFault as fault:
            self._failed = self._failed or VariantFault(self._reason(variant, fault))
        except ClientFault as fault:
            self._failed = self._failed or VariantFault(str(fault))
        except Exception as error:
            return error
        return None

    def _reason(self, variant: Variant, fault: ServerFault) -> str:
        tail = self._stream(_stream_name(variant, fault.container)).tail
        ended = f" The server ended with exit code {fault.status}" if fault.status is not None else ""
        return (
            f"The {fault.container} container for production variant {variant.name} did not pass the ping health "
            f"check. Please check CloudWatch logs for this endpoint.{ended}{f': {tail[-1]}' if ended and tail else ''}"
        )[:MAX_REASON]

    def _launch(self, stream: str, container: Container, environment: Mapping[str, str], directory: Path) -> JobProcess:
        with self._lock:
            self._check()
            write = self._stream(stream).write
            process = launch(self._site, container.program, "serve", environment, directory, write)
            self._processes.append(process)
            return process

    def _stream(self, name: str) -> LogStream:
        with self._lock:
            if name not in self._streams:
                self._streams[name] = LogStream(self._site.logs, self._group, name)
            return self._streams[name]

    def _check(self) -> None:
        if self._ended or self._failed:
            raise JobStopped


def _stream_name(variant: Variant, container: str) -> str:
    """As AWS names them: variant, instance, and the container when the model has several."""
    stream = f"{variant.name}/{INSTANCE}"
    return f"{stream}/{container}" if len(variant.containers) > 1 else stream
