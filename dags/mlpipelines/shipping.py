"""All pipelines of a project -> the folder of records that is deployed with them, so that nobody reads YAML there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlpipelines.batch import Progress, in_chunks
from mlpipelines.errors import InvalidPipeline, Problem, ProjectError
from mlpipelines.precompiled import Precompiled
from mlpipelines.project import Project
from mlpipelines.reading import read_bytes
from mlpipelines.store import Store


def compile_files(project: Project, folder: Path, progress: Progress) -> list[Problem]:
    """Fill the folder with the records of the project as it is now, and nothing else; returns all errors, sorted.

    Raises ProjectError when the folder cannot be written, or the project was changed meanwhile.
    """
    store = Store(folder)
    precompiled = Precompiled(project, [store])
    files = project.files()
    twins = project.twins(files, files)
    problems = [*precompiled.common_problems(), *twins.values()]
    precompiled.keep()
    keys, done = {precompiled.common_key}, 0
    single = [file for file in files if file not in twins]
    for count, (found, kept) in in_chunks(project, single, lambda chunk: _compile(precompiled, chunk)):
        problems += found
        keys |= kept
        done += count
        progress(done)
    if not precompiled.fingerprint.holds(project):
        raise ProjectError("the project was changed while it was compiled; compile it again")
    if lacking := [key for key in keys if store.get(key) is None]:
        raise ProjectError(f"{len(lacking)} of {len(keys)} records could not be written to {folder}")
    store.retain(keys)
    return sorted(dict.fromkeys(problems))


def _compile(precompiled: Precompiled, files: Sequence[Path]) -> tuple[list[Problem], set[str]]:
    """(what is wrong with the files, the keys of their records)"""
    problems: list[Problem] = []
    keys = set()
    for file in files:
        try:
            record = precompiled.record(file, read_bytes(file, precompiled.layout.name_of(file)))
        except InvalidPipeline as error:
            problems += error.problems
        else:
            problems += record.problems
            keys.add(record.key)
    precompiled.keep()
    return problems, keys
