"""`${step.output}` in texts: finding references and putting Airflow's templates in their place.

A reference stands for what a step gives at run time, and makes the dependency. `$${` is a plain `${`; Airflow's own
`{{ }}` is not touched. `${vars.name}` has been replaced before (variables.py).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mlpipelines.document import DocumentPath

_REFERENCE = re.compile(r"\$(\$\{|\{([^{}]*)\}|\{)")
_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_-]*)\.([A-Za-z0-9_][A-Za-z0-9_.:-]*)\s*")
#: (step, output) -> the text that stands for it.
Lookup = Callable[[str, str], str]


@dataclass(frozen=True)
class Reference:
    """`${scope.name}` found at `path` in a document. `scope` is a step's name; "" when the reference is malformed."""

    path: DocumentPath
    text: str
    scope: str
    name: str
    inside_template: bool = False


def find_references(value: Any, path: DocumentPath = ()) -> list[Reference]:
    """Every reference in the texts below `value`, in the order of the document."""
    found: list[Reference] = []
    if isinstance(value, str):
        found += _in_text(value, path)
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(child, str):
            if "${" in child:
                found += _in_text(child, (*path, key))
        elif isinstance(child, dict | list):
            found += find_references(child, (*path, key))
    return found


def resolve(value: Any, lookup: Lookup) -> Any:
    """`value` with every reference replaced by `lookup(scope, name)`, and `$${` by `${`."""
    if isinstance(value, str):
        return _resolve_text(value, lookup) if "${" in value else value
    if isinstance(value, dict):
        return {key: child if child is None else resolve(child, lookup) for key, child in value.items()}
    if isinstance(value, list):
        return [resolve(child, lookup) for child in value]
    return value


def whole_reference(value: Any) -> tuple[str, str] | None:
    """(scope, name) when `value` is one reference and nothing else."""
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        name = _NAME.fullmatch(value[2:-1])
        return (name[1], name[2]) if name else None
    return None


def output_expression(task_id: str, value: str) -> str:
    """Airflow template for an output: `value` is an expression over `result`, what the task returned."""
    pulled = f"result_of(ti, '{task_id}')"
    return "{{ " + re.sub(r"\bresult\b", lambda _: pulled, value, count=1) + " }}"


def as_json(expression: str) -> str:
    """The template with its value printed as JSON, so that a mapping can be read back."""
    return expression.removesuffix(" }}") + " | tojson }}"


def cycle(dependencies: Mapping[str, tuple[str, ...]]) -> list[str]:
    """One cycle as a path that ends where it starts, or an empty list."""
    done: set[str] = set()
    for start in dependencies:
        trail: dict[str, None] = {}  # in order, and looked up at once
        todo = [(start, iter(dependencies.get(start, ())))]
        while todo:
            step, upstream = todo[-1]
            trail[step] = None
            following = next((name for name in upstream if name not in done), None)
            if following is None:
                done.add(step)
                trail.popitem()
                todo.pop()
            elif following in trail:
                names = list(trail)
                return [*names[names.index(following) :], following]
            else:
                todo.append((following, iter(dependencies.get(following, ()))))
    return []


def _in_text(text: str, path: DocumentPath) -> list[Reference]:
    return [Reference(path, *found) for found in _parsed(text)] if "${" in text else []


@lru_cache(maxsize=4096)
def _parsed(text: str) -> list[tuple[str, str, str, bool]]:
    """(text, scope, name, inside a template) of each reference: files of one team say the same again and again."""
    templates = list(_template_spans(text))
    found = []
    for match in _REFERENCE.finditer(text):
        if match[1] == "${":
            continue
        name = _NAME.fullmatch(match[2]) if match[2] is not None else None
        before = bisect_left(templates, (match.start(), 0)) - 1
        inside = before >= 0 and match.start() < templates[before][1]
        found.append((match[0], name[1] if name else "", name[2] if name else "", inside))
    return found


def _template_spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of what stands in Airflow's braces; one pass, however many braces there are."""
    position = 0
    while True:
        starts = [start for start in (text.find("{{", position), text.find("{%", position)) if start >= 0]
        if not starts:
            return
        start = min(starts)
        end = text.find("}}" if text[start + 1] == "{" else "%}", start + 2)
        if end < 0:
            return
        yield start, end + 2
        position = end + 2


def _resolve_text(text: str, lookup: Lookup) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1] == "${":
            return "${"
        name = _NAME.fullmatch(match[2] or "")
        return lookup(name[1], name[2]) if name else match[0]

    return _REFERENCE.sub(replace, text)
