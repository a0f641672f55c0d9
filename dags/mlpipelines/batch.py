"""Many pipeline files -> what is found in them, on all cores when they are many."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.project import Project

#: Below this, starting processes costs more than it brings.
_MANY = 200
_CHUNK = 50

Found = TypeVar("Found")
Progress = Callable[[int], None]


def check_files(project: Project, files: Sequence[Path], progress: Progress) -> list[Problem]:
    """Every problem of the files and of the defaults, sorted; `progress` is told how many files are done."""
    problems = project.defaults_problems()
    duplicates = project.duplicates(files)
    for error in duplicates.values():
        problems += error.problems
    single = [file for file in files if file not in duplicates]
    done = 0
    for count, found in in_chunks(project, single, lambda chunk: _problems(project, chunk)):
        problems += found
        done += count
        progress(done)
    return sorted(dict.fromkeys(problems))


def in_chunks(
    project: Project, files: Sequence[Path], work: Callable[[Sequence[Path]], Found]
) -> Iterator[tuple[int, Found]]:
    """(number of files, what `work` gives for them) for chunk after chunk. It is called in other processes."""
    chunks = [files[start : start + _CHUNK] for start in range(0, len(files), _CHUNK)]
    workers = min(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, len(chunks)
    )
    if len(files) < _MANY or workers < 2 or "fork" not in multiprocessing.get_all_start_methods():
        for chunk in chunks:
            yield len(chunk), work(chunk)
        return
    project.warm()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), _adopt, (work,)) as pool:
        for chunk, found in zip(chunks, pool.map(_adopted, chunks), strict=True):
            yield len(chunk), found


_work: Callable[[Sequence[Path]], Any] | None = None


def _adopt(work: Callable[[Sequence[Path]], Any]) -> None:
    global _work
    _work = work


def _adopted(files: Sequence[Path]) -> Any:
    assert _work is not None
    return _work(files)


def _problems(project: Project, files: Sequence[Path]) -> list[Problem]:
    problems: list[Problem] = []
    for file in files:
        try:
            problems += project.compile(file).warnings
        except InvalidPipeline as error:
            problems += error.problems
        project.forget(file)
    return problems
