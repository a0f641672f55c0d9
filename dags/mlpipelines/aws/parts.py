"""What rules about AWS requests are written with: members by their path, and problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlpipelines.facts.shapes import Kind, RequestPath, ShapeProblem, is_template

Request = Mapping[str, Any]
Rule = Callable[[Request], Iterator[ShapeProblem]]
#: What each action is held against.
RuleTable = Mapping[str, tuple[Rule, ...]]
#: {(kind of problem, shape): (the rule that it is known as, hint)}: limits of shapes with rules of their own.
ShapeRuleTable = Mapping[tuple[Kind, str], tuple[str, str]]
#: What is wrong with a text: (rule, message, hint).
Found = tuple[str, str, str]
#: Gets a text, and the region that the request goes to or an empty text where nobody knows it.
TextCheck = Callable[[str, str], Found | None]
#: Gets a mapping or a list as a whole; the paths of its problems begin in it.
PartCheck = Callable[[Any], Iterator[ShapeProblem]]


def problem(rule: str, path: RequestPath, message: str, hint: str = "") -> ShapeProblem:
    return ShapeProblem(path, "rule", message, hint, rule=rule)


def unknown_name(rule: str, path: RequestPath, message: str, hint: str = "") -> ShapeProblem:
    """One that is about the name at the end of `path`, and not about the value that it has."""
    return ShapeProblem(path, "unknown", message, hint, rule=rule)


def below(path: RequestPath, problems: Iterator[ShapeProblem]) -> Iterator[ShapeProblem]:
    """The problems of a part of a request, as problems of the whole."""
    for found in problems:
        yield replace(found, path=(*path, *found.path))


def at(request: Any, *path: str | int) -> Any:
    """The member at `path`; None: there is none, or it is known only at run time."""
    for key in path:
        if request.__class__ is dict or isinstance(request, Mapping):
            request = request.get(str(key))
        elif isinstance(request, list) and isinstance(key, int) and key < len(request):
            request = request[key]
        else:
            return None
    return None if is_template(request) else request


def given(request: Any, *path: str | int, default: Any) -> Any:
    """The member at `path`, or `default` where there is none; None: it is known only at run time."""
    for key in path:
        if not isinstance(request, Mapping):
            return None if is_template(request) else default
        request = request.get(str(key), default)
    return None if is_template(request) else request


def listed(request: Any, *path: str | int) -> list[Any]:
    found = at(request, *path)
    return found if isinstance(found, list) else []


def entries(request: Any, *path: str | int) -> list[tuple[int, Request]]:
    """(index, entry) of the list at `path`, without those that are known only at run time."""
    return [(index, entry) for index, entry in enumerate(listed(request, *path)) if isinstance(entry, Mapping)]


def number(request: Any, *path: str | int) -> int | float | None:
    found = at(request, *path)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None
