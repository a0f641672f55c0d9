"""What a check of files has found, with all that reports say about it."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlpipelines.errors import Problem
from mlpipelines.reporting.sources import Sources
from mlpipelines.rules import Severity

_RANKS: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}


@dataclass(frozen=True)
class Outcome:
    """`files` are the names of those that were checked. `fail_on` is the least severity that is a failure."""

    problems: Sequence[Problem]
    files: Sequence[str]
    sources: Sources = field(default_factory=Sources)
    fail_on: Severity = "error"
    prefix: str = ""
    """What leads from the repository's root to the folder that the names of files are relative to."""

    def is_failure(self, problem: Problem) -> bool:
        return _RANKS[problem.severity] >= _RANKS[self.fail_on]

    @property
    def failed(self) -> bool:
        return any(map(self.is_failure, self.problems))

    def count(self, severity: Severity) -> int:
        return sum(problem.severity == severity for problem in self.problems)

    def in_repository(self, file: str) -> str:
        """A file's name as programs want it: relative to the repository's root, with slashes."""
        return posixpath.normpath(posixpath.join(self.prefix, Path(file).as_posix()))

    def summary(self) -> str:
        """One line: `3 files checked: 1 error, 2 warnings in 2 files`."""
        checked = f"{_counted(len(self.files), 'file')} checked"
        if not self.problems:
            return f"{checked}: no problems"
        severities: tuple[Severity, ...] = ("error", "warning", "info")
        counts = [_counted(count, severity) for severity in severities if (count := self.count(severity))]
        return f"{checked}: {', '.join(counts)} in {_counted(len({p.file for p in self.problems}), 'file')}"


def repository_prefix(root: Path) -> str:
    """What leads from the root of the repository that `root` lies in to it; empty when that is no repository."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return "" if folder == root else root.relative_to(folder).as_posix()
    return ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
