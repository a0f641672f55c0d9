"""The life of a SageMaker job under an Airflow task: found again or started, waited for, told, and stopped with it.

- A task has one job in a run. A try that finds the job of an earlier one goes on with it when it runs or has succeeded;
  a new job, under a new name, starts when that one has failed or was stopped, or when the task was cleared.
- A task that is killed, runs out of time, is cleared, is marked, or fails for good stops its job. A failure of the
  waiting alone, with tries left, does not: the next try goes on with the job.
- `Stopped` is never success, and what AWS gives as the reason is what the task says.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, NoReturn

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerBaseOperator
from airflow.providers.common.compat.sdk import AirflowException, conf
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.casting import cast_request
from mlpipelines.runtime.hook import JobHook
from mlpipelines.runtime.job_kinds import JobKind
from mlpipelines.runtime.memory import Memory
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.requests import expand_roles, merge_text, set_instance_type
from mlpipelines.runtime.triggers import PATIENCE, JobTrigger


class JobOperator(SageMakerBaseOperator):
    """What the operators of all kinds of jobs have in common.

    :param config: the AWS request, flat
    :param request: JSON text of a request that another task has made; merged over `config`
    :param wait_for_completion: whether the task lasts as long as its job
    :param deferrable: wait in the triggerer instead of on the worker
    :param check_interval: seconds between two looks at the job
    :param max_attempts: at most so many looks; then the task fails and stops its job. None: as long as the job runs
    :param max_ingestion_time: the same limit in seconds
    :param on_kill_action: what becomes of the job when its task is killed, cleared, marked or out of time
    :param instance_types: tried in this order when there is no capacity
    """

    kind: ClassVar[JobKind]
    aws_hook_class = JobHook
    hook: JobHook  # type: ignore[misc]
    check_interval: Any  # the provider's are whole numbers
    max_attempts: Any
    max_ingestion_time: Any
    template_fields: Sequence[str] = (*SageMakerBaseOperator.template_fields, "request", "instance_types")

    def __init__(
        self,
        *,
        config: dict[str, Any],
        request: str | None = None,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        check_interval: float = 30,
        max_attempts: int | None = None,
        max_ingestion_time: float | None = None,
        on_kill_action: Literal["stop", "leave"] = "stop",
        instance_types: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config=config, **kwargs)
        self.request = request
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.check_interval = check_interval
        self.max_attempts = max_attempts
        self.max_ingestion_time = max_ingestion_time
        self.on_kill_action = on_kill_action
        self.instance_types = instance_types
        self.job_name = ""
        self._killed = False
        self._ended = False

    # What a kind of job does in its own way

    def prepare(self) -> None:
        """Make the rendered config the request that AWS gets."""
        self.config = cast_request(self.kind.create, merge_text(self.config, self.request))
        self.hook.configure_s3_resources(self.config)
        expand_roles(self.config, self.hook.role_arn)

    def create(self) -> None:
        """Create the job of the record's name."""
        self.hook.call(self.kind.create, **{**self.config, self.kind.key: self.job_name})

    def verify_end(self, description: dict[str, Any]) -> None:
        """Raise when the job has succeeded, but not with what was asked for."""

    def result(self, description: dict[str, Any]) -> dict[str, Any]:
        """What other tasks see of the job."""
        return {self.kind.result: plain_data(description)}

    def show_progress(self, description: dict[str, Any]) -> None:
        """Called after every look at the job on the worker, and at its end."""

    # Airflow's entrances

    def execute(self, context: Any) -> Any:
        self._begin(context)
        if self.deferrable and self.wait_for_completion and importlib.util.find_spec("aiobotocore") is None:
            raise AirflowException(
                "Waiting in the triggerer needs aiobotocore (apache-airflow-providers-amazon[aiobotocore]). "
                "Nothing was started. Install it on workers and triggerers, or set deferrable: false."
            )
        return self._guarded(context, self._find_or_start)

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None, job: str = "") -> Any:
        """Back from the triggerer."""
        self._begin(context)
        self.job_name = job or (event or {}).get("job_name") or self._memory.record.job
        return self._guarded(context, lambda: None, event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout:
            self._recall(context)
            self._stop("the task ran out of time")
            raise
        except TaskDeferralError:
            self._recall(context)
            self._leave_or_stop("its trigger failed")
            raise

    def on_kill(self) -> None:
        self._killed = True
        if self.job_name and not self._ended:
            self._stop("the task was ended")

    # The life of the job

    def _find_or_start(self) -> None:
        if not self._take_up():
            self._start()

    def _begin(self, context: Any) -> None:
        self._context, self._memory = context, Memory(context)
        self.prepare()

    def _guarded(self, context: Any, find_or_start: Callable[[], object], event: dict[str, Any] | None = None) -> Any:
        try:
            find_or_start()
            return self._see_through(context, event)
        except Exception:
            if self.job_name and not self._ended:
                self._leave_or_stop("the task failed")
            raise

    def _see_through(self, context: Any, event: dict[str, Any] | None) -> Any:
        """Wait for the job, and for another one as long as there is another instance type to try."""
        while True:
            status, reason = self._status_and_reason(context, event)
            event = None
            if status == "success":
                return self._result()
            if status == "unwatched":
                return self.result(self._describe(self.job_name))
            if not (status == "failed" and aws_errors.is_capacity(reason) and self._next_instance_type(reason)):
                self._fail(status, reason)
            self._start()

    def _status_and_reason(self, context: Any, event: dict[str, Any] | None) -> tuple[str, str]:
        if event is not None:
            return str(event.get("status")), str(event.get("message") or self._reason())
        if not self.wait_for_completion:
            return "unwatched", ""
        status, reason = self._look()
        if status == "running" and self.deferrable:
            self._defer(context)
        return self._watch() if status == "running" else (status, reason)

    def _take_up(self) -> bool:
        """Go on with the job of an earlier try; say whether there is one that need not be started anew."""
        record = self._memory.record
        if not record.job:
            return False
        description = self._find(record.job)
        if description is None:
            return False
        self.job_name = record.job
        state = self.kind.state(description)
        if self._memory.is_cleared or state not in ("running", "done"):
            self._end_former(state)
            return False
        self.log.info("Going on with %s %s, which an earlier try has started (%s)", self.kind.noun, record.job, state)
        return True

    def _end_former(self, state: str) -> None:
        if state == "running":
            self._stop("the task was cleared")
        if state in ("running", "stopping") and self.on_kill_action == "stop" and self.kind.stop:
            self.log.info("Waiting for the former %s %s to end", self.kind.noun, self.job_name)
            self._watch()

    def _start(self) -> None:
        """Start a job under a name that is free, written down before."""
        self._ended = False
        self._choose_instance_type()
        while True:
            self.job_name, reserved = self._free_name()
            self._memory.keep(self._memory.record.but(job=self.job_name))
            self.log.info("Creating %s %s", self.kind.noun, self.job_name)
            try:
                self._create(reserved)
                break
            except _NameTaken:
                continue
            except Exception as error:
                if not (aws_errors.is_capacity(aws_errors.text(error)) and self._next_instance_type(str(error))):
                    raise
                self._choose_instance_type()
        if self._killed:
            self._stop("the task was ended while it was created")

    def _create(self, reserved: bool) -> None:
        """Create the job; an error after which it is there all the same is none."""
        try:
            self.create()
        except Exception as error:
            if aws_errors.is_taken(error) and not (reserved or aws_errors.is_repeated(error)):
                raise _NameTaken from error
            lost = aws_errors.is_taken(error) or aws_errors.is_passing(error)
            if not lost or self._find(self.job_name) is None:
                self.job_name = "" if not lost else self.job_name
                raise
            self.log.info("%s %s was created, though AWS's answer was lost", self.kind.noun, self.job_name)

    def _free_name(self) -> tuple[str, bool]:
        """The name in the request, or with an end of its own when it is in use; and whether it was ours already."""
        record, wanted = self._memory.record, self.config[self.kind.key]
        if record.job and not self._memory.is_cleared and self._find(record.job) is None:
            return record.job, True
        number = record.number
        name = wanted
        while self._find(name) is not None:
            number += 1
            end = f"-{self._memory.digest[:6]}-{number}"
            name = f"{wanted[: self.kind.limit - len(end)].rstrip('-')}{end}"
        self._memory.record = record.but(number=number)
        return name, False

    # Looking, waiting, stopping

    def _describe(self, job: str) -> dict[str, Any]:
        return self.hook.call(self.kind.describe, **{self.kind.key: job})

    def _find(self, job: str) -> dict[str, Any] | None:
        try:
            return self._describe(job)
        except Exception as error:
            if aws_errors.is_unknown(error):
                return None
            raise

    def _look(self) -> tuple[str, str]:
        description = self._describe(self.job_name)
        self.show_progress(description)
        state = self.kind.state(description)
        names = {"done": "success", "stopping": "running"}
        return names.get(state, state), self.kind.reason(description)

    def _reason(self) -> str:
        return self.kind.reason(self._find(self.job_name) or {})

    def _watch(self) -> tuple[str, str]:
        """Wait on the worker until the job has ended or the time is over."""
        failures, deadline = 0, self._deadline()
        while True:
            try:
                status, reason = self._look()
                failures = 0
            except Exception as error:
                failures += 1
                if not aws_errors.is_passing(error) or failures > PATIENCE:
                    raise
                self.log.warning("AWS did not answer, looking again: %s", aws_errors.text(error))
                status, reason = "running", ""
            if status != "running":
                return status, reason
            if deadline is not None and time.time() + self.check_interval > deadline:
                return "timeout", ""
            time.sleep(self.check_interval)

    def _defer(self, context: Any) -> NoReturn:
        trigger = JobTrigger(
            kind=self.kind.result,
            job_name=self.job_name,
            waiter_delay=self.check_interval,
            deadline=self._deadline(),
            on_kill_action=self.on_kill_action,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )
        self.log.info("Waiting for %s %s in the triggerer", self.kind.noun, self.job_name)
        self.defer(
            trigger=trigger,
            method_name="execute_complete",
            kwargs={"job": self.job_name},
            timeout=self._time_left(context),
        )

    def _deadline(self) -> float | None:
        """When the waiting ends, in epoch seconds: it holds over a triggerer's restart."""
        limits = [self.max_ingestion_time, self.max_attempts and self.max_attempts * self.check_interval]
        found = [limit for limit in limits if limit]
        return time.time() + min(found) if found else None

    def _time_left(self, context: Any) -> timedelta | None:
        """What is left of the task's execution_timeout, which Airflow itself watches only on workers."""
        if self.execution_timeout is None:
            return None
        started = getattr(context.get("ti"), "start_date", None) or datetime.now(UTC)
        return max(self.execution_timeout - (datetime.now(UTC) - started), timedelta(seconds=1))

    def _stop(self, why: str) -> None:
        if self.kind.stop is None or not self.job_name:
            return
        if self.on_kill_action == "leave":
            self.log.info("%s; %s %s is left alone (on_kill: leave)", why, self.kind.noun, self.job_name)
            return
        self.log.info("Stopping %s %s: %s", self.kind.noun, self.job_name, why)
        try:
            self.hook.call(self.kind.stop, **{self.kind.key: self.job_name})
        except Exception as error:
            self.log.warning("%s %s was not stopped: %s", self.kind.noun, self.job_name, aws_errors.text(error))

    def _leave_or_stop(self, why: str) -> None:
        if self._memory.last_try:
            self._stop(why)
        else:
            self.log.info("%s; %s %s is left to the next try", why, self.kind.noun, self.job_name)

    def _recall(self, context: Any) -> None:
        self._memory = Memory(context)
        self.job_name = self._memory.record.job

    # The end

    def _result(self) -> Any:
        description = self._describe(self.job_name)
        self._ended = True
        self.show_progress(description)
        self.verify_end(description)
        self.log.info("%s %s has succeeded", self.kind.noun, self.job_name)
        return self.result(description)

    def _fail(self, status: str, reason: str) -> NoReturn:
        self._ended = status in ("failed", "stopped")
        words = {
            "failed": f"failed: {reason or 'AWS gives no reason'}",
            "stopped": f"was stopped: {reason or 'by somebody, or by its limits'}",
            "timeout": "takes longer than the task waits for it",
        }
        if status == "timeout":
            self._stop("the task ran out of time")
            left = self.on_kill_action == "leave" or self.kind.stop is None
            words["timeout"] += "; it may still run" if left else "; it was stopped"
            self._ended = True
        raise AirflowException(f"{self.job_name} {words.get(status) or f'cannot be watched: {reason}'}")

    # Capacity

    def _choose_instance_type(self) -> None:
        types, choice = self.instance_types or [], self._memory.record.choice
        if types:
            set_instance_type(self.config, types[choice % len(types)])

    def _next_instance_type(self, reason: str) -> bool:
        types, record = self.instance_types or [], self._memory.record
        choice = record.choice + 1
        self._memory.keep(record.but(choice=choice if choice < len(types) else 0, job=""))
        if choice < len(types):
            self.log.warning("No capacity for %s, trying %s: %s", types[choice - 1], types[choice], reason)
        return choice < len(types)


class _NameTaken(Exception):
    """Somebody else has created a job of the name since it was looked up."""
