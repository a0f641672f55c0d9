"""Expressions of a pipeline definition (`Get`, `Std:Join`, conditions) -> their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlpipelines.local.records.pipeline_definition import PARAMETER_TYPES

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda left, right: left == right,
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanOrEqualTo": lambda left, right: left >= right,
    "LessThan": lambda left, right: left < right,
    "LessThanOrEqualTo": lambda left, right: left <= right,
}


class ExpressionError(Exception):
    """What cannot be evaluated; the text becomes the step's FailureReason."""


def value_of(expression: Any, names: Mapping[str, Any]) -> Any:
    """`names` has what `Get` can reach: {"Parameters.k": 3, "Execution.PipelineName": "x", "Steps.a.Outcome": True}."""
    if isinstance(expression, list):
        return [value_of(item, names) for item in expression]
    if not isinstance(expression, Mapping):
        return expression
    match expression:
        case {"Get": str(name)} if len(expression) == 1:
            if name not in names:
                raise ExpressionError(f"Not simulated by the local SageMaker: {name} has no value here")
            return names[name]
        case {"Std:Join": {"On": str(on), "Values": list(values)}} if len(expression) == 1:
            return on.join(as_text(value_of(value, names)) for value in values)
    if any(key == "Get" or str(key).startswith("Std:") for key in expression):
        raise ExpressionError(f"Not simulated by the local SageMaker: the expression {', '.join(expression)}")
    return {key: value_of(value, names) for key, value in expression.items()}


def holds(condition: Any, names: Mapping[str, Any]) -> bool:
    match condition:
        case {"Type": "And", "Conditions": list(parts)}:
            return all(holds(part, names) for part in parts)
        case {"Type": "Or", "Conditions": list(parts)}:
            return any(holds(part, names) for part in parts)
        case {"Type": "Not", "Expression": inner}:
            return not holds(inner, names)
        case {"Type": "In", "QueryValue": query, "Values": values}:
            return _among(value_of(query, names), value_of(values, names))
        case {"Type": str(kind), "LeftValue": left, "RightValue": right} if kind in COMPARED:
            return _compared(kind, value_of(left, names), value_of(right, names))
    raise ExpressionError(f"ClientError: this is no condition: {condition!r}")


def typed_parameter(kind: str, text: str) -> Any:
    """What the text given for a parameter stands for. Raises ValueError."""
    if kind == "Boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return PARAMETER_TYPES[kind](text)


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _among(query: Any, values: Any) -> bool:
    if not isinstance(values, list):
        raise ExpressionError("ClientError: the Values of an In condition must be a list")
    return any(_compared("Equals", query, value) for value in values)


def _compared(kind: str, left: Any, right: Any) -> bool:
    if kind == "Equals" and isinstance(left, bool) != isinstance(right, bool):
        return False
    try:
        return COMPARED[kind](left, right)
    except TypeError:
        raise ExpressionError(f"ClientError: {left!r} and {right!r} cannot be compared by {kind}") from None
