"""A job's command as a running process: its output goes line by line to a log, and it can be ended for certain."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

GUARD = Path(__file__).with_name("guard.py")
#: A longer line is logged in pieces: CloudWatch takes 256 KB an event.
MAX_LINE = 64 * 1024


class JobProcess:
    """`command`, under the guard (see guard.py). `directory` is removed by the guard should the server be killed."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        working_directory: Path,
        log: Callable[[str], None],
        grace: float,
        directory: Path | None,
    ) -> None:
        guarded = [sys.executable, "-I", "-S", str(GUARD), str(grace), str(directory or ""), *command]
        self._process = subprocess.Popen(
            guarded,
            env=dict(environment),
            cwd=working_directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is the server's affair
        )
        self._reader = threading.Thread(target=_copy_lines, args=(self._process.stdout, log), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit status (128 + n for signal n), or None while it still runs after `seconds`."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        # A process that escaped the guard may hold the output open: do not wait for it for ever.
        self._reader.join(2)
        self.end()
        return status if status >= 0 else 128 - status

    def terminate(self) -> None:
        """SIGTERM to everything that the command started, SIGKILL after the grace period."""
        if self._process.poll() is None:
            self._process.terminate()

    def end(self) -> None:
        """The same at once, with one second of grace."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()


def _copy_lines(stream: IO[bytes] | None, log: Callable[[str], None]) -> None:
    if stream is None:
        return
    with stream:
        while line := stream.readline(MAX_LINE):
            log(line.decode("utf-8", "replace").rstrip("\r\n"))
