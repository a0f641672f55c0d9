"""All pipeline files of a project -> what became of each, with those again that were touched while they were read.

A push replaces many files, one after the other: in the midst of it some are gone, some are half there, and a template
belongs to pipelines that are still to come. Nothing of that is taken for the author's mistake.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from mlpipelines.errors import InvalidPipeline, Problem, ProjectError
from mlpipelines.layout import Layout
from mlpipelines.reading import read_bytes

#: So often files are looked at: a push takes a moment, and who pushes all the time gets what is there.
_ROUNDS = 8
#: Seconds between the later rounds, doubled each time: the first two look at different things.
_PAUSE, _LONGEST_PAUSE = 0.02, 0.3
#: After so many rounds a project that cannot be used is taken for what was meant.
_PATIENCE = 3
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

    def has(self, file: Path, content: bytes) -> bool:
        """Whether it is known already what becomes of a file."""
        ...

    def late(self, file: Path) -> Result:
        """There was no time for this file."""
        ...

    def valid(self, file: Path, content: bytes) -> Result:
        """What becomes of a file. Raises InvalidPipeline."""
        ...

    def invalid(self, problems: tuple[Problem, ...]) -> Result: ...

    def end(self) -> None: ...


def settled(
    layout: Layout,
    begin: Callable[[], Look[Result]],
    wanted: str | None = None,
    *,
    is_over: Callable[[], bool] = lambda: False,
    backwards: bool = False,
) -> dict[Path, Result]:
    """{file: what became of it} of all files, or of those with the wanted name.

    When the time is over, the rest is late: what takes longest comes last. Who goes backwards shares the work with
    another process that goes forwards.
    """
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
        todo = sorted(now.keys() - results.keys(), reverse=backwards)
        one = partial(_one, layout, look, layout.twins(todo, files), now)
        try:
            results |= _looked_at(todo, look, one, is_over)
        except ProjectError:  # schemas and templates are pushed one after the other as well
            if turn >= _PATIENCE or is_over():
                raise
        finally:  # Airflow may end us when it takes too long: the next time there is less to do
            look.end()
        before = now
        if is_over():
            break
    return {file: results[file] for file in sorted(results)}


def _looked_at(
    todo: Iterable[Path], look: Look[Result], one: Callable[[Path, bool], Result | None], is_over: Callable[[], bool]
) -> dict[Path, Result]:
    """{file: what became of it}: first of those that are compiled already, then of the others."""
    results: dict[Path, Result] = {}
    for ready in (True, False):
        for file in [file for file in todo if file not in results]:
            result = look.late(file) if is_over() else one(file, ready)
            if result is not None:
                results[file] = result
    return results


def _one(
    layout: Layout,
    look: Look[Result],
    twins: Mapping[Path, Problem],
    states: Mapping[Path, State],
    file: Path,
    ready: bool,
) -> Result | None:
    """What became of a file; nothing when it is not, and was to be, ready."""
    if file in twins:
        return look.invalid((twins[file],))
    name, state = layout.name_of(file), states[file]
    if state and not (stat.S_ISREG(state[0]) or stat.S_ISDIR(state[0])):
        return look.invalid((Problem(name, 1, 1, "YM21", "this is neither a file nor a folder"),))
    try:
        content = read_bytes(file, name)
        return None if ready and not look.has(file, content) else look.valid(file, content)
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
