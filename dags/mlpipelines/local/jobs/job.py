"""A Create*Job request becomes a Job: its states as AWS names them, its directory, its process."""

from __future__ import annotations

import copy
import logging
import math
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from mlpipelines.local.faults import AlgorithmFault, ClientFault, InvalidRequest, JobFault, JobStopped
from mlpipelines.local.images import Program
from mlpipelines.local.jobs.instances import provided_instances
from mlpipelines.local.jobs.launching import Site, launch, new_directory
from mlpipelines.local.jobs.logs import LogStream
from mlpipelines.local.jobs.opt_ml import OptMl
from mlpipelines.local.jobs.process import JobProcess

#: How often a waiting job sends its log and looks whether it should stop, in seconds.
POLL = 0.1
#: How long a job may run when its request does not say, in seconds.
DAY = 86400
#: Said in the log of a job whose program looks for literal paths in vain.
NO_MOUNT = (
    "this machine gives the job no /opt/ml of its own: {directory} stands for it, in arguments and environment; "
    "literal /opt/ml paths inside a script are not found"
)
log = logging.getLogger("mlpipelines.local")


class Job:
    """One job. `run` is called once, on a thread of the engine; everything else on any thread."""

    kind: ClassVar[str]
    log_group: ClassVar[str]

    def __init__(self, request: Mapping[str, Any], arn: str, program: Program, site: Site, notes: list[str]) -> None:
        self.request, self.arn, self.program, self.site, self.notes = request, arn, program, site, notes
        self.status_key = f"{self.kind}JobStatus"
        self.name: str = request[f"{self.kind}JobName"]
        self.stream = LogStream(site.logs, self.log_group, f"{self.name}/algo-1-{int(time.time())}", self.read_log)
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._done = threading.Event()
        self._started = False
        self._processes: list[JobProcess] = []
        self.directory = site.directory
        #: Called after each change of its description.
        self.changed: Callable[[], None] = lambda: None
        self._deadline = math.inf
        now = time.time()
        self._state: dict[str, Any] = {
            self.status_key: "InProgress",
            f"{self.kind}JobArn": arn,
            "CreationTime": now,
            "LastModifiedTime": now,
        }

    # What the kinds of jobs add

    def work(self, directory: Path) -> dict[str, Any]:
        """The job itself; what it returns is added to the description of the completed job."""
        raise NotImplementedError

    def stopping(self) -> None:
        """What a request to stop adds to its description."""

    def finished(self, status: str, state: dict[str, Any]) -> dict[str, Any]:
        """What the end of the job adds to its description."""
        return state

    def read_log(self, line: str) -> None:
        """Sees every line that the algorithm writes."""

    # States

    @property
    def status(self) -> str:
        with self._lock:
            return str(self._state[self.status_key])

    def describe(self) -> dict[str, Any]:
        with self._lock:
            return {**copy.deepcopy(dict(self.request)), **copy.deepcopy(self._state)}

    def run(self) -> None:
        with self._lock:
            if self._done.is_set():
                return
            self._started = True
            self.update(**{f"{self.kind}StartTime": time.time()})
        log.info("%s job %s: started", self.kind, self.name)
        try:
            status, state = "Completed", self._work()
        except JobStopped:
            status, state = "Stopped", {}
        except JobFault as fault:
            status, state = "Failed", {"FailureReason": fault.reason}
        except Exception as error:  # a defect of the embedded SageMaker, not of the user's job
            log.exception("%s job %s", self.kind, self.name)
            status, state = "Failed", {"FailureReason": JobFault(f"{type(error).__name__}: {error}").reason}
        self._finish(status, state)

    def stop(self) -> None:
        """Ask the job to end; it is Stopped when its processes are gone. Refused, as by AWS, when it has ended."""
        with self._lock:
            if self._done.is_set():
                raise InvalidRequest(
                    f"The request was rejected because the {self.kind.lower()} job is in status {self.status}."
                )
            self._stop.set()
            self.update(**{self.status_key: "Stopping"})
            self.stopping()
            if not self._started:
                self._finish("Stopped", {})
            for process in self._processes:
                process.terminate()

    def end(self) -> None:
        """The same for a server that goes down: at once, and never refused."""
        with self._lock:
            self._stop.set()
            for process in self._processes:
                process.end()

    def wait(self, seconds: float) -> bool:
        """Whether the job has ended."""
        return not self._started or self._done.wait(seconds)

    def update(self, **state: Any) -> None:
        with self._lock:
            self._state.update(state, LastModifiedTime=time.time())
            self.changed()

    def check_stop(self) -> None:
        if self._stop.is_set():
            raise JobStopped

    # The time that it may take

    def start_clock(self) -> None:
        """From here MaxRuntimeInSeconds counts."""
        limit = (self.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", DAY)
        self._deadline = time.monotonic() + limit

    def out_of_time(self) -> bool:
        return time.monotonic() >= self._deadline

    def check(self) -> None:
        """Raises JobStopped when the job is to stop or is out of time."""
        self.check_stop()
        if self.out_of_time():
            raise JobStopped

    def end_late(self, process: JobProcess) -> None:
        if self.out_of_time():
            process.terminate()

    @property
    def opt_ml(self) -> OptMl:
        return OptMl(self.directory, self.site.mounts)

    # The process

    def start(self, command: str, environment: Mapping[str, str], directory: Path) -> JobProcess:
        """Start the job's program with `train` or `serve`, or with its own arguments."""
        return self.launch(self.program, command, environment, directory)

    def launch(self, program: Program, command: str, environment: Mapping[str, str], directory: Path) -> JobProcess:
        """The same with a program that need not be the job's own; a stop of the job ends it as well."""
        with self._lock:
            self.check_stop()
            process = launch(self.site, program, command, environment, directory, self.stream.write)
            self._processes.append(process)
            return process

    def watch(self, process: JobProcess, tick: Callable[[], None]) -> int:
        """Wait for the process to end, sending its log meanwhile; `tick` is called often. Returns the exit status."""
        while (status := process.wait(POLL)) is None:
            self.stream.flush()
            tick()
        self.stream.flush()
        return status

    def exit_fault(self, status: int, failure: Path) -> JobFault:
        """What SageMaker makes of an exit status and of the file output/failure."""
        reason = ""
        if failure.is_file():
            reason = failure.read_text(encoding="utf-8", errors="replace").strip()
        if not reason and self.stream.tail:
            reason = self.stream.tail[-1]
        kind = ClientFault if status == 2 else AlgorithmFault
        return kind(f"{reason[:900]}{', ' if reason else ''}exit code: {status}")

    # Helpers

    def _finish(self, status: str, state: dict[str, Any]) -> None:
        with self._lock:
            if self._done.is_set():
                return
            ended = {**state, self.status_key: status, f"{self.kind}EndTime": time.time()}
            self.update(**self.finished(status, ended))
            self._done.set()
        log.info("%s job %s: %s %s", self.kind, self.name, status, state.get("FailureReason", ""))

    def _work(self) -> dict[str, Any]:
        self.directory = new_directory(self.site.directory)
        try:
            for note in self.notes:
                self.stream.write(f"simulated: {note}")
            if not self.site.mounts and not self.program.built_in:
                self.stream.write(f"simulated: {NO_MOUNT.format(directory=self.directory)}")
            self.update(**provided_instances(self.request, self.site.no_capacity))
            return self.work(self.directory)
        finally:
            self.stream.flush()
            for process in self._processes:
                process.end()
            if not self.site.keep:
                shutil.rmtree(self.directory, ignore_errors=True)
