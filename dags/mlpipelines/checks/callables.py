"""A team's own functions: named by text, looked up by reading their source, never by importing it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpipelines.checks.signatures import Signature, signatures
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.macros.context import CONTEXT

#: What a metric function may ask for.
MEASURED = ("labels", "predictions", "scores")
#: What a function of a `python` step may ask for besides its arguments: how to reach AWS, and Airflow's context.
OFFERED = CONTEXT | {"connection", "region"}
Place = tuple[str | int, ...]


def unknown_callable(subject: Subject) -> Iterator[Problem]:
    """`module.function` must name a function of the package dags/callables."""
    if subject.callables is None:
        return
    for step, (_, fields) in subject.merged.items():
        for path, target in _targets(fields):
            found = _found(target, subject.callables)
            if not isinstance(found, Signature):
                yield subject.field_problem(step, path, "PL403", *found)


def bad_arguments(subject: Subject) -> Iterator[Problem]:
    """A function must take what it is given. What a decorator makes of one cannot be read."""
    if subject.callables is None:
        return
    for step, (_, fields) in subject.merged.items():
        for path, target in _targets(fields):
            found = _found(target, subject.callables)
            if isinstance(found, Signature) and not found.decorated:
                for place, message, hint in _mistakes(path, target, found, fields):
                    yield subject.field_problem(step, place, "PL404", message, hint, key=place[0] == "arguments")


def _targets(fields: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """(path, module.function) of every function that a step names."""
    named: list[tuple[Place, Any]] = [((field,), fields.get(field)) for field in ("callable", "function")]
    named += [(("custom_metrics", name), path) for name, path in (fields.get("custom_metrics") or {}).items()]
    yield from ((path, target) for path, target in named if isinstance(target, str))


def _found(target: str, folder: Path) -> Signature | tuple[str, str]:
    """The function's signature, or (what is wrong, a hint)."""
    module, _, function = target.rpartition(".")
    place = folder.joinpath(*module.split("."))
    file = next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)
    if file is None:
        known = [path.stem for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
        return f"there is no module {module!r} in dags/callables", did_you_mean(module, known)
    functions = signatures(file)
    if functions is None:
        return f"the module {module!r} in dags/callables is not valid Python", ""
    if function not in functions:
        return f"the module {module!r} has no function {function!r}", did_you_mean(function, functions)
    return functions[function]


def _mistakes(
    path: Place, target: str, function: Signature, fields: Mapping[str, Any]
) -> Iterator[tuple[Place, str, str]]:
    """(path, message, hint)"""
    if function.asynchronous:
        yield path, f"{target} is an `async def`, which nobody would wait for", "write `def`"
    elif path[0] == "callable":
        required = [name for name in (*function.positional_only, *function.positional) if name in function.required]
        takes_one = bool(function.positional_only or function.positional or function.any_positional)
        if not takes_one or len(required) > 1 or set(function.keyword_only) & function.required:
            yield path, f"{target} is called with one argument, the DataFrame", f"it takes {_shown(function)}"
    elif path[0] == "custom_metrics":
        yield from _wrong_names(path, target, function, (), MEASURED)
    else:
        yield from _wrong_names(path, target, function, fields.get("arguments") or {}, OFFERED)


def _wrong_names(
    path: Place, target: str, function: Signature, given: Collection[str], offered: Collection[str]
) -> Iterator[tuple[Place, str, str]]:
    """What is wrong when a function is called by name with `given`, and with what it wants of `offered`."""
    only = [name for name in function.positional_only if name in function.required]
    if only:
        message = f"{target} is called by name, and takes {only[0]!r} by position only"
        yield path, message, "take the `/` out of its definition"
    for name in given:
        if name not in (*function.named, *only) and not function.any_keyword:
            hint = did_you_mean(name, function.named) or f"it takes {_shown(function)}"
            yield ("arguments", name), f"{target} has no parameter {name!r}", hint
    missing = [name for name in function.named if name in function.required and name not in {*given, *offered}]
    if missing and path[0] == "custom_metrics":
        hint = f"a metric is given what it names of {', '.join(offered)}"
        yield path, f"{target} needs {_list(missing)}", did_you_mean(missing[0], offered) or hint
    elif missing:
        yield path, f"{target} needs {_list(missing)}", f"write {'it' if len(missing) == 1 else 'them'} in `arguments:`"


def _list(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _shown(function: Signature) -> str:
    return ", ".join((*function.positional_only, *function.named)) or "none"
