"""What a run comes to as a whole."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowFailException


def fail() -> None:
    """For a task that runs when another one has failed: cleaning up afterwards makes no run a success."""
    raise AirflowFailException("a task of this run has failed")
