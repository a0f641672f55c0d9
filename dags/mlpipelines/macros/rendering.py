"""A template and what is known of the runs -> what it will look like, worked out over its tree.

A text may have parts that only the run knows (`UNKNOWN`), and a template several outcomes: one for each branch of an
`if`. Whatever is not understood here is unknown. Nothing is executed, and neither time nor length depend on what a
template would do: each node is looked at once, and there are limits for outcomes and characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import islice, product
from typing import Any

from jinja2 import nodes

from mlpipelines.macros.analysis import parse
from mlpipelines.macros.context import MACROS
from mlpipelines.macros.values import (
    DATE_FILTERS,
    FILTERS,
    LONGEST,
    METHODS,
    MOMENT,
    TEXT_FILTERS,
    UNKNOWN,
    Moment,
    Run,
    Things,
    shown,
)

_PIECE = re.compile(r"\{\{.*?\}\}", re.S)
#: Statements, comments, and braces that take the spaces around them away.
_MORE_THAN_VALUES = ("{%", "{#", "{{-", "{{+", "-}}", "+}}")
_MOST_OUTCOMES = 8
_DEEPEST = 40
#: The possible values of an expression.
Outcomes = tuple[Any, ...]
_NOTHING: Outcomes = (UNKNOWN,)


def outcomes(text: str, run: Run, step: str) -> tuple[str, ...]:
    """What a text with templates may become in a run."""
    if len(text) > LONGEST:
        return (UNKNOWN,)
    text = text.removesuffix("\n")  # as Jinja does
    if any(mark in text for mark in _MORE_THAN_VALUES):
        return _rendered(text, run, step) or (UNKNOWN,)
    parts: list[tuple[str, ...]] = []
    position = 0
    for piece in _PIECE.finditer(text):
        found = _rendered(piece[0], run, step)
        if found is None:  # braces inside of braces
            return _rendered(text, run, step) or (UNKNOWN,)
        parts += [(text[position : piece.start()],), found]
        position = piece.end()
    return _joined([*parts, (text[position:],)])


def _rendered(text: str, run: Run, step: str) -> tuple[str, ...] | None:
    """A template as a whole, usually one `{{ }}`; None when it cannot be read."""
    tree = _tree(text)
    if not isinstance(tree, nodes.Template):
        return (UNKNOWN,) if tree else None
    key = (text, step)
    if key not in run.memo:
        run.memo[key] = _body(tree.body, _Scope(run.context_of(step)))
    return run.memo[key]


@lru_cache(maxsize=2048)
def _tree(text: str) -> nodes.Template | bool:
    """The tree, kept since the same stands in many files. True: only the run knows, as of most of our own macros;
    False: it cannot be read."""
    tree = parse(text)
    if isinstance(tree, str):
        return False
    try:
        if _is_result(tree):
            return True
        known = any(node.name in _WORKED_OUT for node in tree.find_all(nodes.Name))
        return tree if known or tree.find(nodes.Const) else True
    except RecursionError:
        return True


def _is_result(tree: nodes.Template) -> bool:
    """Whether a template is nothing but what another step gives, as references become."""
    whole = tree.body[0] if len(tree.body) == 1 else None
    node: nodes.Node | None = whole.nodes[0] if isinstance(whole, nodes.Output) and len(whole.nodes) == 1 else None
    while isinstance(node, nodes.Getitem | nodes.Call):
        node = node.node
    return isinstance(node, nodes.Name) and node.name in _RESULTS


_RESULTS = MACROS - {"run_key", "job_name"}
_WORKED_OUT = frozenset(Run("").context(""))


class _Scope:
    """The names that a template sees, and how deep its expressions lie."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.own: set[str] = set()
        self.depth = 0


