"""Project: where things are, and the way from a pipeline file to its dag-factory configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from mlpipelines.allowances import allow
from mlpipelines.assembly import ASSEMBLED, step_files
from mlpipelines.checks import DOCUMENT_CHECKS, STEP_CHECKS, Subject
from mlpipelines.checks.doubts import doubts
from mlpipelines.checks.requests import refused_requests
from mlpipelines.checks.templates import bad_default_templates
from mlpipelines.controls import Controls, read_controls
from mlpipelines.document import MAX_PROBLEMS, Document, decode, parse_document, read_document
from mlpipelines.documentation import documentation
from mlpipelines.errors import InvalidPipeline, PipelineError, Problem, ProjectError
from mlpipelines.layout import DEFAULTS, SETTINGS, Layout
from mlpipelines.model import Layer, Pipeline, build_pipeline
from mlpipelines.policy import Policy, read_policy
from mlpipelines.reading import read_bytes
from mlpipelines.references import find_references
from mlpipelines.render import Request, make_environment, render_pipeline
from mlpipelines.schema import SchemaChecker
from mlpipelines.step_types import Schema, load_schema
from mlpipelines.variables import expand_variables


@dataclass(frozen=True)
class Compiled:
    """What a valid pipeline file becomes."""

    pipeline: Pipeline
    config: dict[str, Any]
    """dag-factory's configuration of the DAG."""
    requests: list[Request]
    warnings: list[Problem]

    @property
    def documentation(self) -> str:
        """What Airflow's user interface shows of the DAG."""
        return documentation(self.pipeline, self.requests)


