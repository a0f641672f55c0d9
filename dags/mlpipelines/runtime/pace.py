"""Bytes and seconds of a transfer -> Transient when it goes so slowly that it counts as hanging."""

from __future__ import annotations

import math

_MIN_RATE = 1024  # bytes per second over a whole time-out: less than that is a hang that drips


class Transient(Exception):
    """Worth another try, after `wait` seconds if the server said so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Pace:
    """Until `answered`, one time-out (in seconds) is all there is; from then on each must bring some bytes."""

    def __init__(self, timeout: float, answered: bool = False) -> None:
        self._timeout = timeout
        self._least = _MIN_RATE * timeout if answered else math.inf
        self._received, self._waited = 0, 0.0

    def answered(self) -> None:
        self._least = _MIN_RATE * self._timeout
        self._received, self._waited = 0, 0.0

    def add(self, received: int, waited: float) -> None:
        self._received += received
        self._waited += waited
        if self._waited < self._timeout:
            return
        if self._least == math.inf:
            raise Transient(f"no answer within {self._timeout:g} s")
        if self._received < self._least:
            raise Transient(f"the transfer hangs ({self._received} bytes in {self._waited:.0f} s)")
        self._received, self._waited = 0, 0.0
