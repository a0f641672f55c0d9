"""Waiting for the end of a server: a signal, or a word from another thread."""

from __future__ import annotations

import os
import signal


class Ending:
    """Made on the main thread, before what is to be ended begins.

    A signal wakes the waiting thread by a pipe. `threading.Event.wait` would sleep on where the system hands a signal
    to another thread than the main one, and its lock may be held when the handler wants it.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)

    def now(self) -> None:
        os.write(self._write, b"\0")

    def wait(self) -> None:
        os.read(self._read, 1)
