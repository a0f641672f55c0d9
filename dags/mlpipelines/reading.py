"""A pipeline file -> its bytes, within bounds; why there are none is a problem like any other."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from mlpipelines.errors import InvalidPipeline, Problem

MAX_BYTES = 1024 * 1024


def read_bytes(path: Path, name: str) -> bytes:
    """The content of the file, called `name` in problems. Raises InvalidPipeline when there is none to be had."""
    try:
        return _content(path, name)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "a link to nowhere" if missing and path.is_symlink() else (error.strerror or str(error)).lower()
        raise _refused(name, "YM21", f"cannot read this file: {reason}") from None


def _content(path: Path, name: str) -> bytes:
    """The bytes of the file, with few calls of the system: each costs as much as parsing ten lines."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise _refused(name, "YM21", "this is a directory, not a file")
        if status.st_size > MAX_BYTES:
            message = f"the file has {status.st_size:,} bytes; a pipeline may have {MAX_BYTES:,}"
            raise _refused(name, "YM20", message)
        content = os.read(descriptor, status.st_size if stat.S_ISREG(status.st_mode) else MAX_BYTES)
        while not stat.S_ISREG(status.st_mode) and (more := os.read(descriptor, MAX_BYTES)):
            content += more  # a pipe gives it piece by piece
    finally:
        os.close(descriptor)
    return content


def _refused(name: str, code: str, message: str) -> InvalidPipeline:
    return InvalidPipeline([Problem(name, 1, 1, code, message)])
