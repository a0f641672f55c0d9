"""Durations and sizes, and how often a job is looked at before its task gives up."""

from __future__ import annotations

import pytest

from mlpipelines.units import polls, seconds, size


@pytest.mark.parametrize(("text", "value"), [("30s", 30), ("100m", 6000), ("6h", 21600), ("2d", 172800)])
def test_durations(text: str, value: int) -> None:
    assert seconds(text) == value


def test_sizes() -> None:
    assert (size("500MB"), size("10GB"), size("1TB")) == (500_000_000, 10_000_000_000, 10**12)


@pytest.mark.parametrize("max_runtime", ["1m", "100m", "24h", "28d"])
@pytest.mark.parametrize("poll_interval", ["1s", "30s", "7m"])
def test_a_task_waits_longer_than_its_job_may_run(max_runtime: str, poll_interval: str) -> None:
    """Left alone, the provider's trigger gives up after 60 x 30 s."""
    assert polls(max_runtime, poll_interval) * seconds(poll_interval) >= seconds(max_runtime) + 3600
