"""Waiting for a task's job, on the worker or in the triggerer, and stopping it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.job_task import JobTask
from mlpipelines.runtime.triggers import PATIENCE, JobTrigger


class WatchedJob(JobTask):
    """Statuses are `success`, `failed`, `stopped`, `timeout`, and `running`, as in the trigger's events."""

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
        self._defer_to(trigger, context)

    def _defer_to(self, trigger: Any, context: Any) -> NoReturn:
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
