"""Names of pipelines and of keys."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem


def wrong_name(subject: Subject) -> Iterator[Problem]:
    """The name of a pipeline is the name of its file, so that each is found by the other."""
    name = subject.data.get("name")
    if isinstance(name, str) and subject.stem is not None and name != subject.stem:
        message = f"the pipeline is called {name!r} and its file {subject.stem!r}"
        yield subject.document.problem(("name",), "PL109", message, f"write `name: {subject.stem}` or rename the file")


def reserved_key(subject: Subject) -> Iterator[Problem]:
    """dag-factory makes objects of mappings with these keys; no author may."""
    for path in subject.document.keys:
        if path[-1] in ("__type__", "__args__"):
            yield subject.document.problem(path, "PL108", f"the key {path[-1]!r} is reserved", key=True)