def _body(body: Iterable[nodes.Node], scope: _Scope) -> tuple[str, ...]:
    parts: list[tuple[str, ...]] = []
    for node in body:
        if isinstance(node, nodes.Output):
            parts += [_texts(child, scope) for child in node.nodes]
        elif isinstance(node, nodes.If) and scope.depth < _DEEPEST:
            scope.depth += 1
            branches = [_body(node.body, scope), *(_body(each.body, scope) for each in node.elif_)]
            branches.append(_body(node.else_, scope))
            scope.depth -= 1
            parts.append(_limited(text for branch in branches for text in branch))
        elif isinstance(node, nodes.Assign | nodes.AssignBlock):
            scope.own |= {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"}
        else:
            parts.append((UNKNOWN,))
    return _joined(parts)


def _texts(node: nodes.Node, scope: _Scope) -> tuple[str, ...]:
    return _limited(shown(value) for value in _values(node, scope))


def _joined(parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Every combination of the parts."""
    count = 1
    for part in parts:
        count *= len(part)
    if count == 1:
        text = "".join(part[0] for part in parts)
        return (text if len(text) <= LONGEST else UNKNOWN,)
    if count > _MOST_OUTCOMES:
        parts = [part if len(part) == 1 else (UNKNOWN,) for part in parts]
    texts = ("".join(each) for each in product(*parts))
    return _limited(text if len(text) <= LONGEST else UNKNOWN for text in texts)


def _limited(values: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(islice(values, _MOST_OUTCOMES + 1)))
    return found if len(found) <= _MOST_OUTCOMES else (UNKNOWN,)


def _values(node: nodes.Node | None, scope: _Scope) -> Outcomes:
    worked_out = _EXPRESSIONS.get(type(node))
    if worked_out is None or scope.depth > _DEEPEST:
        return _NOTHING
    scope.depth += 1
    found = worked_out(node, scope)
    scope.depth -= 1
    return found if len(found) <= _MOST_OUTCOMES else _NOTHING


def _known(node: nodes.Node | None, scope: _Scope) -> Any:
    """The one value of an expression, else UNKNOWN."""
    values = _values(node, scope)
    return values[0] if len(values) == 1 else UNKNOWN


def _const(node: nodes.Const, scope: _Scope) -> Outcomes:
    value = node.value
    plain = isinstance(value, bool | int | float) or value is None or (isinstance(value, str) and len(value) <= LONGEST)
    return (value,) if plain and not (isinstance(value, int) and abs(value) > 10**15) else _NOTHING


def _name(node: nodes.Name, scope: _Scope) -> Outcomes:
    known = node.name not in scope.own and node.name not in ("run_key", "job_name")  # these are called
    return (scope.names.get(node.name, UNKNOWN),) if known else _NOTHING


def _getattr(node: nodes.Getattr, scope: _Scope) -> Outcomes:
    return tuple(_member(value, node.attr) for value in _values(node.node, scope))


def _getitem(node: nodes.Getitem, scope: _Scope) -> Outcomes:
    if isinstance(node.arg, nodes.Slice):
        ends = [None if end is None else _known(end, scope) for end in (node.arg.start, node.arg.stop, node.arg.step)]
        if all(end is None or type(end) is int for end in ends) and ends[2] != 0:
            cut = slice(*ends)
            return tuple(v[cut] if _is_known_text(v) else UNKNOWN for v in _values(node.node, scope))
        return _NOTHING
    key = _known(node.arg, scope)
    if type(key) is int:
        values = _values(node.node, scope)
        return tuple(v[key] if _is_known_text(v) and -len(v) <= key < len(v) else UNKNOWN for v in values)
    return tuple(_member(value, key) for value in _values(node.node, scope))


def _member(value: Any, name: Any) -> Any:
    if isinstance(value, Things):
        return value.has.get(name, UNKNOWN) if isinstance(name, str) else UNKNOWN
    return value.parts.get(name, UNKNOWN) if isinstance(value, Moment) else UNKNOWN


def _filter(node: nodes.Filter, scope: _Scope) -> Outcomes:
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return _NOTHING
    return tuple(_filtered(node.name, v, [_known(a, scope) for a in node.args]) for v in _values(node.node, scope))


def _filtered(name: str, value: Any, arguments: list[Any]) -> Any:
    if name in DATE_FILTERS:
        return DATE_FILTERS[name](value) if isinstance(value, Moment) and not arguments else UNKNOWN
    if name in TEXT_FILTERS:
        return _called(TEXT_FILTERS[name], shown(value), arguments)
    return _called(FILTERS[name], value, arguments) if name in FILTERS else UNKNOWN


def _called(function: Callable[..., Any], value: Any, arguments: list[Any]) -> Any:
    """What one of our functions gives; authors may give it arguments that it does not take."""
    try:
        return function(value, *arguments)
    except TypeError:
        return UNKNOWN


def _call(node: nodes.Call, scope: _Scope) -> Outcomes:
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return _NOTHING
    if isinstance(node.node, nodes.Name):
        made = node.node.name in ("run_key", "job_name") and len(node.args) == (node.node.name == "job_name") + 1
        return (scope.names[node.node.name],) if made and node.node.name not in scope.own else _NOTHING
    if not isinstance(node.node, nodes.Getattr):
        return _NOTHING
    arguments = [_known(argument, scope) for argument in node.args]
    return tuple(_method(value, node.node.attr, arguments) for value in _values(node.node.node, scope))


def _method(value: Any, name: str, arguments: list[Any]) -> Any:
    if isinstance(value, Moment):
        if name == "strftime" and len(arguments) == 1 and isinstance(arguments[0], str):
            return MOMENT.strftime(arguments[0])
        return MOMENT.isoformat() if name == "isoformat" and not arguments else UNKNOWN
    if isinstance(value, Things) and name == "get" and len(arguments) == 1:
        return _member(value, arguments[0])
    return _called(METHODS[name], value, arguments) if isinstance(value, str) and name in METHODS else UNKNOWN


def _concat(node: nodes.Concat, scope: _Scope) -> Outcomes:
    return _joined([_texts(child, scope) for child in node.nodes])


def _add(node: nodes.Add, scope: _Scope) -> Outcomes:
    pairs = product(_values(node.left, scope), _values(node.right, scope))
    return tuple(_sum(left, right) for left, right in pairs)


def _sum(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return left + right if len(left) + len(right) <= LONGEST else UNKNOWN
    numbers = all(type(value) in (int, float) for value in (left, right))
    return left + right if numbers else UNKNOWN


def _minus(node: nodes.Neg, scope: _Scope) -> Outcomes:
    return tuple(-value if type(value) in (int, float) else UNKNOWN for value in _values(node.node, scope))


def _either(node: nodes.CondExpr, scope: _Scope) -> Outcomes:
    other = _values(node.expr2, scope) if node.expr2 is not None else _NOTHING
    return tuple(dict.fromkeys((*_values(node.expr1, scope), *other)))


def _or(node: nodes.Or, scope: _Scope) -> Outcomes:
    """What stands first when it is anything at all."""
    first = _values(node.left, scope)
    if all(value != UNKNOWN and value for value in first):
        return first
    return tuple(dict.fromkeys((*(value for value in first if value), *_values(node.right, scope))))


def _is_known_text(value: Any) -> bool:
    return isinstance(value, str) and UNKNOWN not in value


_EXPRESSIONS: dict[type, Callable[..., Outcomes]] = {
    nodes.Const: _const,
    nodes.TemplateData: lambda node, scope: (node.data,),
    nodes.Name: _name,
    nodes.Getattr: _getattr,
    nodes.Getitem: _getitem,
    nodes.Filter: _filter,
    nodes.Call: _call,
    nodes.Concat: _concat,
    nodes.Add: _add,
    nodes.Neg: _minus,
    nodes.CondExpr: _either,
    nodes.Or: _or,
}
