"""The trigger that waits for a job of any kind in Airflow's triggerer, and stops it when a user ends its task."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.hook import JobHook
from mlpipelines.runtime.job_kinds import KINDS, JobKind

#: So many looks in a row may fail for a reason that passes; botocore has retried each of them.
PATIENCE = 20


class JobTrigger(BaseTrigger):
    """Looks at the job every `waiter_delay` seconds until it has ended, or until the time `deadline` (epoch seconds).

    Marking the deferred task failed or succeeded, and clearing it, stops the job. The triggerer's own end does not: it
    only cancels the coroutine, and another triggerer goes on.

    Triggerers are not updated with every push: an older one must understand what a task gives it, or fail with a
    TypeError of this constructor, by which the task knows.
    """

    def __init__(
        self,
        kind: str,
        job_name: str,
        waiter_delay: float,
        deadline: float | None = None,
        on_kill_action: str = "stop",
        aws_conn_id: str | None = None,
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if kind not in KINDS:
            raise TypeError(f"JobTrigger.__init__() knows no kind of job {kind!r}")
        self.kind, self.job_name = kind, job_name
        self.waiter_delay, self.deadline, self.on_kill_action = waiter_delay, deadline, on_kill_action
        self.aws_conn_id, self.region_name = aws_conn_id, region_name
        self.verify, self.botocore_config = verify, botocore_config

    def serialize(self) -> tuple[str, dict[str, Any]]:
        names = (
            "kind job_name waiter_delay deadline on_kill_action aws_conn_id region_name verify botocore_config".split()
        )
        return f"{type(self).__module__}.{type(self).__qualname__}", {name: getattr(self, name) for name in names}

    def hook(self) -> JobHook:
        return JobHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            config=self.botocore_config,
        )

    async def _client(self) -> Any:
        return await self.hook().get_async_conn()  # type: ignore[no-untyped-call]

    async def run(self) -> AsyncIterator[TriggerEvent]:
        kind = KINDS[self.kind]
        async with await self._client() as client:
            yield await self._watch(kind, client)

    async def on_kill(self) -> None:
        kind = KINDS[self.kind]
        if kind.stop is None or self.on_kill_action == "leave":
            return
        self.log.info("The task was ended: stopping %s %s", kind.noun, self.job_name)
        async with await self._client() as client:
            try:
                await _call(client, kind.stop, **{kind.key: self.job_name})
            except Exception as error:
                if not aws_errors.is_unknown(error):  # it has ended
                    raise

    async def _watch(self, kind: JobKind, client: Any) -> TriggerEvent:
        failures, status = 0, None
        while True:
            try:
                description = await _call(client, kind.describe, **{kind.key: self.job_name})
            except Exception as error:
                failures += 1
                if not aws_errors.is_passing(error) or failures > PATIENCE:
                    return self._event("error", aws_errors.text(error))
                self.log.warning("AWS did not answer, looking again: %s", aws_errors.text(error))
            else:
                failures = 0
                if description.get(kind.status) != status:
                    status = description.get(kind.status)
                    self.log.info("%s %s is %s", kind.noun, self.job_name, status)
                state = kind.state(description)
                if state not in ("running", "stopping"):
                    return self._event("success" if state == "done" else state, kind.reason(description))
            if self.deadline is not None and time.time() + self.waiter_delay > self.deadline:
                return self._event("timeout", "")
            await asyncio.sleep(self.waiter_delay)

    def _event(self, status: str, message: str) -> TriggerEvent:
        return TriggerEvent({"status": status, "job_name": self.job_name, "message": message})  # type: ignore[no-untyped-call]


def provider_trigger(
    kind: JobKind, job_name: str, delay: float, deadline: float | None, place: dict[str, Any]
) -> BaseTrigger | None:
    """The provider's trigger for the kind, which stops nothing; None when it has none."""
    from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerPipelineTrigger, SageMakerTrigger

    more: dict[str, Any] = {name: value for name, value in place.items() if name != "config"}
    more |= {
        "botocore_config": place.get("config"),
        "waiter_delay": max(int(delay), 1),
        "waiter_max_attempts": int((deadline - time.time()) / delay) if deadline else 10**6,
    }
    if kind.result in ("Training", "Transform", "Processing", "Tuning", "Endpoint"):
        return SageMakerTrigger(job_name=job_name, job_type=kind.result.lower(), **more)
    if kind.result == "Pipeline":
        return SageMakerPipelineTrigger(
            waiter_type=SageMakerPipelineTrigger.Type.COMPLETE, pipeline_execution_arn=job_name, **more
        )
    return None


async def _call(client: Any, action: str, **request: Any) -> dict[str, Any]:
    from botocore import xform_name

    answer: dict[str, Any] = await getattr(client, xform_name(action))(**request)
    return answer
