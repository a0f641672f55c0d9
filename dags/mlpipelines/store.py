"""A folder of small JSON records by key. It may be shared, read-only, full of garbage, or not there at all.

A record is one file: a line with a checksum, then the JSON. It appears under its name at once and whole, and whatever
is not exactly what `put` has written is taken for not there. Nothing here raises because of what the folder is like.

Who can write to the folder decides what DAGs do: a folder that everybody can write to is not used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import stat
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_HEAD = b"mlpipelines 1 "
_ENDING = ".json"
#: Names of records, half-written ones among them: other files in the folder are somebody else's.
_OURS = re.compile(r"[0-9a-f]{64}\.json(\.\d+\.\d+\.json\.new)?")
_LARGEST = 64 * 1024 * 1024
_DAY = 24 * 60 * 60
#: Records that nobody has read for so long are removed when there are new ones.
_UNUSED = 14 * _DAY
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Store:
    """The records of one folder."""

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        self.folder = str(folder)
        self._usable = _is_ours(self.folder)
        self._writable = writable and self._usable
        self._written = 0

    def has(self, key: str) -> bool:
        """Whether something lies where the record would."""
        return self._usable and os.path.exists(self._path(key))

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of this key, if there is one."""
        if not self._usable:
            return None
        try:
            content = self._read(self._path(key))
            head, _, body = content.partition(b"\n")
            if head != _HEAD + _checksum(body):
                return None
            record = json.loads(body)
        except (OSError, ValueError, RecursionError, MemoryError):
            return None
        value = record.get("value") if isinstance(record, dict) and record.get("key") == key else None
        return value if isinstance(value, dict) else None

    def put(self, key: str, value: str) -> bool:
        """Keep a record, a JSON object as text; whether that worked. When not, it is said once and not tried again."""
        if not self._writable:
            return False
        body = f'{{"key":{json.dumps(key)},"value":{value}}}'.encode()
        try:
            self._write(self._path(key), _HEAD + _checksum(body) + b"\n" + body)
        except IsADirectoryError:  # somebody's garbage under this one name
            return False
        except OSError as error:
            self._writable = False
            log.warning("The folder of compiled pipelines cannot be written: %s", error)
            return False
        self._written += 1
        return True

    def tidy(self) -> None:
        """Remove what has not been used for two weeks, if there was anything new."""
        if not self._written:
            return
        self._written, oldest = 0, time.time() - _UNUSED
        for entry in self._entries():
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_mtime < oldest:
                    os.unlink(entry.path)

    def retain(self, keys: Collection[str]) -> None:
        """Remove all records but these."""
        names = {key + _ENDING for key in keys}
        for entry in self._entries():
            if entry.name not in names:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, key + _ENDING)

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        """The files that have been written here, half-written ones among them."""
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    yield entry

    def _read(self, path: str) -> bytes:
        descriptor = os.open(path, _FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return b""
            if self._writable and abs(time.time() - status.st_mtime) > _DAY:
                with contextlib.suppress(OSError):
                    os.utime(path)  # it is still in use
            return os.read(descriptor, status.st_size)
        finally:
            os.close(descriptor)

    def _write(self, path: str, content: bytes) -> None:
        os.makedirs(self.folder, exist_ok=True)
        new = f"{path}.{os.getpid()}.{time.monotonic_ns()}{_ENDING}.new"
        try:
            with open(new, "xb") as file:
                file.write(content)
            os.replace(new, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(new)
            raise


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def _is_ours(folder: str) -> bool:
    """Whether not everybody can write there. What does not exist will be ours."""
    try:
        open_to_all = os.stat(folder).st_mode & stat.S_IWOTH
    except OSError:
        return True
    if open_to_all:
        log.warning("The cache of compiled pipelines is not used: everybody can write to %s.", folder)
    return not open_to_all
