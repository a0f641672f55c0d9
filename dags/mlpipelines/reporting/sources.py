"""A problem -> the line that it stands in, and where the value there ends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from mlpipelines.controls import LINE_BREAK
from mlpipelines.errors import Problem
from mlpipelines.reading import MAX_BYTES

#: Nobody looks for the end of a value in a line that is longer.
_LONGEST = 5000
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^']|'')*'")
_PLAIN = re.compile(r"(?:(?!:(?:\s|$)|\s#).)*")
_PLAIN_IN_FLOW = re.compile(r"(?:(?!:(?:[\s,\[\]{}]|$)|\s#|[,\[\]{}]).)*")
_REFERENCE = re.compile(r"[*&!][^\s,\[\]{}]*")


class Sources:
    """The lines of files, by the names that problems give them. What cannot be read has none."""

    def __init__(self, files: Mapping[str, Path] | None = None, folders: Sequence[Path] = ()) -> None:
        self._files, self._folders = files or {}, tuple(folders)
        self._lines = lru_cache(maxsize=8)(self._read)

    def line(self, problem: Problem) -> str | None:
        """The line that a problem stands in."""
        lines = self._lines(problem.file)
        return lines[problem.line - 1] if problem.line <= len(lines) else None

    def end(self, problem: Problem) -> int | None:
        """The column behind the value or key that a problem stands at, where that ends in the same line."""
        line = self.line(problem)
        end = value_end(line, problem.column - 1) if line and len(line) <= _LONGEST else None
        return None if end is None else end + 1

    def _read(self, name: str) -> list[str]:
        for path in [self._files[name]] if name in self._files else [folder / name for folder in self._folders]:
            try:
                if path.is_file() and path.stat().st_size <= MAX_BYTES:
                    return LINE_BREAK.split(path.read_bytes().decode("utf-8-sig", errors="replace"))
            except OSError:
                continue
        return []


def value_end(line: str, start: int) -> int | None:
    """Where the YAML that begins at `start` ends in its line; None when it does not, or nothing begins there."""
    first = line[start : start + 1]
    if not first.strip():
        return None
    if first in "[{":
        return _closing(line, start)
    if first in "\"'":
        found = _QUOTED.match(line, start)
        return found.end() if found else None
    if first in "*&!":
        pattern = _REFERENCE
    elif first in "|>":
        return start + 1
    else:
        pattern = _PLAIN_IN_FLOW if _is_in_flow(line, start) else _PLAIN
    found = pattern.match(line, start)
    end = start + len(found[0].rstrip()) if found else start
    return end if end > start else None


def _closing(line: str, start: int) -> int | None:
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for position, character in _structure(line, start):
        depth += 1 if character in "[{" else -1
        if depth == 0:
            return position + 1
    return None


def _is_in_flow(line: str, end: int) -> bool:
    return sum(1 if character in "[{" else -1 for _, character in _structure(line[:end], 0)) > 0


def _structure(line: str, start: int) -> list[tuple[int, str]]:
    """(position, bracket) of the brackets outside of quotes and of `{{ }}`'s own text."""
    found = []
    for token in re.finditer(r'(?<![^\s,\[{:])(?:"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\')|[\[\]{}]', line[start:]):
        if len(token[0]) == 1:
            found.append((start + token.start(), token[0]))
    return found
