"""How often tasks look at local jobs: an Airflow cluster policy for those whose AWS is the embedded SageMaker.

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
    """Called by Airflow for every task that it reads."""
    if hasattr(task, "check_interval"):
        task.check_interval, task.max_attempts = POLL_SECONDS, POLLS
    if hasattr(task, "poke_interval"):  # sensors; nothing else needs the place of one that waits
        task.poke_interval, task.mode = POLL_SECONDS, "poke"
