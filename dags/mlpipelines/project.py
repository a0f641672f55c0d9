"""Project: where things are, and the way from a pipeline file to its dag-factory configuration."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from mlpipelines.assembly import ASSEMBLED, step_files
from mlpipelines.checks import DOCUMENT_CHECKS, STEP_CHECKS, Subject
from mlpipelines.checks.requests import refused_requests
from mlpipelines.document import Document, parse_document, read_document, read_text
from mlpipelines.errors import InvalidPipeline, PipelineError, Problem, ProjectError
from mlpipelines.model import Layer, Pipeline, build_pipeline
from mlpipelines.references import find_references
from mlpipelines.render import Request, make_environment, render_pipeline
from mlpipelines.schema import SchemaChecker
from mlpipelines.step_types import Schema, load_schema
from mlpipelines.variables import expand_variables

PACKAGE = Path(__file__).parent
DEFAULTS = "defaults.yaml"
ENDINGS = (".yaml", ".yml")
#: How many problems one check reports of one file: nobody mends more at once.
MAX_PROBLEMS = 100


@dataclass(frozen=True)
class Compiled:
    """What a valid pipeline file becomes."""

    pipeline: Pipeline
    config: dict[str, Any]
    """dag-factory's configuration of the DAG."""
    requests: list[Request]
    warnings: list[Problem]


