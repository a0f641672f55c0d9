"""Operators that start a SageMaker Pipeline's execution, and that stop one."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowException

from mlpipelines.runtime import aws_errors, job_kinds
from mlpipelines.runtime.casting import cast_request
from mlpipelines.runtime.lifecycle import JobOperator
from mlpipelines.runtime.links import JOBS_LINKS
from mlpipelines.runtime.requests import merge_text, refuse_wrong


class PipelineOperator(JobOperator):
    """Gives {"Pipeline": DescribePipelineExecution}; its `config` is a StartPipelineExecution request.

    The request's token is made of the task and its run, so that AWS answers a request that is sent twice with the same
    execution.
    """

    kind = job_kinds.PIPELINE
    operator_extra_links = JOBS_LINKS

    def _start(self) -> None:
        self._ended = False
        record = self._memory.record
        number = record.number + (1 if record.job else 0)
        self._memory.keep(record.but(job="", number=number))
        token = {"ClientRequestToken": f"{self._memory.digest[:48]}-{self._memory.clears}-{number}"}
        answer = self.hook.call("StartPipelineExecution", **{**token, **self.config})
        self.job_name = answer["PipelineExecutionArn"]
        self._memory.keep(self._memory.record.but(job=self.job_name))
        self.log.info("Started %s %s", self.kind.noun, self.job_name)
        if self._killed and self._memory.ends_job():
            self._stop("the task was ended while it was started")


class StopPipelineOperator(JobOperator):
    """Gives {"Pipeline": DescribePipelineExecution}; its `config` is a StopPipelineExecution request.

    An execution that has ended before is no mistake, unless `fail_if_not_running`.
    """

    kind = job_kinds.PIPELINE
    operator_extra_links = JOBS_LINKS

    def __init__(self, *, config: dict[str, Any], fail_if_not_running: bool = False, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)
        self.fail_if_not_running = fail_if_not_running

    def prepare(self) -> None:
        self.config = cast_request("StopPipelineExecution", merge_text(self.config, self.request))
        self.job_name = self.config["PipelineExecutionArn"]

    def check(self) -> None:
        refuse_wrong("StopPipelineExecution", self.config, ignored=self.ignored_rules)

    def _take_up(self) -> bool:
        return False

    def _start(self) -> None:
        try:
            self.hook.call("StopPipelineExecution", **self.config)
        except Exception as error:
            status = self._describe(self.job_name).get("PipelineExecutionStatus")
            if status in ("Executing", "Stopping") and not aws_errors.is_taken(error):
                raise
            if status not in ("Executing", "Stopping") and self.fail_if_not_running:
                raise AirflowException(f"{self.job_name} was not running: it is {status}") from error

    def _stop(self, why: str) -> None:
        """The execution is not the task's own: that it is stopped is what the task is for."""

    def _see_through(self, context: Any, event: dict[str, Any] | None) -> Any:
        self.show_links()
        status, reason = self._status_and_reason(context, event)
        if status in ("timeout", "error"):
            self._fail(status, reason)
        return self.result(self._describe(self.job_name))
