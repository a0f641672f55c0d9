"""Who stops a job, and who does not: the worker, the triggerer, time limits."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from tests.airflow.jobs import KINDS, REQUESTS, Task, defer, event_of
from tests.airflow.stand_in import Fault, StandIn

pytestmark = pytest.mark.airflow


@pytest.fixture(autouse=True)
def running(sagemaker: StandIn) -> None:
    sagemaker.answer("CreateModel", {"ModelName": "model"})
    sagemaker.end = lambda job, look: {"status": "InProgress"}


def stopped(sagemaker: StandIn) -> list[Any]:
    return [next(iter(request.values())) for action, request in sagemaker.calls if action.startswith("Stop")]


def deferred(operator: str, **options: Any) -> Any:
    task = Task(operator, deferrable=True, **options)
    return defer(task.make(), task.context).trigger


@pytest.mark.parametrize("operator", KINDS)
def test_a_user_who_ends_a_deferred_task_stops_its_job(sagemaker: StandIn, operator: str) -> None:
    asyncio.run(deferred(operator).on_kill())
    assert stopped(sagemaker) == sagemaker.names(REQUESTS[operator][1])


@pytest.mark.parametrize("operator", KINDS)
def test_a_user_who_wants_the_job_left_has_it_left(sagemaker: StandIn, operator: str) -> None:
    asyncio.run(deferred(operator, on_kill_action="leave").on_kill())
    task = Task(operator, run="r2", on_kill_action="leave", wait_for_completion=False)
    operator_of_it = task.make()
    operator_of_it.execute(task.context)
    operator_of_it.on_kill()
    assert not stopped(sagemaker)


def test_stopping_a_job_that_has_ended_is_no_error(sagemaker: StandIn) -> None:
    trigger = deferred("TrainingOperator")
    sagemaker.faults["StopTrainingJob"] = [Fault("ValidationException", 400, "The job has ended")]
    asyncio.run(trigger.on_kill())


def test_a_triggerer_that_shuts_down_stops_no_job(sagemaker: StandIn) -> None:
    trigger = deferred("TrainingOperator")

    async def shut_down() -> None:
        task = asyncio.ensure_future(anext(aiter(trigger.run())))
        while len(sagemaker.actions("Describe")) < 4:
            await asyncio.sleep(0.02)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await trigger.cleanup()

    asyncio.run(shut_down())
    assert not stopped(sagemaker)


@pytest.mark.parametrize("operator", KINDS)
def test_killing_a_running_task_stops_its_job(sagemaker: StandIn, operator: str) -> None:
    task = Task(operator, wait_for_completion=False)
    made = task.make()
    made.execute(task.context)
    made.on_kill()
    assert stopped(sagemaker) == sagemaker.names(REQUESTS[operator][1])


def test_a_task_whose_place_another_try_has_taken_leaves_the_job_to_it(sagemaker: StandIn) -> None:
    for unreachable in (False, True):
        task = Task("TrainingOperator", wait_for_completion=False, run=str(unreachable))
        made = task.make()
        made.execute(task.context)
        assert task.store is not None
        task.store.values.clear()  # what Airflow answers to the process of a former try
        if unreachable:
            task.store.get = lambda *_: 1 / 0  # type: ignore[assignment, method-assign]
        made.on_kill()
    assert not stopped(sagemaker)


@pytest.mark.parametrize(
    ("state", "last_try", "ends"),
    [("running", False, False), ("running", True, True), ("failed", False, True), ("restarting", False, True)],
)
def test_the_end_of_a_worker_leaves_the_job_to_the_next_try_if_there_is_one(
    sagemaker: StandIn, state: str, last_try: bool, ends: bool
) -> None:
    """A machine that is shut down tells the task to end as a user does, but Airflow still has it running."""
    task = Task("TrainingOperator", wait_for_completion=False, retries=0 if last_try else 2)
    task.ti.get_task_states = lambda **_: {"r1": {"t": state}}
    made = task.make()
    made.execute(task.context)
    made.on_kill()
    assert bool(stopped(sagemaker)) is ends


def test_a_task_that_airflow_does_not_know_the_state_of_stops_its_job(sagemaker: StandIn) -> None:
    task = Task("TrainingOperator", wait_for_completion=False)
    task.ti.get_task_states = lambda **_: 1 / 0
    made = task.make()
    made.execute(task.context)
    made.on_kill()
    assert stopped(sagemaker)


def test_a_task_that_is_killed_while_its_job_is_created_stops_it(sagemaker: StandIn) -> None:
    task = Task("TrainingOperator", wait_for_completion=False)
    made = task.make()
    create = made.create

    def killed() -> None:
        made.on_kill()
        create()

    made.create = killed
    made.execute(task.context)
    assert sagemaker.actions("Stop")[-1:] == ["StopTrainingJob"]
    assert sagemaker.actions()[-2] == "StopTrainingJob", "after the job was created"


def resume(task: Task, error: str, traceback: list[str] | None = None, **more: Any) -> Any:
    """What Airflow runs when a trigger has failed, or its time is over."""
    made = task.make(**more)
    return made.resume_execution("__fail__", {"error": error, "traceback": traceback}, task.context)


def test_a_deferral_that_runs_out_of_time_stops_its_job(sagemaker: StandIn) -> None:
    task = Task("TrainingOperator", deferrable=True)
    defer(task.make(), task.context)
    with pytest.raises(Exception, match="timeout"):
        resume(task, "Trigger timeout")
    assert stopped(sagemaker) == ["job"]


def test_a_trigger_that_fails_leaves_the_job_to_the_next_try_if_there_is_one(sagemaker: StandIn) -> None:
    for retries, ended in ((1, []), (0, ["job-of-0"])):
        config = {**REQUESTS["TrainingOperator"][0], "TrainingJobName": f"job-of-{retries}"}
        task = Task("TrainingOperator", deferrable=True, config=config, run=str(retries))
        task.ti.max_tries = retries
        defer(task.make(), task.context)
        with pytest.raises(Exception, match="Trigger failure"):
            resume(task, "Trigger failure", ["ZeroDivisionError"])
        assert stopped(sagemaker) == ended


def makes_another_trigger(**given: Any) -> Any:
    from mlpipelines.runtime.triggers import JobTrigger

    return JobTrigger(**{"kind": "Training", "job_name": "job", "waiter_delay": 1, **given})


def import_another_trigger() -> None:
    from airflow._shared.module_loading import import_string

    import_string("mlpipelines.runtime.triggers.JobTriggerOfAnotherVersion")


#: What a triggerer does that has no package, or another version of it, with the trigger of a task.
UNFIT = {
    "no package": lambda: import_module("mlpipelines.runtime_of_another_version"),
    "no such trigger": import_another_trigger,
    "no such parameter": lambda: makes_another_trigger(parameter_of_another_version=1),
    "no such kind of job": lambda: makes_another_trigger(kind="KindOfAnotherVersion"),
}


@pytest.mark.parametrize("how", UNFIT)
def test_a_triggerer_that_cannot_make_the_trigger_is_known_by_what_it_says(sagemaker: StandIn, how: str) -> None:
    from airflow.sdk.exceptions import TaskDeferred

    task = Task("TrainingOperator", deferrable=True)
    defer(task.make(), task.context)
    with pytest.raises((ImportError, TypeError)) as said:
        UNFIT[how]()
    why = traceback.format_exception(said.value)
    with pytest.raises(TaskDeferred):
        resume(task, "Trigger failure", why)
    assert not stopped(sagemaker)


@pytest.mark.parametrize("operator", KINDS)
def test_a_triggerer_without_this_package_waits_with_the_providers_trigger(sagemaker: StandIn, operator: str) -> None:
    from airflow.sdk.exceptions import TaskDeferred

    task = Task(operator, deferrable=True)
    defer(task.make(), task.context)
    done = "Succeeded" if operator == "PipelineOperator" else "Completed"
    sagemaker.end = lambda job, look: {"status": done}
    why = ["ModuleNotFoundError: No module named 'mlpipelines'"]
    if operator == "AutoMLOperator":  # the provider has no trigger for it: the worker waits
        result = resume(task, "Trigger failure", why)
    else:
        with pytest.raises(TaskDeferred) as again:
            resume(task, "Trigger failure", why)
        assert "airflow.providers" in again.value.trigger.serialize()[0]
        kwargs = {**(again.value.kwargs or {}), "event": event_of(again.value.trigger)}
        result = task.make().resume_execution("execute_complete", kwargs, task.context)
    assert done in str(result)
    assert not stopped(sagemaker)


def test_a_trigger_tells_what_it_cannot_see(sagemaker: StandIn) -> None:
    trigger = deferred("TrainingOperator")
    sagemaker.faults["DescribeTrainingJob"] = [Fault("AccessDeniedException", 400, "not allowed")]
    assert event_of(trigger) == {"status": "error", "job_name": "job", "message": "not allowed"}


def test_a_deferral_has_what_is_left_of_the_tasks_time(sagemaker: StandIn) -> None:
    task = Task("TrainingOperator", deferrable=True, execution_timeout=timedelta(seconds=100))
    task.ti.start_date = datetime.now(UTC) - timedelta(seconds=60)
    timeout = defer(task.make(), task.context).timeout
    assert timedelta(seconds=35) < timeout < timedelta(seconds=41)


def test_the_trigger_looks_until_a_time_of_day_that_a_restart_does_not_move(sagemaker: StandIn) -> None:
    trigger = deferred("TrainingOperator", max_attempts=10, check_interval=1)
    _, kwargs = trigger.serialize()
    assert kwargs["deadline"] == pytest.approx(datetime.now(UTC).timestamp() + 10, abs=5)


def test_hooks_are_patient_unless_the_connection_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlpipelines.runtime.hook import JobHook

    place: SimpleNamespace = SimpleNamespace(**{"aws_conn_id": None, "region_name": "us-east-1"})
    hook = JobHook(**vars(place))
    for patient in (hook, hook.s3_hook):
        assert patient.conn.meta.config.retries["mode"] == "standard"
        assert patient.conn.meta.config.retries["total_max_attempts"] == 10
    impatient = JobHook(**vars(place), config={"retries": {"total_max_attempts": 2, "mode": "legacy"}})
    assert impatient.conn.meta.config.retries["total_max_attempts"] == 2
