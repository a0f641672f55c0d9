"""The life of a SageMaker job under an Airflow task: found again or started, waited for, told, and stopped with it.

- A task has one job in a run. A try that finds the job of an earlier one goes on with it when it runs or has succeeded;
  a new job, under a new name, starts when that one has failed or was stopped, or when the task was cleared.
- A task that is killed, runs out of time, is cleared, is marked, or fails for good stops its job. A failure of the
  waiting alone, with tries left, does not, and neither does the end of the worker: the next try goes on with the job.
- `Stopped` is never success, and what AWS gives as the reason is what the task says.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from typing import Any, NoReturn

from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.memory import Memory
from mlpipelines.runtime.starting import StartedJob
from mlpipelines.runtime.triggers import provider_trigger

#: What a triggerer says that cannot make our trigger: it has no such module, or an older or newer one.
_UNFIT = re.compile(r"""No module named 'mlpipelines|Module "mlpipelines|JobTrigger\.__init__\(\)""")


class JobOperator(StartedJob):
    """The operators' base: Airflow's entrances, and how a job's end becomes the task's."""

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
            if _UNFIT.search(str((next_kwargs or {}).get("traceback"))):
                return self._wait_otherwise(context)
            self._leave_or_stop("its trigger failed")
            raise

    def on_kill(self) -> None:
        self._killed = True
        if not self.job_name or self._ended:
            return
        if self._memory.ends_job():
            self._stop("the task was ended")
        else:
            self.log.info("%s %s is left to the task's next try", self.kind.noun, self.job_name)

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
            self.show_links()
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

    def _wait_otherwise(self, context: Any) -> Any:
        """Wait by the provider's trigger, or here, when the triggerer has not got ours."""
        self.log.warning(
            "The triggerer has no mlpipelines, or a version of it with another trigger. Until this one is installed "
            "there, or is on its PYTHONPATH, marking or clearing this task while it is deferred leaves its %s running",
            self.kind.noun,
        )
        trigger = provider_trigger(
            self.kind, self.job_name, self.check_interval, self._deadline(), self._hook_parameters
        )
        if trigger is not None:
            self._defer_to(trigger, context)
        self._begin(context)
        return self._guarded(context, lambda: None, dict(zip(("status", "message"), self._watch(), strict=True)))

    def _recall(self, context: Any) -> None:
        self._memory = Memory(context)
        self.job_name = self._memory.record.job

    # The end

    def _result(self) -> Any:
        description = self._describe(self.job_name)
        self._ended = True
        self.show_progress(description)
        self.log.info("%s %s has succeeded", self.kind.noun, self.job_name)
        return self.result(description)

    def _fail(self, status: str, reason: str) -> NoReturn:
        self._ended = status in ("failed", "stopped")
        if self._ended:
            self.show_progress(self._find(self.job_name) or {})
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
