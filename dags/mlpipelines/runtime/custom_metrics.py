"""A team's own measures: {name: module.function} of dags/callables -> {name: number}."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.decisions import Decided
from mlpipelines.runtime.functions import load_function
from mlpipelines.runtime.scores import ClassScores, NoScores
from mlpipelines.runtime.values import as_number


@dataclass(frozen=True)
class Measured:
    """What a function may ask for, by the names of its parameters."""

    labels: Any
    """numpy array: numbers where all classes are numbers, else texts."""
    predictions: Any
    """The same for what is predicted."""
    scores: Any = None
    """numpy array: the positive class's score for each row, or a column for each class; None when there are none."""


def load_metrics(paths: Mapping[str, str]) -> dict[str, Callable[..., Any]]:
    """The functions, before any work is done for them."""
    return {name: load_function(path, f"custom_metrics.{name}") for name, path in paths.items()}


def custom_metrics(
    functions: Mapping[str, Callable[..., Any]], paths: Mapping[str, str], measured: Measured
) -> dict[str, float]:
    return {name: _number(name, paths[name], function, measured) for name, function in functions.items()}


def of_classes(found: Decided, scores: Callable[[], ClassScores]) -> Measured:
    try:
        given = scores()
        columns = given.columns if given.positive is None else given.columns[:, given.classes.index(given.positive)]
    except NoScores:
        columns = None
    names = _typed(found.classes)
    return Measured(names[found.truth], names[found.decided], columns)


def _typed(classes: Sequence[str]) -> Any:
    import numpy as np

    numbers = [as_number(name) for name in classes]
    if any(number is None for number in numbers):
        return np.array(classes)
    whole = all(float(name).is_integer() and abs(float(name)) < 2**53 for name in classes)
    return np.array(numbers, np.int64 if whole else np.float64)


def _number(name: str, path: str, function: Callable[..., Any], measured: Measured) -> float:
    what = f"`custom_metrics` {name!r} ({path})"
    try:
        result = function(**_wanted(function, measured))
    except StepError as error:
        raise StepError(f"{what}: {error}") from error
    except Exception as error:
        raise StepError(f"{what} failed: {type(error).__name__}: {error}") from error
    try:
        number = float(result)
    except (TypeError, ValueError):
        raise StepError(f"{what} returned {type(result).__name__}, not a number") from None
    if not math.isfinite(number):
        raise StepError(f"{what} returned {number}; return a finite number, or leave the metric out")
    return number


def _wanted(function: Callable[..., Any], measured: Measured) -> dict[str, Any]:
    """The arguments that the function's signature names."""
    parameters = inspect.signature(function).parameters.values()
    given = vars(measured)
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
        return dict(given)
    return {each.name: given[each.name] for each in parameters if each.name in given}
