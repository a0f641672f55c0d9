"""Layout: where the folders of a project are, and which files in them are pipelines. Reads no file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from mlpipelines.errors import Problem, ProjectError

PACKAGE = Path(__file__).parent
DEFAULTS = "defaults.yaml"
SETTINGS = "pyproject.toml"
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Layout:
    """The folders of a project. `root` is what problems name their files relative to."""

    root: Path
    pipelines: Path
    schemas: Path
    templates: Path
    callables: Path

    @classmethod
    def at(cls, root: Path) -> Self:
        """The project in `root`; schemas and templates are the package's own when it has none. Raises ProjectError."""
        return cls(
            root=root,
            pipelines=root / "pipelines",
            schemas=_own_or_packaged(root, "schemas", "document.json"),
            templates=_own_or_packaged(root, "templates", "pipeline.yaml.j2"),
            callables=(root / "dags" if (root / "dags").is_dir() else root) / "callables",
        )

    @classmethod
    def find(cls, start: Path) -> Self:
        """The project that `start` belongs to: the nearest folder above it with `pipelines/`. Raises ProjectError."""
        start = Path(os.path.abspath(start))
        for folder in (start, *start.parents):
            if (folder / "pipelines").is_dir():
                return cls.at(folder)
        raise ProjectError(f"no folder `pipelines` in {start} or above it")

    @classmethod
    def of_dag_folder(cls, folder: Path) -> Self:
        """The project whose DAG files lie in `folder`: `pipelines/` stands beside it, or in it. Raises ProjectError."""
        folder = Path(os.path.abspath(folder))
        for root in (folder.parent, folder):
            if (root / "pipelines").is_dir():
                return replace(cls.at(root), callables=folder / "callables")
        raise ProjectError(f"no folder `pipelines` beside {folder} or in it")

    def files(self) -> list[Path]:
        """Every pipeline file, sorted. Folders and links to nowhere that are named like one are among them."""
        found: list[str] = []
        top = str(self.pipelines)
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in [*names, *folders]:
                misplaced = name == DEFAULTS and folder != top
                if misplaced or (name != DEFAULTS and _is_pipeline(name, is_folder=name in folders)):
                    found.append(os.path.join(folder, name))
        return sorted(map(Path, found))

    def name_of(self, file: Path) -> str:
        """How problems call a file: relative to the project where it lies in it."""
        path = os.path.abspath(file)
        return path.removeprefix(f"{self.root}{os.sep}") if path.startswith(f"{self.root}{os.sep}") else str(file)

    def code_root(self, file: Path) -> Path:
        """The folder that a pipeline's code must lie in: `pipelines/`, or for a file from elsewhere its own folder."""
        folder = Path(os.path.split(os.path.abspath(file))[0])
        return self.pipelines if folder.is_relative_to(self.pipelines) else folder

    def twins(self, files: Iterable[Path], others: Iterable[Path]) -> dict[Path, Problem]:
        """What is wrong with those of the files that share their name, and so their DAG id, with others."""
        files = [file for file in files if file.suffix in ENDINGS]  # what else is named has worse to say
        by_stem: dict[str, set[str]] = {}
        for file in (*others, *files):
            by_stem.setdefault(file.stem, set()).add(os.path.abspath(file))
        result = {}
        for file in files:
            if len(by_stem[file.stem]) > 1:
                same = sorted(self.name_of(Path(path)) for path in by_stem[file.stem] - {os.path.abspath(file)})
                message = f"another file has the name {file.stem!r} too: {', '.join(same)}"
                result[file] = Problem(self.name_of(file), 1, 1, "PL110", message, "rename one of them")
        return result


def _own_or_packaged(root: Path, name: str, marker: str) -> Path:
    """The folder that holds `marker`: other projects have folders of these names too."""
    for folder in (root / name, PACKAGE.parent.parent / name, PACKAGE.parent / name, PACKAGE / "_project" / name):
        if (folder / marker).is_file():
            return folder
    raise ProjectError(f"no folder {name!r} in {root} and none in the package")


def _is_pipeline(name: str, *, is_folder: bool) -> bool:
    """Whether a name is that of a pipeline file, in capitals too; a folder must be written like one exactly."""
    return (name if is_folder else name.lower()).endswith(ENDINGS) and not name.startswith(".")
