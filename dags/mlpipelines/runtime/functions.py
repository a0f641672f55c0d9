"""`module.function` of the package of a team's own functions -> the function; nothing else is ever imported."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from mlpipelines.errors import StepError, did_you_mean

PACKAGE = "callables"


def load_function(path: str, field: str = "callable") -> Callable[..., Any]:
    """`field` is where the author wrote it, for messages."""
    if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", path):
        raise StepError(f"`{field}` is {path!r}; write module.function, a function in dags/{PACKAGE}/module.py")
    name, _, function = path.rpartition(".")
    module_name = f"{PACKAGE}.{name}"
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise StepError(f"`{field}` {path!r}: its module needs {error.name!r}, which is not installed") from error
        raise StepError(f"`{field}` {path!r}: there is no module dags/{module_name.replace('.', '/')}.py") from error
    found = getattr(module, function, None)
    if not callable(found) or getattr(found, "__module__", None) != module_name:
        own = [key for key, value in vars(module).items() if getattr(value, "__module__", None) == module_name]
        hint = did_you_mean(function, own) or f"it has {', '.join(own) or 'no functions'}"
        raise StepError(f"`{field}` {path!r}: {module_name} defines no function {function!r}; {hint}")
    result: Callable[..., Any] = found
    return result
