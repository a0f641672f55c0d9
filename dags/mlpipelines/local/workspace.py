"""The temporary directory of a server: marked as in use while it lives, and cleared away for one that was killed."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PREFIX = "mlpipelines-local-"
LOCK = ".lock"
#: A directory without a lock may belong to a server that starts right now, for so many seconds.
STARTING = 60.0


def make_workspace() -> tuple[Path, Callable[[], None]]:
    """A new directory, and what removes it again."""
    _remove_stale()
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = (root / LOCK).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)

    def remove() -> None:
        lock.close()
        shutil.rmtree(root, ignore_errors=True)

    return root, remove


def _remove_stale() -> None:
    """The kernel drops the lock of a process however it ends."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        try:
            if time.time() - lock.stat().st_mtime < STARTING:
                continue
            with lock.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:  # locked by its server, or another user's
            continue
