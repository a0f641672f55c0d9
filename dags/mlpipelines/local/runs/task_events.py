"""Airflow listener: task instances' starts and ends -> events of a local run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.listeners import hookimpl

#: Where events go; set before this module is registered.
send: Callable[..., None] = lambda *_, **__: None  # noqa: E731


@hookimpl
def on_task_instance_running(previous_state: Any, task_instance: Any) -> None:
    send("running", step=task_instance.task_id)


@hookimpl
def on_task_instance_success(previous_state: Any, task_instance: Any) -> None:
    send("success", step=task_instance.task_id)


@hookimpl
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: Any) -> None:
    send("failed", step=task_instance.task_id, message=_reason(error), tries=task_instance.try_number)


@hookimpl
def on_task_instance_skipped(previous_state: Any, task_instance: Any) -> None:
    send("skipped", step=task_instance.task_id)


def _reason(error: Any) -> str:
    return str(error) or type(error).__name__