@dataclass(frozen=True)
class Project:
    """The folders of a project. `root` is what problems name their files relative to."""

    root: Path
    pipelines: Path
    schemas: Path
    templates: Path
    callables: Path
    _memo: dict[str, tuple[str, Compiled | tuple[Problem, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def at(cls, root: Path) -> Project:
        """The project in `root`; schemas and templates are the package's own when it has none."""
        return cls(
            root=root,
            pipelines=root / "pipelines",
            schemas=_own_or_packaged(root, "schemas"),
            templates=_own_or_packaged(root, "templates"),
            callables=root / "dags" / "callables",
        )

    @classmethod
    def find(cls, start: Path) -> Project:
        """The project that `start` belongs to: the nearest folder above it with `pipelines/`. Raises ProjectError."""
        start = Path(os.path.abspath(start))
        for folder in (start, *start.parents):
            if (folder / "pipelines").is_dir():
                return cls.at(folder)
        raise ProjectError(f"no folder `pipelines` in {start} or above it")

    @classmethod
    def of_package(cls) -> Project:
        """The project that this package lies in: what a deployed DAG folder uses."""
        for folder in (PACKAGE.parent.parent, PACKAGE.parent):
            if (folder / "pipelines").is_dir():
                return cls.at(folder)
        raise ProjectError(f"no folder `pipelines` beside {PACKAGE.parent}")

    def fingerprint(self) -> Hashable:
        """Changes when the defaults, a schema or a template does: everything but the pipelines themselves."""
        folders = (self.schemas, self.templates, self.callables)
        files = [self.pipelines / DEFAULTS, *(path for folder in folders for path in sorted(folder.rglob("*.*")))]
        stats = [(str(file), file.stat()) for file in files if file.is_file()]
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

    def files(self) -> list[Path]:
        """Every pipeline file, sorted. Folders and links to nowhere that are named like one are among them."""
        found: list[Path] = []
        for folder, folders, names in os.walk(self.pipelines):
            folders.sort()
            entries = [*names, *(name for name in folders if name.endswith(ENDINGS))]
            found += [Path(folder, name) for name in entries if _is_pipeline(name)]
        return sorted(found)

    def name_of(self, file: Path) -> str:
        """How problems call a file: relative to the project where it lies in it."""
        path = os.path.abspath(file)
        return os.path.relpath(path, self.root) if path.startswith(f"{self.root}{os.sep}") else str(file)

    def problems(self, file: Path) -> list[Problem]:
        """Every problem of one file, warnings among them, sorted."""
        try:
            return self.compile(file).warnings
        except InvalidPipeline as error:
            return list(error.problems)

    def compile(self, file: Path) -> Compiled:
        """Read, check and render one file. Raises InvalidPipeline with every problem found.

        The result is kept for as long as the file's text stays the same.
        """
        name = self.name_of(file)
        text = read_text(file, name)
        if name not in self._memo or self._memo[name][0] != text:
            self._memo[name] = (text, self._compile_safely(text, name, file.stem))
        result = self._memo[name][1]
        if isinstance(result, tuple):
            raise InvalidPipeline(result)
        return result

    def compile_all(self, files: Iterable[Path]) -> Iterator[tuple[Path, Compiled | InvalidPipeline]]:
        """(file, what it becomes or what is wrong with it). No file hides another."""
        files = list(files)
        duplicates = self.duplicates(files)
        for file in files:
            try:
                yield file, duplicates.get(file) or self.compile(file)
            except InvalidPipeline as error:
                yield file, error

    def duplicates(self, files: Iterable[Path]) -> dict[Path, InvalidPipeline]:
        """Files that share their name, and so their DAG id, with another one of the project."""
        by_stem: dict[str, list[Path]] = {}
        for file in {*self.files(), *files}:
            by_stem.setdefault(file.stem, []).append(file)
        result = {}
        for file in files:
            others = sorted(self.name_of(other) for other in by_stem[file.stem] if not _same(other, file))
            if others:
                message = f"another file has the name {file.stem!r} too: {', '.join(others)}"
                problem = Problem(self.name_of(file), 1, 1, "duplicate-name", message, "rename one of them")
                result[file] = InvalidPipeline([problem])
        return result

    def _compile_safely(self, text: str, name: str, stem: str) -> Compiled | tuple[Problem, ...]:
        """What a file becomes, or its problems. A defect of ours is one too: no file may take others with it."""
        try:
            return self._compile_afresh(parse_document(text, name), stem)
        except InvalidPipeline as error:
            return error.problems
        except PipelineError:
            raise
        except Exception as error:
            message = f"this file cannot be checked: {type(error).__name__}: {error}"
            return (Problem(name, 1, 1, "internal", message, "this is a defect of mlpipelines; please report it"),)

    def _compile_afresh(self, document: Document, stem: str) -> Compiled:
        document, found = expand_variables(document)
        subject = Subject(document, self.schema, self.defaults, self.callables, stem)
        found += islice(self._checker.problems(document), MAX_PROBLEMS)
        refused = {(problem.line, problem.column) for problem in found}
        for check in DOCUMENT_CHECKS:  # one place, one problem: what the schema says there comes first
            problems = islice(check(subject), MAX_PROBLEMS)
            found += [problem for problem in problems if (problem.line, problem.column) not in refused]
        _raise_errors(found)
        for check in STEP_CHECKS:
            found += islice(check(subject), MAX_PROBLEMS)
        _raise_errors(found)
        pipeline = build_pipeline(document, subject.merged)
        config, requests = render_pipeline(pipeline, self._environment, document)
        found += islice(refused_requests(subject, requests), MAX_PROBLEMS)
        _raise_errors(found)
        return Compiled(pipeline, config, requests, sorted(found))

    @cached_property
    def schema(self) -> Schema:
        """The assembled schema. Raises ProjectError when a step type was added and it was not assembled again."""
        schema = load_schema(self.schemas / ASSEMBLED)
        missing = step_files(self.schemas).keys() - schema.step_types.keys()
        if missing:
            raise ProjectError(f"{ASSEMBLED} lacks {', '.join(sorted(missing))}: run `mlpipelines schemas`")
        return schema

    @cached_property
    def defaults(self) -> Layer | None:
        """The organisation's defaults. Raises InvalidPipeline."""
        file = self.pipelines / DEFAULTS
        if not file.exists():
            return None
        document = read_document(file, self.name_of(file))
        problems = list(SchemaChecker(self.schema, "defaults").problems(document))
        for reference in find_references(document.data):
            message = f"{reference.text} cannot be used here"
            problems.append(
                document.problem(reference.path, "bad-reference", message, "references belong in pipelines")
            )
        _raise_errors(problems)
        return Layer(document)

    def warm(self) -> None:
        """Read what all files need, so that processes that are forked afterwards share it."""
        _ = self.schema, self._checker, self._environment

    def defaults_problems(self) -> list[Problem]:
        """Every problem of the organisation's defaults."""
        try:
            _ = self.defaults
        except InvalidPipeline as error:
            return list(error.problems)
        return []

    @cached_property
    def _checker(self) -> SchemaChecker:
        return SchemaChecker(self.schema)

    @cached_property
    def _environment(self) -> Any:
        return make_environment(self.templates)


def _own_or_packaged(root: Path, name: str) -> Path:
    for folder in (root / name, PACKAGE.parent.parent / name, PACKAGE.parent / name, PACKAGE / "_project" / name):
        if folder.is_dir():
            return folder
    raise ProjectError(f"no folder {name!r} in {root} and none in the package")


def _is_pipeline(name: str) -> bool:
    return name.endswith(ENDINGS) and not name.startswith(".") and name != DEFAULTS


def _same(one: Path, other: Path) -> bool:
    return os.path.abspath(one) == os.path.abspath(other)


def _raise_errors(problems: list[Problem]) -> None:
    if any(problem.severity == "error" for problem in problems):
        raise InvalidPipeline(list(dict.fromkeys(problems)))
