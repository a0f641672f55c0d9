"""A team's own functions: named by text, looked up by reading their source, never by importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean


def unknown_callable(subject: Subject) -> Iterator[Problem]:
    """`callable: module.function` must name a function of the package dags/callables."""
    if subject.callables is None:
        return
    for name, (_, fields) in subject.merged.items():
        target = fields.get("callable")
        if isinstance(target, str):
            mistake, hint = _mistake(target, subject.callables)
            if mistake:
                yield subject.field_problem(name, ("callable",), "unknown-callable", mistake, hint)


def _mistake(target: str, folder: Path) -> tuple[str, str]:
    module, _, function = target.rpartition(".")
    file = folder.joinpath(*module.split(".")).with_suffix(".py")
    if not file.is_file():
        known = [path.stem for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
        return f"there is no module {module!r} in dags/callables", did_you_mean(module, known)
    stat = file.stat()
    functions = _functions(file, stat.st_mtime_ns, stat.st_size)
    if functions is None:
        return f"the module {module!r} in dags/callables is not valid Python", ""
    if function not in functions:
        return f"the module {module!r} has no function {function!r}", did_you_mean(function, functions)
    return "", ""


@lru_cache(maxsize=512)
def _functions(file: Path, modified: int, length: int) -> frozenset[str] | None:
    """The names of a module's functions, or None when it cannot be read. Time and length make a changed file new."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
