"""How tasks of a local Airflow wait, whatever their pipeline says."""

from __future__ import annotations

from types import SimpleNamespace

from mlpipelines.local.polling import POLL_SECONDS, poll_often, task_policy


def test_a_job_is_looked_at_often_and_waited_for_on_the_worker() -> None:
    task = SimpleNamespace(check_interval=30, max_attempts=60, deferrable=True)
    task_policy(task)
    assert (task.check_interval, task.deferrable) == (POLL_SECONDS, False)
    assert task.max_attempts * POLL_SECONDS > 5 * 86400


def test_a_sensor_keeps_its_place() -> None:
    sensor = SimpleNamespace(poke_interval=60, mode="reschedule")
    task_policy(sensor)
    assert vars(sensor) == {"poke_interval": POLL_SECONDS, "mode": "poke"}


def test_tasks_without_jobs_and_runs_without_an_executor_are_left_as_they_are() -> None:
    function = SimpleNamespace(retries=1)
    task_policy(function)
    assert vars(function) == {"retries": 1}
    job = SimpleNamespace(check_interval=30, max_attempts=60, deferrable=True)
    poll_often(job)
    assert job.deferrable
