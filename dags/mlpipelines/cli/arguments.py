"""What commands have in common: exit statuses, and the project, files and pairs that their arguments name."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpipelines.project import Project

FINE, PROBLEMS, WRONG_USAGE = 0, 1, 2


def find_project(start: Path) -> Project:
    """The project of a file: the one it lies in, else the one of the current folder, else its own folder alone.

    Raises ProjectError when its settings are wrong.
    """
    from mlpipelines.errors import ProjectError

    project = project_at(start)
    if project.policy.mistakes:
        raise ProjectError("\n".join(map(str, project.policy.mistakes)))
    return project


def project_at(start: Path) -> Project:
    """The same, whatever its settings are like."""
    from mlpipelines.errors import ProjectError
    from mlpipelines.project import Project

    for place in (start, Path.cwd()):
        try:
            return Project.find(place)
        except ProjectError:
            continue
    return Project.at(Path.cwd())


def existing(file: Path) -> Path:
    if not os.path.lexists(file):
        print(f"mlpipelines: there is no file {file}", file=sys.stderr)
        sys.exit(WRONG_USAGE)
    return file


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    result = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            print(f"mlpipelines: {option} takes NAME=VALUE, not {text!r}", file=sys.stderr)
            sys.exit(WRONG_USAGE)
        result[name] = value
    return result
