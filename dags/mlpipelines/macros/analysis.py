"""One template -> what it uses. Parsed, never compiled: Jinja's compiler works out constants, however large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from mlpipelines.macros.context import FILTERS

#: How many characters of different templates a file may have, so that reading them takes no time.
MAX_TEMPLATES = 40_000
#: How deep expressions and blocks may lie in each other; Jinja itself does not get as far.
_DEEPEST = 300
_ASKING = ("default", "d", "defined", "undefined")
_DECIDING = (nodes.If, nodes.CondExpr, nodes.And, nodes.Or)
#: What mappings have, `params` too.
_OF_MAPPINGS = frozenset(("get", "items", "keys", "values", "copy", "dump", "validate", "update"))


@dataclass(frozen=True)
class Uses:
    """What a template wants of its context. What it would do without (`| default`, `is defined`) is not among it."""

    mistake: str = ""
    """Why Airflow could not read it; then nothing else is known."""
    names: frozenset[str] = frozenset()
    params: frozenset[str] = frozenset()
    attributes: frozenset[tuple[str, str]] = frozenset()
    """(`dag_run.run_after`, `strftime`): what is asked, and for what."""
    unknown_filters: frozenset[str] = frozenset()
    decides: bool = False
    """Whether parts of it may never be looked at."""


def parse(text: str) -> nodes.Template | str:
    """The template's tree, or why there is none."""
    try:
        return _environment().parse(text)
    except TemplateSyntaxError as error:
        return str(error.message)
    except RecursionError:
        return "it is nested too deeply"
    except ValueError:  # Python reads no number of more than 4,300 digits
        return "a number in it is too long"


@lru_cache(maxsize=4096)
def uses(text: str) -> Uses:
    tree = parse(text)
    found = tree if isinstance(tree, str) else _nodes(tree)
    return Uses("it is nested too deeply" if found is None else found) if not isinstance(found, list) else _uses(found)


def dotted(node: nodes.Node) -> str:
    """`dag_run.run_after` of the nodes that say so; empty for what is more than names."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return ".".join((node.name, *reversed(parts))) if isinstance(node, nodes.Name) else ""


def _nodes(tree: nodes.Template) -> list[nodes.Node] | None:
    """Every node, the outer ones first; None: Jinja would not get down to the innermost."""
    found: list[nodes.Node] = [tree]
    depths = [0]
    for node, depth in zip(found, depths, strict=False):  # both grow
        if depth > _DEEPEST:
            return None
        for child in node.iter_child_nodes():
            found.append(child)
            depths.append(depth + 1)
    return found


def _uses(found: list[nodes.Node]) -> Uses:
    loaded: set[str] = set()
    own: set[str] = set()
    params: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    filters: set[str] = set()
    may_lack = set(_names_not_needed(found))
    for node in found:
        if isinstance(node, nodes.Name):
            (loaded if node.ctx == "load" else own).add(node.name)
        elif isinstance(node, nodes.Getattr):
            holder = dotted(node.node)
            if holder == "params":
                params.add(node.attr)
            elif holder and f"{holder}.{node.attr}" not in may_lack:
                attributes.add((holder, node.attr))
        elif isinstance(node, nodes.Getitem) and dotted(node.node) == "params":
            key = node.arg.value if isinstance(node.arg, nodes.Const) else None
            params |= {key} if isinstance(key, str) else set()
        elif isinstance(node, nodes.Macro):
            own.add(node.name)
        elif isinstance(node, nodes.Filter):
            filters.add(node.name)
    return Uses(
        names=frozenset(loaded - own - may_lack),
        params=frozenset(name for name in params - _OF_MAPPINGS if f"params.{name}" not in may_lack),
        attributes=frozenset(pair for pair in attributes if pair[0].partition(".")[0] not in own | may_lack),
        unknown_filters=frozenset(filters - _environment().filters.keys()),
        decides=any(isinstance(node, _DECIDING) for node in found),
    )


def _names_not_needed(found: list[nodes.Node]) -> Iterator[str]:
    """What may be missing: it has a default, or the template asks whether it is there."""
    for node in found:
        if isinstance(node, nodes.Filter | nodes.Test) and node.name in _ASKING and node.node is not None:
            yield dotted(node.node)


@cache
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(cache_size=0, extensions=["jinja2.ext.do"])
    environment.filters |= dict.fromkeys(FILTERS, str)
    return environment
