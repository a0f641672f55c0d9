"""What a person names -> Side: a commit, the working tree, a folder, or one file, as a project that can be compiled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mlpipelines.diff.git import commit_of, common_ancestor, top_folder, write_files
from mlpipelines.errors import PipelineError, ProjectError
from mlpipelines.layout import DEFAULTS, SETTINGS
from mlpipelines.project import Project

#: What a pipeline's DAG depends on.
PLACES = ("pipelines", "schemas", "templates", "dags/callables")
WORKING_TREE = "the working tree"


@dataclass(frozen=True)
class Side:
    """One of the two states. `only` is the one file that is compared; None: all of them."""

    label: str
    project: Project
    only: Path | None = None

    def files(self) -> list[Path]:
        """Every pipeline file, sorted; none where there is no such file."""
        if self.only is not None:
            return [self.only] if os.path.lexists(self.only) else []
        return [file for file in self.project.files() if file.name != DEFAULTS]


@contextmanager
def two_sides(named: list[str], here: Path) -> Iterator[tuple[Side, Side]]:
    """The sides that the arguments name: `A B`, `A..B`, `A...B` (from where they parted), `A` (and the working tree),
    or nothing (HEAD and the working tree). Raises PipelineError."""
    with TemporaryDirectory(prefix="mlpipelines-diff-") as folder:
        names = _names(named, here)
        old, new = (_side(name, here, Path(folder, part)) for name, part in zip(names, ("old", "new"), strict=True))
        yield _same_file(old, new)


def _names(named: list[str], here: Path) -> tuple[str, str | None]:
    """The two names; None is the working tree."""
    if len(named) == 2:
        return named[0], named[1]
    name = named[0] if named else "HEAD"
    if ".." in name and not os.path.lexists(here / name):
        old, dots, new = name.partition("..." if "..." in name else "..")
        old, new = old or "HEAD", new or "HEAD"
        if dots == "...":
            _require_repository(here, name)
            return common_ancestor(here, old, new), new
        return old, new
    return name, None


def _side(name: str | None, here: Path, folder: Path) -> Side:
    if name is None:
        return Side(WORKING_TREE, Project.at(_root(here)))
    commit = commit_of(here, name) if name else None
    if commit:
        return _committed(name, commit, here, folder)
    path = here / name
    if not os.path.lexists(path):
        _require_repository(here, name)
        raise PipelineError(f"{name!r} is no branch, tag or commit that git knows here, and no file or folder")
    return _at_path(name, path)


def _committed(name: str, commit: str, here: Path, folder: Path) -> Side:
    folder.mkdir()
    write_files(_root(here), commit, (*PLACES, SETTINGS), folder)
    label = name if not commit.startswith(name) or len(name) < 12 else commit[:12]
    return Side(label, Project.at(folder))


def _at_path(name: str, path: Path) -> Side:
    """A folder with `pipelines/` in it, any other folder of pipelines, or a file."""
    path = Path(os.path.abspath(path))
    if not path.is_dir():
        return Side(name, _project_of(path), only=path)
    if (path / "pipelines").is_dir():
        return Side(name, Project.at(path))
    return Side(name, replace(_project_of(path), pipelines=path))


def _project_of(path: Path) -> Project:
    try:
        return Project.find(path)
    except ProjectError:
        return Project.at(path if path.is_dir() else path.parent)


def _root(here: Path) -> Path:
    """The project's folder; for one without pipelines, which may have lost its last, the repository's."""
    try:
        return Project.find(here).root
    except ProjectError:
        top = top_folder(here)
        if top is None:
            raise
        return top


def _same_file(old: Side, new: Side) -> tuple[Side, Side]:
    """A file against a commit or the working tree: the same file there."""
    if (old.only is None) == (new.only is None):
        return old, new
    one, other = (old, new) if old.only else (new, old)
    assert one.only is not None
    if not one.only.is_relative_to(one.project.root):
        raise PipelineError(f"{one.label} lies in no project; compare it with another file")
    there = replace(other, only=other.project.root / one.only.relative_to(one.project.root))
    return (one, there) if old.only else (there, one)


def _require_repository(here: Path, name: str) -> None:
    if top_folder(here) is None:
        reason = f"there is no file or folder {name!r}, and this is no git repository"
        raise PipelineError(f"{reason}: name two files or folders to compare")
