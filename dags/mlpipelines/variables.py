"""Document -> the same document with every `${vars.name}` replaced, before anything else looks at it.

A text that is one `${vars.name}` and nothing else becomes the value itself, a mapping or list too. Positions and raw
texts come with it, so that a problem inside stands at the variable, which is where it must be mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlpipelines.document import MAX_NODES, MAX_PROBLEMS, Document, DocumentPath
from mlpipelines.errors import InvalidPipeline, Problem, did_you_mean
from mlpipelines.reading import MAX_BYTES

_VARIABLE = re.compile(r"(\$)?\$\{\s*vars\.([A-Za-z0-9_.-]*)\s*\}")
_LIMIT = 10 * MAX_BYTES


def expand_variables(document: Document) -> tuple[Document, list[Problem]]:
    """(the document with its variables in place, what is wrong with them)."""
    if not isinstance(document.data, dict) or "${" not in document.text or "vars." not in document.text:
        return document, []
    expansion = _Expansion(document)
    data = {key: value if key == "vars" else expansion.value(value, (key,)) for key, value in document.data.items()}
    expanded = replace(document, data=data, values=expansion.values, keys=expansion.keys, raw=expansion.raw)
    return expanded, [*_nested(document), *expansion.problems]


def _nested(document: Document) -> Iterator[Problem]:
    variables = document.data.get("vars")
    for path in [path for path in document.values if path[:1] == ("vars",)] if variables else ():
        value: Any = document.data
        for key in path:
            value = value[key]
        if isinstance(value, str) and _VARIABLE.search(value):
            message = "a variable holds a constant; a reference is not replaced here"
            yield document.problem(path, "PL201", message)


class _Expansion:
    """Copies the data; tables grow by what the variables bring."""

    def __init__(self, document: Document) -> None:
        self.document = document
        variables = document.data.get("vars")
        self.variables: dict[str, Any] = variables if isinstance(variables, dict) else {}
        self.paths_of: dict[Any, list[DocumentPath]] = {}
        for place in document.values:
            if place[:1] == ("vars",) and len(place) > 1:
                self.paths_of.setdefault(place[1], []).append(place)
        self.values, self.keys, self.raw = dict(document.values), dict(document.keys), dict(document.raw)
        self.problems: list[Problem] = []
        self.size = 0

    def value(self, value: Any, path: DocumentPath) -> Any:
        if isinstance(value, str):
            return self.text(value, path) if "${" in value else value
        if isinstance(value, dict):
            return {key: self.value(child, (*path, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [self.value(child, (*path, index)) for index, child in enumerate(value)]
        return value

    def text(self, text: str, path: DocumentPath) -> Any:
        whole = _VARIABLE.fullmatch(text)
        if whole and not whole[1]:
            return self.whole(whole[2], path) if self.known(whole[2], path) else text
        result = _VARIABLE.sub(lambda found: self.part(found, path), text)
        self.grow(len(result), path)
        return result

    def whole(self, name: str, path: DocumentPath) -> Any:
        """The variable itself, with its positions and raw texts below `path`."""
        for original in self.paths_of.get(name, ()):
            copy = (*path, *original[2:])
            self.grow(1, path)
            self.values[copy] = self.document.values[original]
            if original in self.document.raw:
                self.raw[copy] = self.document.raw[original]
            if len(original) > 2 and original in self.document.keys:  # the field's own name stays where it is
                self.keys[copy] = self.document.keys[original]
        return self.copied(self.variables[name], path)

    def copied(self, value: Any, path: DocumentPath) -> Any:
        if isinstance(value, dict):
            return {key: self.copied(child, path) for key, child in value.items()}
        if isinstance(value, list):
            return [self.copied(child, path) for child in value]
        self.grow(len(value) if isinstance(value, str) else 1, path)
        return value

    def part(self, found: re.Match[str], path: DocumentPath) -> str:
        """What stands for the variable inside a text: the variable as it was written."""
        name = found[2]
        if found[1] or not self.known(name, path):
            return found[0]
        value = self.variables[name]
        if isinstance(value, dict | list) or value is None:
            message = f"the variable {name!r} is not a text and cannot be part of one"
            self.problems.append(self.document.problem(path, "PL201", message))
            return found[0]
        return self.document.raw.get(("vars", name)) or str(value)

    def known(self, name: str, path: DocumentPath) -> bool:
        if name in self.variables:
            return True
        if len(self.problems) >= MAX_PROBLEMS:
            return False
        hint = did_you_mean(name, self.variables) or "define it under `vars:`"
        message = f"there is no variable {name!r}"
        self.problems.append(self.document.problem(path, "PL206", message, hint))
        return False

    def grow(self, size: int, path: DocumentPath) -> None:
        self.size += size
        if self.size > _LIMIT or len(self.values) > MAX_NODES:
            message = f"the variables expand to more than {_LIMIT:,} characters or {MAX_NODES:,} values"
            raise InvalidPipeline([self.document.problem(path, "PL112", message, "write less or split the file")])
