"""Processes of a home: started detached, known again whoever has started them, ended for certain."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence

import psutil  # type: ignore[import-untyped]

from mlpipelines.local.up.home import Home, Part
from mlpipelines.local.up.settings import MARK

Process = psutil.Process
#: Seconds between SIGTERM and SIGKILL.
PATIENCE = 10.0


def start(home: Home, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Part:
    """A process in a session of its own, so that no terminal ends it; what it prints goes to its log."""
    with home.log(name).open("wb") as log:
        process = subprocess.Popen(
            command, env=dict(environment), cwd=home.folder, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    process.returncode = 0  # it is meant to outlive this object, which would complain
    return Part(name, process.pid, psutil.Process(process.pid).create_time())


def lives(home: Home, part: Part) -> psutil.Process | None:
    """The part's process, if it is still that: its number may have gone to another one meanwhile."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(part.pid)
        if _is_alive(process) and _belongs(process, home, part.started):
            return process
    return None


def all_of(home: Home) -> list[psutil.Process]:
    """Everything that runs and was started, by whatever process, in the home: tasks and what they have started too."""
    this = psutil.Process()
    spared = {this.pid, *(parent.pid for parent in this.parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            mine = process.pid not in spared and process.uids().real == os.getuid() and _is_alive(process)
            if mine and process.environ().get(MARK) == str(home.folder):
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process], patience: float = PATIENCE) -> None:
    """Kindly, then not."""
    left = list(processes)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    left = _await_end(left, patience)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _await_end(left, 5.0)


def tree(process: psutil.Process) -> list[psutil.Process]:
    """The process and all its descendants."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return [process]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_end(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that are still there."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if _is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _is_alive(process: psutil.Process) -> bool:
    """A zombie is none: whoever has started it may never look."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _belongs(process: psutil.Process, home: Home, started: float) -> bool:
    """By its mark: a record may be that of a copied project. By its start where no mark is shown: some systems do not,
    and none does of a process that is just beginning."""
    with contextlib.suppress(psutil.AccessDenied):
        environment = process.environ()
        if environment:
            return bool(environment.get(MARK) == str(home.folder))
    return bool(abs(process.create_time() - started) < 1)
