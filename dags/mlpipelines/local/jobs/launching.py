"""A program that stands in for a container -> its process, in a directory that it sees as /opt/ml."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from mlpipelines.local.images import Program
from mlpipelines.local.jobs.opt_ml import OptMl
from mlpipelines.local.jobs.process import JobProcess
from mlpipelines.local.storage import Storage


@dataclass(frozen=True)
class Site:
    """What a job gets from the engine: where it works, what it reaches AWS with, how it is ended.

    `mounts`: its process sees its directory at /opt/ml. `no_capacity`: instance types that are never free.
    """

    storage: Storage
    logs: Any
    directory: Path
    environment: Mapping[str, str]
    stop_grace: float
    keep: bool
    mounts: bool = False
    no_capacity: frozenset[str] = frozenset()


def launch(
    site: Site,
    program: Program,
    command: str,
    environment: Mapping[str, str],
    directory: Path,
    write: Callable[[str], None],
) -> JobProcess:
    """The program as a process; `{opt_ml}` in it is filled in.

    All paths become the process's own: /opt/ml/... where it has a private mount, below `directory` where it has not.
    """
    place, at = OptMl(directory, site.mounts), program.directory or directory
    words = [*program.command, *((command,) if program.arguments is None else program.arguments)]
    given = {name: place.spelled(text) for name, text in environment.items()}
    own = {name: text.replace("{opt_ml}", place.root) for name, text in program.environment.items()}
    return JobProcess(
        place.command([place.spelled(word.replace("{opt_ml}", place.root)) for word in words], at),
        {**site.environment, "SAGEMAKER_BASE_DIR": place.root, **given, **own},
        at,
        write,
        site.stop_grace,
        None if site.keep else directory,
    )


def new_directory(wanted: Path) -> Path:
    """`wanted`, or with a number when it is there: kept from an earlier server, or a namesake of another region."""
    for number in count(1):
        directory = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        with contextlib.suppress(FileExistsError):
            directory.mkdir(parents=True)
            return directory
    raise AssertionError("unreachable")
