"""Pipeline files -> what they become, from stores that have it; YAML is read only where none has.

A record belongs to the content of a file, its name, and the fingerprint of everything else that decides; and to what
lies beside the file, which is looked at each time.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.fingerprint import Fingerprint
from mlpipelines.layout import DEFAULTS, Layout
from mlpipelines.sources import kind_of
from mlpipelines.store import Store

if TYPE_CHECKING:
    from mlpipelines.project import Project

#: The place of what `mlpipelines compile` writes, in the project.
SHIPPED = Path(".mlpipelines", "compiled")
_RELEASED = ("mlpipelines.", "airflow.providers.")
#: After so many new records they are kept, so that who is interrupted has not worked for nothing.
_MANY = 50


@dataclass(frozen=True)
class Record:
    """What a pipeline file becomes: a configuration of dag-factory, or problems."""

    key: str
    config: dict[str, Any] | None
    """With the DAG's documentation. It belongs to whoever has asked for the record: nobody else has it."""
    problems: tuple[Problem, ...]
    code: Mapping[str, str]
    """What was looked for beside the file, and what was there."""

    @classmethod
    def of(cls, key: str, data: Mapping[str, Any]) -> Record:
        """Raises AttributeError, KeyError, TypeError or ValueError for what is no record."""
        config, code = data["config"], data["code"]
        if not isinstance(config, dict | None) or not isinstance(code, dict):
            raise ValueError("no record")
        if config is not None and not all(isinstance(task, dict) for task in config["tasks"].values()):
            raise ValueError("no tasks")
        if any("\0" in path for path in code):
            raise ValueError("no paths")
        return cls(key, config, tuple(_problem(*each) for each in data["problems"]), code)

    def data(self) -> dict[str, Any]:
        """The same as plain JSON."""
        problems = [list(astuple(problem)) for problem in self.problems]
        return {"config": self.config, "problems": problems, "code": dict(self.code)}

    @property
    def released(self) -> bool:
        """Whether its operators are the same as long as the versions of packages are."""
        tasks = (self.config or {}).get("tasks", {})
        return all(str(task.get("operator")).startswith(_RELEASED) for task in tasks.values())


def _problem(file: Any, line: Any, column: Any, *texts: Any) -> Problem:
    numbers = isinstance(line, int) and isinstance(column, int)
    if not numbers or not all(isinstance(text, str) for text in (file, *texts)):
        raise ValueError("no problem")
    return Problem(file, line, column, *texts)


class Precompiled:
    """The pipelines of a project, for one pass over its files."""

    def __init__(self, layout: Layout, stores: Sequence[Store]) -> None:
        self.layout, self.fingerprint = layout, Fingerprint.of(layout)
        self._stores = stores
        self._project: Project | None = None
        self._new: list[tuple[str, str]] = []

    def key(self, file: Path, content: bytes) -> str:
        return self.fingerprint.key(self.layout.name_of(file), content)

    def has(self, key: str) -> bool:
        """Whether there is, in all likelihood, a record."""
        return any(store.has(key) for store in self._stores)

    def record(self, file: Path, content: bytes) -> Record:
        """What the file becomes."""
        key = self.key(file, content)
        found = (record for record in self._found(key) if self.is_beside(file, record.code))
        return next(found, None) or self._compiled(key, file, content)

    def is_beside(self, file: Path, code: Mapping[str, str]) -> bool:
        """Whether the same lies beside the file as when it was compiled."""
        if not code:
            return True
        top = self.layout.code_root(file)
        return all(kind_of(file.parent, path, top) == kind for path, kind in code.items())

    def common_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the settings and the defaults."""
        for found in self._found(self.common_key):
            return found.problems
        problems = [*self.project.policy.mistakes]
        problems += [problem for problem in self.project.defaults_problems() if problem.severity == "error"]
        record = self._keep(Record(self.common_key, None, tuple(problems), {}))
        self.keep()  # who asks for it asks for nothing else: the next one need not import all that compiles
        return record.problems

    @property
    def common_key(self) -> str:
        return self.fingerprint.key(DEFAULTS, b"")

    def leave_word(self, problems: tuple[Problem, ...]) -> None:
        """What another process is to say for this one, as long as the project stays the same."""
        if problems != self.word():
            key = self.fingerprint.key("word", b"")
            for store in self._stores:
                store.put(key, json.dumps(Record(key, None, problems, {}).data()))

    def word(self) -> tuple[Problem, ...]:
        return next((found.problems for found in self._found(self.fingerprint.key("word", b""))), ())

    def keep(self) -> None:
        """Write what is new into the stores; not when anything was touched meanwhile that it may come from."""
        new, self._new = self._new, []
        if new and self.fingerprint.holds(self.layout):
            for key, value in new:
                for store in self._stores:
                    store.put(key, value)

    @property
    def project(self) -> Project:
        """All that compiles: imported and made when there is something to compile."""
        if self._project is None:
            from mlpipelines.project import Project

            if isinstance(self.layout, Project):
                return self.layout
            self._project = Project(**{name: getattr(self.layout, name) for name in Layout.__dataclass_fields__})
        return self._project

    def _found(self, key: str) -> Iterator[Record]:
        for store in self._stores:
            data = store.get(key)
            with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
                if data is not None:
                    yield Record.of(key, data)

    def _compiled(self, key: str, file: Path, content: bytes) -> Record:
        try:
            compiled = self.project.compile_content(file, content)
        except InvalidPipeline as error:
            record = Record(key, None, error.problems, self.project.code_beside(file))
        else:
            config = {**compiled.config, "doc_md": compiled.documentation}
            record = Record(key, config, (), self.project.code_beside(file))
        self.project.forget(file)
        return self._keep(record)

    def _keep(self, record: Record) -> Record:
        """Note a new record; returns it as it will be read, so that nobody can tell the two apart."""
        value = json.dumps(record.data(), separators=(",", ":"))
        self._new.append((record.key, value))
        if len(self._new) >= _MANY:
            self.keep()
        return Record.of(record.key, json.loads(value))
