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


@lru_cache(maxsize=4096)
def uses(text: str) -> Uses:
    tree = parse(text)
    if isinstance(tree, str):
        return Uses(tree)
    try:
        return _uses(tree)
    except RecursionError:
        return Uses("it is nested too deeply")


def dotted(node: nodes.Node) -> str:
    """`dag_run.run_after` of the nodes that say so; empty for what is more than names."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return ".".join((node.name, *reversed(parts))) if isinstance(node, nodes.Name) else ""


def _uses(tree: nodes.Template) -> Uses:
    loaded: set[str] = set()
    own: set[str] = {macro.name for macro in tree.find_all(nodes.Macro)}
    params: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    may_lack = set(_names_not_needed(tree))
    for node in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem)):
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
    return Uses(
        names=frozenset(loaded - own - may_lack),
        params=frozenset(name for name in params - _OF_MAPPINGS if f"params.{name}" not in may_lack),
        attributes=frozenset(pair for pair in attributes if pair[0].partition(".")[0] not in own | may_lack),
        unknown_filters=frozenset({n.name for n in tree.find_all(nodes.Filter)} - _environment().filters.keys()),
        decides=next(tree.find_all((nodes.If, nodes.CondExpr, nodes.And, nodes.Or)), None) is not None,
    )


def _names_not_needed(tree: nodes.Template) -> Iterator[str]:
    """What may be missing: it has a default, or the template asks whether it is there."""
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        default = isinstance(node, nodes.Filter) and node.name in ("default", "d")
        asked = isinstance(node, nodes.Test) and node.name in ("defined", "undefined")
        if (default or asked) and node.node is not None:
            yield dotted(node.node)


@cache
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(cache_size=0, extensions=["jinja2.ext.do"])
    environment.filters |= dict.fromkeys(FILTERS, str)
    return environment
