"""Asynchronous invocations: requests that wait for their turn, each of which ends as an object in S3."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

#: Invocations of one endpoint at the same time, unless MaxConcurrentInvocationsPerInstance says otherwise.
CONCURRENCY = 4


class AsyncInference:
    """One queue for each endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._pools: dict[tuple[str, int], ThreadPoolExecutor] = {}

    def submit(self, endpoint: str, concurrency: int | None, work: Callable[[], None]) -> None:
        workers = min(concurrency or CONCURRENCY, 32)
        with self._lock:
            if self._closed:
                return
            if (endpoint, workers) not in self._pools:
                self._pools[endpoint, workers] = ThreadPoolExecutor(workers, thread_name_prefix="async")
            self._pools[endpoint, workers].submit(work)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            pools = list(self._pools.values())
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
