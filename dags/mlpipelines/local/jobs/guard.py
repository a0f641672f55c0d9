"""A job's command in, its exit status out, and no process left behind: `guard.py GRACE DIRECTORY COMMAND...`.

The guard runs between the server and a job's command, which it starts in a process group of its own. It ends that group
with SIGTERM, after GRACE seconds with SIGKILL, when it gets SIGTERM itself; and at once (one second) when the pipe on
its standard input closes. The kernel closes that pipe however the server dies, SIGKILL included; then nobody else is
left to clean up, so the guard removes DIRECTORY as well.

Limits: a process that leaves the group (`setsid`) escapes, and so does everything when the guard itself is killed by
SIGKILL. It is a separate program because a signal on parent death (prctl) exists on Linux only and needs code that runs
between fork and exec in a process full of threads.

Only the standard library, and little of it: it starts in some 10 ms.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys

ORPHAN_GRACE = 1.0


def main(grace: float, directory: str, command: list[str]) -> int:
    child = 0

    def end_child(seconds: float) -> None:
        if child:
            _signal_group(child, signal.SIGTERM)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    wakeup = _wakeup()
    # Handlers, not SIG_IGN: an ignored signal stays ignored in the child, a handled one does not.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: end_child(grace))
    signal.signal(signal.SIGALRM, lambda *_: _signal_group(child, signal.SIGKILL) if child else None)

    try:
        child = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setpgroup=0,
        )
    except OSError as error:
        print(f"cannot start {command[0]!r}: {error.strerror}", flush=True)
        return 127

    watched, orphaned = [wakeup, 0], False
    # WNOWAIT keeps the process id taken until the rest of its group is gone, so that no stranger is hit.
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        ready = select.select(watched, [], [])[0]
        if wakeup in ready:
            os.read(wakeup, 1024)
        if 0 in ready and not os.read(0, 1024):  # the server has gone, or wants this to end at once
            watched, orphaned = [wakeup], True
            end_child(ORPHAN_GRACE)
    signal.setitimer(signal.ITIMER_REAL, 0)
    _signal_group(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if orphaned and directory:
        _remove(directory)
    return status if status >= 0 else 128 - status


def _wakeup() -> int:
    """A descriptor that becomes readable with every signal: one that arrives just before a wait is not slept over."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; macOS says the second for a zombie
        os.killpg(group, number)


def _remove(directory: str) -> None:
    import shutil

    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2], sys.argv[3:]))
