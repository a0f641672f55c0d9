"""One endpoint: AWS's states, the fleet that serves, and a new one that takes over only when it is healthy.

Every change runs on a thread of its own, so that endpoints never wait for a job. Differs from AWS in this: traffic
moves to a new fleet all at once, whatever the deployment policy says; the endpoint's log says so.
"""

from __future__ import annotations

import copy
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlpipelines.local.faults import MAX_REASON, ApiError, InvalidRequest, JobStopped
from mlpipelines.local.jobs.logs import LogStream
from mlpipelines.local.serving.capture import capture_summary
from mlpipelines.local.serving.deployment import Alarms, Policy, retain
from mlpipelines.local.serving.fleet import Fleet, VariantFault

log = logging.getLogger("mlpipelines.local")
IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
Request = Mapping[str, Any]
#: A CreateEndpointConfig request -> its fleet, not yet started.
MakeFleet = Callable[[Request], Fleet]


class Endpoint:
    def __init__(
        self,
        request: Request,
        arn: str,
        make_fleet: MakeFleet,
        alarms: Alarms,
        stream: LogStream,
        gone: Callable[[], None],
    ) -> None:
        """`gone` is called when a deletion is done."""
        self.name, self.arn = str(request["EndpointName"]), arn
        self.request = dict(request)
        self._make_fleet, self._alarms, self._stream, self._gone = make_fleet, alarms, stream, gone
        self._lock = threading.RLock()
        #: Called after each change of its state.
        self.changed: Callable[[], None] = lambda: None
        self._fleet: Fleet | None = None
        self._next: Fleet | None = None
        self._retiring: Fleet | None = None
        self._closed = False
        self._capture: dict[str, Any] | None = None
        now = time.time()
        self._state: dict[str, Any] = {
            "EndpointName": self.name,
            "EndpointArn": arn,
            "EndpointConfigName": request["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "CreationTime": now,
            "LastModifiedTime": now,
        }

    # What AWS's actions do

    def create(self, config: Request, deployment: Request | None) -> None:
        fleet = self._make_fleet(config)

        def work() -> None:
            self._bring_up(fleet)
            self._take_over(fleet, config, deployment)

        def failed(reason: str) -> None:
            self._next = None
            fleet.end(1)
            self._set("Failed", FailureReason=reason)

        self._next = fleet
        self._run(work, failed)

    def update(self, request: Request, config: Request) -> None:
        """Raises InvalidRequest when the endpoint cannot be updated now."""
        with self._lock:
            self._refuse_change()
            policy = Policy(request, self._state.get("LastDeploymentConfig"), self._alarms)
            fleet = self._make_fleet(config)
            retain(self._fleet, fleet, request)
            pending = {"EndpointConfigName": config["EndpointConfigName"], "StartTime": time.time()}
            self._set("Updating", PendingDeploymentSummary=pending)
            self._next = fleet

        def work() -> None:
            self._bring_up(fleet)
            policy.check_alarms("before traffic was shifted")
            old = self._take_over(fleet, config, policy.deployment, status="Updating")
            try:
                policy.check_alarms("after traffic was shifted")
            except VariantFault:
                self._give_back(old)
                raise
            self._retiring = old[0] if old else None
            self._set("InService")
            if old:
                old[0].retire()
                self._retiring = None

        def failed(reason: str) -> None:
            self.note(f"the update is rolled back: {reason}")
            self._set("RollingBack", FailureReason=reason)
            fleet.end(1)
            self._next = None
            self._set("InService", FailureReason=reason, PendingDeploymentSummary=None)

        for note in policy.notes():
            self.note(f"simulated: {note}")
        self._run(work, failed)

    def update_weights(self, changes: Sequence[Request]) -> None:
        with self._lock:
            self._refuse_change()
            fleet = self._fleet
            assert fleet is not None
            known = {variant.name: variant for variant in fleet.variants}
            for change in changes:
                if change["VariantName"] not in known:
                    raise InvalidRequest(f'The variant name(s) "{change["VariantName"]}" is/are not present within '
                                         f'endpoint configuration "{self._state["EndpointConfigName"]}".')  # fmt: skip
            self._set("Updating")
            for change in changes:
                variant = known[change["VariantName"]]
                variant.weight = float(change.get("DesiredWeight", variant.weight))
                variant.count = int(change.get("DesiredInstanceCount", variant.count))
                variant.due = 0.0
            if any("DesiredInstanceCount" in change for change in changes):
                self.note("simulated: whatever the number of instances, a variant is one local process")
        self._run(lambda: self._set("InService"), lambda _: None)

    def delete(self) -> None:
        with self._lock:
            if self.status in IN_PROGRESS:
                raise self._in_progress()
            fleet, self._fleet = self._fleet, None
            self._set("Deleting")

        def work() -> None:
            if fleet:
                fleet.end(5)
            self._stream.flush()
            self._gone()

        self._run(work, lambda _: self._gone())

    # What others see

    @property
    def status(self) -> str:
        return str(self._state["EndpointStatus"])

    @property
    def created(self) -> float:
        return float(self._state["CreationTime"])

    def describe(self) -> dict[str, Any]:
        with self._lock:
            shown: dict[str, Any] = copy.deepcopy(self._state)
            pending = shown.get("PendingDeploymentSummary")
            if pending and self._next:
                pending["ProductionVariants"] = [variant.summary() for variant in self._next.variants]
            if not self._fleet:
                return shown
            shown["ProductionVariants"] = [variant.summary() for variant in self._fleet.variants]
            config = self._fleet.config
            if "AsyncInferenceConfig" in config:
                shown["AsyncInferenceConfig"] = config["AsyncInferenceConfig"]
            if self.capture:
                shown["DataCaptureConfig"] = capture_summary(self.capture)
            return shown

    @property
    def capture(self) -> Mapping[str, Any] | None:
        """The DataCaptureConfig in force."""
        with self._lock:
            return self._capture

    @property
    def config(self) -> Request | None:
        """The configuration that serves, or that is to be the first to serve."""
        with self._lock:
            fleet = self._fleet or self._next
            return fleet.config if fleet else None

    def serving(self) -> Fleet | None:
        """The fleet that answers now, entered: the caller must `leave` it."""
        with self._lock:
            if self._fleet:
                self._fleet.enter()
            return self._fleet

    def note(self, text: str) -> None:
        """Into the endpoint's log."""
        self._stream.write(text)

    def flush(self) -> None:
        for fleet in (self._fleet, self._next):
            if fleet:
                fleet.flush()
        self._stream.flush()

    def close(self, seconds: float) -> None:
        """The server goes down: end all processes."""
        with self._lock:
            self._closed = True
            fleets = {fleet for fleet in (self._fleet, self._next, self._retiring) if fleet}
        for fleet in fleets:
            fleet.end(seconds)

    # Helpers

    def _bring_up(self, fleet: Fleet) -> None:
        self.note(f"starting {', '.join(variant.name for variant in fleet.variants)}")
        fleet.start()

    def _take_over(
        self, fleet: Fleet, config: Request, deployment: Request | None, status: str = "InService"
    ) -> tuple[Fleet, dict[str, Any], Any] | None:
        """Let `fleet` serve from now on; what has served until now, to go back to it."""
        with self._lock:
            if self._closed:
                raise JobStopped
            old = (self._fleet, dict(self._state), self._capture) if self._fleet else None
            self._fleet, self._next = fleet, None
            self._capture = self._capture if fleet.keeps_capture else config.get("DataCaptureConfig")
            last = {"LastDeploymentConfig": deployment} if deployment else {}
            name = config["EndpointConfigName"]
            self._set(status, EndpointConfigName=name, PendingDeploymentSummary=None, FailureReason=None, **last)
            self.note(f"{name} is in service")
            return old

    def _give_back(self, old: tuple[Fleet, dict[str, Any], Any] | None) -> None:
        assert old is not None
        with self._lock:
            self._fleet, state, self._capture = old
            self._state.update(EndpointConfigName=state["EndpointConfigName"])

    def _refuse_change(self) -> None:
        if self.status in IN_PROGRESS:
            raise self._in_progress()
        if self.status != "InService":
            raise InvalidRequest(
                f'Cannot update endpoint "{self.arn}" in status {self.status}: DeleteEndpoint is the only operation '
                "that can be performed on it."
            )

    def _in_progress(self) -> InvalidRequest:
        return InvalidRequest(f'Cannot update in-progress endpoint "{self.arn}".')

    def _set(self, status: str, **state: Any) -> None:
        self.flush()  # the log is there when the state is
        with self._lock:
            self._state.update(state, EndpointStatus=status, LastModifiedTime=time.time())
            for name in [name for name, value in self._state.items() if value is None]:
                del self._state[name]
        self.changed()
        log.info("endpoint %s: %s %s", self.name, status, state.get("FailureReason") or "")

    def _run(self, work: Callable[[], None], failed: Callable[[str], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except JobStopped:
                return
            except (VariantFault, ApiError) as fault:
                failed(str(fault)[:MAX_REASON])
            except Exception as error:  # a defect of the embedded SageMaker, not of the user's model
                log.exception("endpoint %s", self.name)
                failed(f"{type(error).__name__}: {error}"[:MAX_REASON])

        threading.Thread(target=guarded, name=f"endpoint-{self.name}", daemon=True).start()
