"""A module's source -> the signatures of its functions, by reading; nothing is imported."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Signature:
    """How a function may be called."""

    positional_only: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    """By position or by name."""
    keyword_only: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    """Those of all three that have no default."""
    any_positional: bool = False
    any_keyword: bool = False
    asynchronous: bool = False
    decorated: bool = False
    """A decorator may have given it another signature."""

    @property
    def named(self) -> tuple[str, ...]:
        """The parameters that can be given by name."""
        return (*self.positional, *self.keyword_only)


def signatures(file: Path) -> Mapping[str, Signature] | None:
    """{function: its signature} of a module's functions, or None when it cannot be read."""
    stat = file.stat()
    return _signatures(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=512)
def _signatures(file: Path, modified: int, length: int) -> Mapping[str, Signature] | None:
    """Time and length make a changed file new."""
    try:
        with warnings.catch_warnings():  # of the style of a team's code, which is for others to judge
            warnings.simplefilter("ignore")
            tree = ast.parse(file.read_bytes())
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {node.name: _signature(node) for node in functions}


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    given = node.args
    first, then = _names(given.posonlyargs), _names(given.args)
    without = [*first, *then][: len(first) + len(then) - len(given.defaults)]
    pairs = zip(_names(given.kwonlyargs), given.kw_defaults, strict=True)
    return Signature(
        first,
        then,
        _names(given.kwonlyargs),
        frozenset([*without, *(name for name, default in pairs if default is None)]),
        given.vararg is not None,
        given.kwarg is not None,
        isinstance(node, ast.AsyncFunctionDef),
        bool(node.decorator_list),
    )


def _names(arguments: list[ast.arg]) -> tuple[str, ...]:
    return tuple(argument.arg for argument in arguments)
