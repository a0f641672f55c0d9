"""Plain records by kind, scope and name, in memory and, when there is a directory, in one file each.

A file is written beside its place and then moved there, so that whoever kills the server finds the old record or the
new one, never half of one. A scope is account and region, as "123456789012:us-east-1".
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import threading
from pathlib import Path
from typing import Any

Record = dict[str, Any]
log = logging.getLogger("mlpipelines.local")


class Records:
    """Hold `lock` over a look and the change that depends on it."""

    def __init__(self, directory: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._directory = directory
        self._records: dict[tuple[str, str, str], Record] = {}
        if directory:
            directory.mkdir(parents=True, exist_ok=True)
            for file in directory.glob("*.json"):
                self._load(file)
            made = sorted(self._records.items(), key=lambda item: item[1].get("CreationTime", 0))
            self._records = dict(made)

    @property
    def kept(self) -> bool:
        """Whether there is a directory."""
        return self._directory is not None

    def put(self, kind: str, scope: str, name: str, record: Record) -> None:
        with self.lock:
            self._records[kind, scope, name] = copy.deepcopy(record)
            if self._directory:
                content = {"kind": kind, "scope": scope, "name": name, "record": record}
                write_atomically(self._file(kind, scope, name), json.dumps(content).encode())

    def get(self, kind: str, scope: str, name: str) -> Record | None:
        with self.lock:
            return copy.deepcopy(self._records.get((kind, scope, name)))

    def remove(self, kind: str, scope: str, name: str) -> bool:
        """Whether it was there."""
        with self.lock:
            if self._records.pop((kind, scope, name), None) is None:
                return False
            if self._directory:
                self._file(kind, scope, name).unlink(missing_ok=True)
            return True

    def all(self, kind: str, scope: str) -> list[Record]:
        """In the order in which they were made."""
        with self.lock:
            found = [record for (what, where, _), record in self._records.items() if (what, where) == (kind, scope)]
            return copy.deepcopy(found)

    def items(self, kind: str) -> list[tuple[str, str, Record]]:
        """(scope, name, record) of every scope."""
        with self.lock:
            return [(where, name, copy.deepcopy(r)) for (what, where, name), r in self._records.items() if what == kind]

    def of_arn(self, scope: str, arn: str) -> list[Record]:
        """The record that has this ARN, if there is one."""
        with self.lock:
            return [copy.deepcopy(self._records[key]) for key in self._with_arn(scope, arn)]

    def set_member(self, scope: str, arn: str, member: str, value: Any) -> None:
        with self.lock:
            for kind, where, name in self._with_arn(scope, arn):
                self.put(kind, where, name, {**self._records[kind, where, name], member: value})

    def _with_arn(self, scope: str, arn: str) -> list[tuple[str, str, str]]:
        return [key for key, record in self._records.items() if key[1] == scope and _own_arn(key[0], record) == arn]

    def close(self) -> None:
        """Nothing is written from now on."""
        with self.lock:
            self._directory = None

    def _load(self, file: Path) -> None:
        try:
            content = json.loads(file.read_bytes())
            self._records[content["kind"], content["scope"], content["name"]] = content["record"]
        except (ValueError, LookupError, TypeError):
            log.warning("%s is damaged and left out", file)

    def _file(self, kind: str, scope: str, name: str) -> Path:
        assert self._directory
        digest = hashlib.sha256(f"{scope}/{name}".encode()).hexdigest()[:24]
        return self._directory / f"{kind.replace(' ', '-')}-{digest}.json"


def _own_arn(kind: str, record: Record) -> Any:
    """A record of kind "model package" has its ARN as ModelPackageArn."""
    return record.get("".join(word.title() for word in kind.split()).replace("Configuration", "Config") + "Arn")


def write_atomically(file: Path, data: bytes) -> None:
    temporary = file.with_name(f".{file.name}.{threading.get_ident()}")
    temporary.write_bytes(data)
    temporary.replace(file)
