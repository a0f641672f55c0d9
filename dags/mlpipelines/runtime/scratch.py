"""A folder for a task's temporary files, removed with what it holds; those of tasks that were killed by the next task.

It lies where TMPDIR says. A task that is killed (it had no memory, its time was over, a user marked it while it worked)
removes nothing, and what is prepared is large: on a worker that lives long it would fill the disk. A lock says which
folders are in use: the system lets go of it when its process ends, however that happens.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlpipelines.errors import StepError

log = logging.getLogger(__name__)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Raises StepError when nothing is writable."""
    try:
        place = tempfile.gettempdir()
    except FileNotFoundError as error:
        message = "there is no place for temporary files; mount something writable at /tmp, or let TMPDIR name a folder"
        raise StepError(message) from error
    _remove_abandoned(place)
    folder, lock = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _locked_folder() -> tuple[Path, int | None]:
    """A new folder and its lock; None where the file system has no locks, so that nobody takes it for abandoned."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix()))
        try:
            lock = _lock(folder)
        except (BlockingIOError, FileNotFoundError):
            continue  # another task has seen it before it was locked, and removes it
        except OSError:
            return folder, None
        if folder.is_dir():
            return folder, lock
        os.close(lock)


def _prefix() -> str:
    """With the machine's name: on a disk that machines share, a lock may be seen by its own machine alone."""
    return f"mlpipelines-task-{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]}-"


def _remove_abandoned(place: str) -> None:
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(_prefix()) and entry.is_dir(follow_symlinks=False):
                _remove_if_abandoned(Path(entry.path))


def _remove_if_abandoned(folder: Path) -> None:
    """Others' folders are left alone."""
    try:
        lock = _lock(folder)
    except OSError:
        return
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            log.info("Removing %s, which a task that was killed has left", folder)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _lock(folder: Path) -> int:
    """Raises OSError when somebody else has the lock, or when there are no locks."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
