"""What templates can do to a value: the filters and functions of templates/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlpipelines.facts.images import image_uri
from mlpipelines.naming import resource_name
from mlpipelines.sources import processing_code, training_code
from mlpipelines.units import polls, seconds, size

#: How a comparison of the language is called by the provider's condition operator.
_COMPARISONS = {
    "==": "Equals",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqualTo",
    "<": "LessThan",
    "<=": "LessThanOrEqualTo",
}


def aws_tags(tags: Mapping[str, str | None] | None) -> list[dict[str, str]] | None:
    """{key: value} -> AWS's list; a null takes a default's tag away."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items() if value is not None] or None


def step_image(step: Any) -> str | None:
    """The image that a step gives, or that of its built-in algorithm in its region."""
    if step.image or not step.algorithm or not step.region:
        return step.image if step.image else None
    return image_uri(step.algorithm, step.algorithm_version, step.region)


def container_image(container: Mapping[str, Any], step: Any) -> str | None:
    """The same for one of several containers, in the region of its step."""
    if container["image"] or not container["algorithm"] or not step.region:
        return container["image"] or None
    return image_uri(container["algorithm"], container["algorithm_version"], step.region)


def capacity(amount: int | str | None) -> dict[str, Any] | None:
    """10% or a number of instances -> AWS's CapacitySize."""
    if amount is None:
        return None
    if isinstance(amount, str) and amount.endswith("%"):
        share = amount[:-1]
        return {"Type": "CAPACITY_PERCENT", "Value": int(share) if share.isdecimal() else share}
    return {
        "Type": "INSTANCE_COUNT",
        "Value": int(amount) if isinstance(amount, str) and amount.isdecimal() else amount,
    }


def conditions(comparisons: list[dict[str, Any]], match: str) -> list[dict[str, Any]]:
    """The language's comparisons in the words of SageMakerConditionOperator; its list must hold as a whole."""
    result = [_condition(comparison) for comparison in comparisons]
    return result if match == "all" else [{"type": "Or", "conditions": result}]


def _condition(comparison: dict[str, Any]) -> dict[str, Any]:
    left, right = comparison["left"], comparison["right"]
    if comparison["is"] == "in":
        return {"type": "In", "value": left, "in_values": right}
    return {"type": _COMPARISONS[comparison["is"]], "left_value": left, "right_value": right}


def _timedelta(duration: str | None) -> Any:
    return duration and {"__type__": "datetime.timedelta", "seconds": seconds(duration)}


FILTERS: dict[str, Callable[..., Any]] = {
    "seconds": lambda duration: duration and seconds(duration),
    "minutes": lambda duration: duration and -(-seconds(duration) // 60),
    "bytes": lambda text: text and size(text),
    "timedelta": _timedelta,
    "aws_tags": aws_tags,
    "capacity": capacity,
    "rollback_alarms": lambda names: names and {"Alarms": [{"AlarmName": name} for name in names]},
    "conditions": conditions,
    "one": lambda value: value[0] if isinstance(value, list) else value,
    "several": lambda value: value if isinstance(value, list) and len(value) > 1 else None,
    "listed": lambda value: [value] if isinstance(value, str) else value,
}
GLOBALS: dict[str, Callable[..., Any]] = {
    "polls": polls,
    "image_uri": step_image,
    "container_image": container_image,
    "resource_name": resource_name,
    "training_code": training_code,
    "processing_code": processing_code,
}
