"""Operators and the trigger of notebook runs in SageMaker Unified Studio."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker_unified_studio import SageMakerNotebookOperator
from airflow.providers.amazon.aws.operators.sagemaker_unified_studio_notebook import (
    SageMakerUnifiedStudioNotebookOperator,
)
from airflow.providers.amazon.aws.triggers.sagemaker_unified_studio_notebook import (
    SageMakerUnifiedStudioNotebookTrigger,
)
from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk.exceptions import TaskDeferralTimeout

from mlpipelines.runtime.links import STUDIO_LINKS, show
from mlpipelines.runtime.memory import Memory

#: Set in local runs. The SDK of notebook jobs is the one that cannot be led to another endpoint.
LOCAL_VARIABLE = "MLPIPELINES_LOCAL"
_RUNNING = ("QUEUED", "STARTING", "RUNNING")
_DONE = ("SUCCEEDED",)


class NotebookRunTrigger(SageMakerUnifiedStudioNotebookTrigger):
    """The provider's, and it stops the run when a user ends its task."""

    def __init__(self, on_kill_action: str = "stop", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_kill_action = on_kill_action
        self.serialized_fields["on_kill_action"] = on_kill_action

    async def on_kill(self) -> None:
        if self.on_kill_action == "stop":
            async with await self.hook().get_async_conn() as client:  # type: ignore[no-untyped-call]
                await client.stop_notebook_run(domainIdentifier=self.domain_identifier, identifier=self.notebook_run_id)


class NotebookRunOperator(SageMakerUnifiedStudioNotebookOperator):
    """Gives {"notebook_run_id": the run, "NOTEBOOK_OUTPUT.<name>": what the notebook gave}.

    Beyond the provider's: it does not wait when it is not to, its trigger reaches AWS by the task's own connection, a
    retry goes on with the run of the first try while that runs or has succeeded, and a run is stopped with its task.
    """

    operator_extra_links = STUDIO_LINKS  # type: ignore[assignment]
    template_fields: Sequence[str] = SageMakerUnifiedStudioNotebookOperator.template_fields

    def __init__(self, *, on_kill_action: str = "stop", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_kill_action = on_kill_action
        self._run = ""

    def execute(self, context: Any) -> dict[str, Any]:
        show(self, context, lambda: self.hook.conn, lambda console: {"studio": console.studio()})
        self._memory = Memory(context)
        self._run = self._former_run(self._memory) or self._start(self._memory, context)
        if not self.wait_for_completion:
            return {"notebook_run_id": self._run}
        if self.deferrable:
            self.defer(trigger=self._trigger(), method_name="execute_complete", timeout=self.execution_timeout)
        self.hook.wait_for_notebook_run(
            self._run,
            domain_identifier=self.domain_identifier,
            waiter_delay=self.waiter_delay,
            timeout_configuration=self.timeout_configuration,
        )
        return self._push_notebook_outputs(context, self._run)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        self._memory = Memory(context)
        self._run = self._memory.record.job
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout:
            self.on_kill()
            raise

    def on_kill(self) -> None:
        if self._run and self.on_kill_action == "stop" and self._memory.ends_job():
            self.hook.conn.stop_notebook_run(domainIdentifier=self.domain_identifier, identifier=self._run)

    def _former_run(self, memory: Memory) -> str:
        """The run of an earlier try of this task, if it runs or has succeeded."""
        run = "" if memory.is_cleared else memory.record.job
        if not run:
            return ""
        status = self.hook.get_notebook_run(run, domain_identifier=self.domain_identifier).get("status", "")
        if status not in (*_RUNNING, *_DONE):
            return ""
        self.log.info("Going on with notebook run %s, which an earlier try has started (%s)", run, status)
        return run

    def _start(self, memory: Memory, context: Any) -> str:
        record = memory.record.but(number=memory.record.number + 1, job="")
        started = self.hook.start_notebook_run(
            notebook_identifier=self.notebook_identifier,
            domain_identifier=self.domain_identifier,
            owning_project_identifier=self.owning_project_identifier,
            client_token=self.client_token or f"{memory.digest[:48]}-{memory.clears}-{record.number}",
            notebook_parameters=self.notebook_parameters,
            compute_configuration=self.compute_configuration,
            timeout_configuration=self.timeout_configuration,
            workflow_name=context["ti"].dag_id,
        )
        memory.keep(record.but(job=str(started["id"])))
        self.log.info("Started notebook run %s", started["id"])
        return str(started["id"])

    def _trigger(self) -> NotebookRunTrigger:
        return NotebookRunTrigger(
            on_kill_action=self.on_kill_action,
            notebook_run_id=self._run,
            domain_identifier=self.domain_identifier,
            owning_project_identifier=self.owning_project_identifier,
            waiter_delay=self.waiter_delay,
            timeout_configuration=self.timeout_configuration,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )


class NotebookJobOperator(SageMakerNotebookOperator):
    """SageMakerNotebookOperator that gives {"execution_id", "execution_name"}.

    It waits on the worker: the provider's deferrable mode lacks an execute_complete. It has no link: the provider's is
    never filled in, and what it would show, a domain of Unified Studio, is known to the SDK alone.
    """

    operator_extra_links = ()  # type: ignore[assignment]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "deferrable": False})

    def execute(self, context: Any) -> dict[str, Any]:
        if os.environ.get(LOCAL_VARIABLE):
            raise AirflowException(
                "Not simulated by the local SageMaker: notebook jobs. Unified Studio's SDK reaches AWS at addresses of "
                "its own; run this step against AWS."
            )
        hook = self.notebook_execution_hook
        run = str(hook.start_notebook_execution()["execution_id"])
        if self.wait_for_completion:
            hook.wait_for_execution_completion(run, context)
        return {"execution_id": run, "execution_name": self.execution_name}