@dataclass(frozen=True)
class Project(Layout):
    """A project, and what it knows of the files that it has compiled."""

    _memo: dict[str, tuple[str, Compiled | tuple[Problem, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _code: dict[str, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)
    _code_places: dict[str, tuple[Path, str]] = field(default_factory=dict, repr=False, compare=False)

    def code_place(self, file: Path) -> tuple[Path, str]:
        """(the folder that a pipeline's code must lie in, where the file lies in it)"""
        place = os.path.split(os.path.abspath(file))[0]
        if place not in self._code_places:
            root = self.code_root(file)
            self._code_places[place] = (root, Path(place).relative_to(root).as_posix())
        return self._code_places[place]

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
        return self.compile_content(file, read_bytes(file, self.name_of(file)))

    def compile_content(self, file: Path, content: bytes) -> Compiled:
        """The same of what has been read of the file already."""
        name = self.name_of(file)
        text = decode(content, name)
        if name not in self._memo or self._memo[name][0] != text:
            self._memo[name] = (text, self._compile_safely(text, name, file))
        result = self._memo[name][1]
        if isinstance(result, tuple):
            raise InvalidPipeline(result)
        return result

    def code_beside(self, file: Path) -> dict[str, str]:
        """What a compiled file has looked for in its folder, and what is there: {path: kind} (`sources.kind_of`)."""
        return self._code.get(self.name_of(file), {})

    def forget(self, file: Path) -> None:
        """Let go of what was kept of a file."""
        for kept in (self._memo, self._code):
            kept.pop(self.name_of(file), None)

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
        return {file: InvalidPipeline([problem]) for file, problem in self.twins(files, self.files()).items()}

    def _compile_safely(self, text: str, name: str, file: Path) -> Compiled | tuple[Problem, ...]:
        """What a file becomes, or its problems. A defect of ours is one too: no file may take others with it."""
        try:
            return self._compile_afresh(parse_document(text, name), file)
        except InvalidPipeline as error:
            return error.problems
        except PipelineError:
            raise
        except Exception as error:
            message = f"this file cannot be checked: {type(error).__name__}: {error}"
            return (Problem(name, 1, 1, "PL502", message, "this is a defect of mlpipelines; please report it"),)

    def _compile_afresh(self, document: Document, file: Path) -> Compiled:
        if file.stem == Path(DEFAULTS).stem:
            message = f"only {self.pipelines.name}/{DEFAULTS} holds defaults; this file would be a pipeline"
            raise InvalidPipeline([document.problem((), "PL111", message, "move or rename it")])
        controls = {document.file: read_controls(document.text, document.file)}
        document, found = expand_variables(document)
        root, folder = self.code_place(file)
        unknown = {_place(problem) for problem in found}
        problems = islice(self._checker.problems(document), MAX_PROBLEMS)
        found += [problem for problem in problems if _place(problem) not in unknown]
        subject = Subject(
            document, self.schema, self.defaults, self.callables, file.stem, file.parent, root, accepted=not found
        )
        self._code[document.file] = subject.code
        if subject.defaults:
            controls[subject.defaults.document.file] = self._defaults_controls
        refused = {_place(problem) for problem in found}
        for check in DOCUMENT_CHECKS:  # one place, one problem: what the schema says there comes first
            problems = islice(check(subject), MAX_PROBLEMS)
            told = [problem for problem in problems if _place(problem) not in refused]
            refused |= {_place(problem) for problem in told if problem.code == "PL201"}
            found += told
        self._raise_errors(found, controls)
        for check in STEP_CHECKS:
            found += islice(check(subject), MAX_PROBLEMS)
        self._raise_errors(found, controls)
        pipeline = build_pipeline(document, subject.merged, subject.upstream, folder)
        config, requests = render_pipeline(pipeline, self._environment)
        senders = [step.name for step in pipeline.steps if step.type.requests]
        allow(config["tasks"], senders, document, self.policy, list(controls.values()))
        found += islice(refused_requests(subject, requests), MAX_PROBLEMS)
        found += [*controls[document.file].unused(found), *controls[document.file].problems]
        self._raise_errors(found, controls)
        return Compiled(pipeline, config, requests, sorted(self.policy.settle(found, controls)))

    def _raise_errors(self, problems: list[Problem], controls: Mapping[str, Controls]) -> None:
        """Raise InvalidPipeline when there are errors among the problems; then with those of the comments too."""
        settled = self.policy.settle(problems, controls) if problems else []
        wrong = {_place(problem) for problem in settled if problem.severity == "error"}
        if wrong:  # where something is wrong, what is doubtful says nothing more
            settled += self.policy.settle(problem for comments in controls.values() for problem in comments.problems)
            found = dict.fromkeys(settled)
            raise InvalidPipeline([each for each in found if each.severity == "error" or _place(each) not in wrong])

    @cached_property
    def policy(self) -> Policy:
        """The severities that the project wants. What is wrong with its settings is told by the policy itself."""
        return read_policy(self.root / SETTINGS)

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
        document = self._defaults_document
        self._raise_errors(*self._found_in_defaults)
        return Layer(document) if document else None

    @cached_property
    def _defaults_document(self) -> Document | None:
        file = self.pipelines / DEFAULTS
        if not file.exists() or not _holds_anything(file):
            return None
        return read_document(file, self.name_of(file))

    @cached_property
    def _defaults_controls(self) -> Controls:
        document = self._defaults_document
        return read_controls(document.text, document.file) if document else Controls(DEFAULTS)

    @cached_property
    def _found_in_defaults(self) -> tuple[list[Problem], Mapping[str, Controls]]:
        document = self._defaults_document
        if document is None:
            return [], {}
        checker = SchemaChecker(self.schema, "defaults")
        problems = [*self._defaults_controls.problems, *islice(checker.problems(document), MAX_PROBLEMS)]
        for reference in find_references(document.data):
            message = f"{reference.text} cannot be used here"
            problems.append(document.problem(reference.path, "PL201", message, "references belong in pipelines"))
        for found in (bad_default_templates(document), doubts(document)):
            problems += islice(found, MAX_PROBLEMS)
        return problems, {document.file: self._defaults_controls}

    def warm(self) -> None:
        """Read what all files need, so that processes that are forked afterwards share it."""
        _ = self.policy, self.schema, self._checker, self._environment

    def defaults_problems(self) -> list[Problem]:
        """Every problem of the organisation's defaults, warnings among them."""
        try:
            return sorted(set(self.policy.settle(*self._found_in_defaults)))
        except InvalidPipeline as error:
            return list(error.problems)

    @cached_property
    def _checker(self) -> SchemaChecker:
        return SchemaChecker(self.schema)

    @cached_property
    def _environment(self) -> Any:
        return make_environment(self.templates)


def _holds_anything(file: Path) -> bool:
    """Whether a file is more than blank lines and comments. What cannot be read is for others to say."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return True
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def _place(problem: Problem) -> tuple[str, int, int]:
    return problem.file, problem.line, problem.column
