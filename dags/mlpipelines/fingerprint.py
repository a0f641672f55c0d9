"""Everything but the pipeline files that decides what they become -> one digest of its content."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlpipelines.layout import DEFAULTS, PACKAGE, SETTINGS, Layout

#: Folders of the package whose code takes no part in what a pipeline becomes.
_ELSEWHERE = frozenset("cli diff graph local reporting scaffold".split())
_ENDINGS = (".py", ".json", ".j2", ".yaml")

State = tuple[str, int, int, int]
"""(path, modified in ns, bytes, number of the file)"""


@dataclass(frozen=True)
class Fingerprint:
    """What the defaults, the settings, schemas, templates, callables and the package itself contain.

    By content, so that another machine's copy of the same project has the same digest.
    """

    digest: str
    states: tuple[State, ...]

    @classmethod
    def of(cls, layout: Layout) -> Fingerprint:
        states = tuple(_states(layout))
        digest = hashlib.blake2b(digest_size=32)
        for name, path in _files(layout):
            content = _content(path)
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return cls(digest.hexdigest(), states)

    def holds(self, layout: Layout) -> bool:
        """Whether nothing has been touched since before it was read."""
        return self.states == tuple(_states(layout))

    def touched(self) -> int:
        """When the last of it was changed, in nanoseconds."""
        return max((modified for _, modified, _, _ in self.states), default=0)

    def key(self, name: str, content: bytes) -> str:
        """Names what a pipeline file of this name and content becomes."""
        digest = hashlib.blake2b(f"{self.digest}\0{name}\0".encode(), digest_size=32)
        digest.update(content)
        return digest.hexdigest()


def _states(layout: Layout) -> Iterator[State]:
    for _, path in _files(layout):
        try:
            found = os.stat(path)
        except OSError:
            continue
        yield path, found.st_mtime_ns, found.st_size, found.st_ino


def _files(layout: Layout) -> Iterator[tuple[str, str]]:
    """(name that is the same wherever the project lies, path), in order."""
    folders = {
        "package": PACKAGE,
        "schemas": layout.schemas,
        "templates": layout.templates,
        "callables": layout.callables,
    }
    for label, folder in folders.items():
        for path in sorted(_below(folder)):
            yield f"{label}{path.removeprefix(str(folder))}".replace(os.sep, "/"), path
    yield DEFAULTS, str(layout.pipelines / DEFAULTS)
    yield SETTINGS, str(layout.root / SETTINGS)


def _below(top: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        if folder == str(PACKAGE):
            folders[:] = [name for name in folders if name not in _ELSEWHERE and not name.startswith("_")]
        yield from (os.path.join(folder, name) for name in names if name.endswith(_ENDINGS))


def _content(path: str) -> bytes:
    """What is not there is as good as empty; what cannot be read is told by whoever needs it."""
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return b""


def _open_at_once(path: str, flags: int) -> int:
    """A pipe that is named like a template is not waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
