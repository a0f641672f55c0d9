"""Large files that are written once and read once, without filling the system's file cache on their way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_STEP = 4 << 20
_BEHIND = 6 * _STEP
_MOST_PIECES = 1000  # of one call


class PassingFile:
    """A file to append to. Every few megabytes the system is told to write out what it has and to forget it.

    A worker has other work, whose files gigabytes of ours would push out of memory; and on virtual machines that get
    their memory page by page, fresh memory costs several times what a disk does. Where the disk is slower than we are,
    pages are not written yet when they could be forgotten, so they stay and are read from memory later.
    """

    def __init__(self, path: Path, forget: bool = True) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self.size = 0
        self._advised = 0
        self._forget = forget

    def __enter__(self) -> PassingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)

    def write(self, *arrays: Any) -> None:
        """Arrays, or anything else in memory, one after the other."""
        views = [memoryview(array).cast("B") for array in arrays if len(array)]
        while views:
            written = os.writev(self.descriptor, views[:_MOST_PIECES])
            self.size += written
            views = _rest(views, written)
        if self._forget and self.size - self._advised >= _STEP:
            self._advised = self.size
            start = max(0, self.size - _BEHIND)
            _forget(self.descriptor, start, self.size - start)

    def read(self, views: list[memoryview], where: int) -> None:
        """Fill all views from there on."""
        while views:
            count = os.preadv(self.descriptor, views, where)
            if not count:
                raise OSError("a temporary file was cut off while it was in use")
            where += count
            views = _rest(views, count)

    def expect_reading(self) -> None:
        """All of it will be read soon, in small pieces."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self.descriptor, 0, 0, os.POSIX_FADV_WILLNEED)


def _rest(views: list[memoryview], done: int) -> list[memoryview]:
    """What is left of them after so many bytes."""
    for number, view in enumerate(views):
        if done < len(view):
            return [view[done:], *views[number + 1 :]]
        done -= len(view)
    return []


def _forget(descriptor: int, start: int, size: int) -> None:
    if hasattr(os, "posix_fadvise"):  # not on macOS
        os.posix_fadvise(descriptor, start, size, os.POSIX_FADV_DONTNEED)
