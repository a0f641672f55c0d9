"""All pipeline files of a project -> what became of each, with those again that were touched while they were read.

A push replaces many files, one after the other: in the midst of it some are gone, some are half there, and a template
belongs to pipelines that are still to come. Nothing of that is taken for the author's mistake.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.layout import Layout
from mlpipelines.reading import read_bytes

#: So often files are looked at: a push takes a moment, and who pushes all the time gets what is there.
_ROUNDS = 8
#: Seconds between the later rounds, doubled each time: the first two look at different things.
_PAUSE, _LONGEST_PAUSE = 0.02, 0.3
#: What was touched less than so many seconds ago may be one of many files, of which others follow.
_MOMENT = 0.3

Result = TypeVar("Result", covariant=True)
State = tuple[int, ...]


class Look(Protocol[Result]):
    """How one round sees the project."""

    def holds(self) -> bool:
        """Whether all that files have in common is as it was when the look began."""
        ...

    def touched(self) -> int:
        """When that was changed last, in nanoseconds."""
        ...

    def valid(self, file: Path, content: bytes) -> Result:
        """What becomes of a file. Raises InvalidPipeline."""
        ...

    def invalid(self, problems: tuple[Problem, ...]) -> Result: ...

    def end(self) -> None: ...


def settled(layout: Layout, begin: Callable[[], Look[Result]], wanted: str | None = None) -> dict[Path, Result]:
    """{file: what became of it} of all files, or of those with the wanted name."""
    results: dict[Path, Result] = {}
    before: Mapping[Path, State] = {}
    look: Look[Result] | None = None
    for turn in range(_ROUNDS):
        time.sleep(min(_PAUSE * 2**turn, _LONGEST_PAUSE) * (turn > 1))
        files = layout.files()
        now = {file: _state(file) for file in files if wanted in (None, file.stem)}
        if look is None or not look.holds():
            look, before = begin(), {}
        results = {file: result for file, result in results.items() if now.get(file) == before.get(file, ())}
        if results.keys() == now.keys() and (wanted or not _just_touched(layout, now, look.touched())):
            break
        twins = layout.twins([file for file in now if file not in results], files)
        try:
            for file in now.keys() - results.keys():
                results[file] = _one(layout, look, file, twins.get(file), now[file])
        finally:  # Airflow may end us when it takes too long: the next time there is less to do
            look.end()
        before = now
    return {file: results[file] for file in sorted(results)}


def _one(layout: Layout, look: Look[Result], file: Path, twin: Problem | None, state: State) -> Result:
    if twin:
        return look.invalid((twin,))
    name = layout.name_of(file)
    if state and not (stat.S_ISREG(state[0]) or stat.S_ISDIR(state[0])):
        return look.invalid((Problem(name, 1, 1, "YM21", "this is neither a file nor a folder"),))
    try:
        return look.valid(file, read_bytes(file, name))
    except InvalidPipeline as error:
        return look.invalid(error.problems)


def _just_touched(layout: Layout, files: Mapping[Path, State], common: int) -> bool:
    """Whether a push may be under way: a file has come, gone or changed a moment ago. Clocks that differ say no."""
    folders = (_state(folder) for folder in {layout.pipelines, *(file.parent for file in files)})
    last = max((state[1] for state in (*files.values(), *folders) if state), default=0)
    return 0 <= time.time() - max(last, common) / 1e9 < _MOMENT


def _state(file: Path) -> State:
    """Another one when the file is touched; empty when there is nothing."""
    try:
        found = os.stat(file)
    except OSError:
        return ()
    return (found.st_mode, found.st_mtime_ns, found.st_size, found.st_ino)
