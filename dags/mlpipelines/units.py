"""Durations and sizes as authors write them (`100m`, `10GB`) -> seconds and bytes."""

from __future__ import annotations

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"MB": 1000**2, "GB": 1000**3, "TB": 1000**4}

#: SageMaker needs time before and after the part of a job that `max_runtime` counts (machines, images, uploads).
OVERHEAD_SECONDS = 3600
#: The longest that SageMaker lets a job run: 28 days.
LONGEST_SECONDS = 28 * 86400


def seconds(duration: str) -> int:
    """`100m` -> 6000."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def size(text: str) -> int:
    """`10GB` -> 10_000_000_000."""
    return int(text[:-2]) * _BYTES[text[-2:]]


def polls(max_runtime: str, poll_interval: str) -> int:
    """How many polls cover the longest that a job may take, its overhead included."""
    return polls_for(seconds(max_runtime), seconds(poll_interval))


def polls_for(runtime: int, interval: int) -> int:
    """The same with both in seconds."""
    return -(-(runtime + OVERHEAD_SECONDS) // interval)
