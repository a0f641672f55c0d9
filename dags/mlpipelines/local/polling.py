"""How tasks wait for local jobs: an Airflow cluster policy for those whose AWS is the embedded SageMaker.

`from mlpipelines.local.polling import task_policy` in $AIRFLOW_HOME/config/airflow_local_settings.py is all that it
needs. AWS is asked as often as the pipeline says.
"""

from __future__ import annotations

from typing import Any

#: Seconds between two looks at a job.
POLL_SECONDS = 0.5
#: How long a job is waited for, in looks; the job's own limit ends it long before.
POLLS = 1_000_000


def task_policy(task: Any) -> None:
    """Called by Airflow for every task that it reads.

    Nothing is deferred: a local job may have ended, and its trigger have fired, before the executor has told the
    scheduler that the worker let go of the task. Then the scheduler takes the task that it has queued again for one
    that was killed.
    """
    poll_often(task)
    if hasattr(task, "deferrable"):
        task.deferrable = False


def poll_often(task: Any) -> None:
    """Have the task look at its job every half a second, as long as the job runs."""
    if hasattr(task, "check_interval"):
        task.check_interval, task.max_attempts = POLL_SECONDS, POLLS
    if hasattr(task, "poke_interval"):  # sensors; nothing else needs the place of one that waits
        task.poke_interval, task.mode = POLL_SECONDS, "poke"
