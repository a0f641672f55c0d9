"""The ranges of a tuning job: what SageMaker cannot search, and how many combinations there are.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, RuleTable, at, below, entries, listed, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

_INTEGER, _CONTINUOUS = "IntegerParameterRanges", "ContinuousParameterRanges"
_CATEGORICAL = "CategoricalParameterRanges"


def ranges(request: Request) -> Iterator[tuple[RequestPath, Request]]:
    """(path, ranges) of the tuning job and of those kinds of trials that have their own."""
    places: list[RequestPath] = [
        ("HyperParameterTuningJobConfig", "ParameterRanges"),
        ("TrainingJobDefinition", "HyperParameterRanges"),
    ]
    several = range(len(listed(request, "TrainingJobDefinitions")))
    for path in (*places, *(("TrainingJobDefinitions", index, "HyperParameterRanges") for index in several)):
        found = at(request, *path)
        if isinstance(found, dict):
            yield path, found


def numeric_ranges(request: Request) -> Iterator[ShapeProblem]:
    """Numbers are searched from low to high, on scales that have them."""
    for path, found in ranges(request):
        for member in (_INTEGER, _CONTINUOUS):
            for index, item in entries(found, member):
                yield from below((*path, member, index), _range(item, whole=member == _INTEGER))


def combinations(request: Request) -> int | None:
    """How many different trials the ranges allow; None: without end, known only at run time, or for AWS to choose."""
    found = list(ranges(request))
    if len(found) != 1 or "TrainingJobDefinitions" in request or "WarmStartConfig" in request:
        return None
    given = found[0][1]
    if given.get(_CONTINUOUS) or given.get("AutoParameters"):
        return None
    if any(map(is_template, (*given.values(), *listed(given, _INTEGER), *listed(given, _CATEGORICAL)))):
        return None
    sizes = [_whole_numbers(item) for item in listed(given, _INTEGER)]
    sizes += [_values(item) for item in listed(given, _CATEGORICAL)]
    known = [size for size in sizes if size is not None]
    return math.prod(known) if known and len(known) == len(sizes) else None


def _whole_numbers(item: Request) -> int | None:
    low, high = (_number(item.get(member), whole=True) for member in ("MinValue", "MaxValue"))
    return None if low is None or high is None or high < low else int(high) - int(low) + 1


def _values(item: Request) -> int | None:
    values = listed(item, "Values")
    return None if not values or any(map(is_template, values)) else len(set(values))


def _range(item: Request, *, whole: bool) -> Iterator[ShapeProblem]:
    low, high = (_number(item.get(member), whole=whole) for member in ("MinValue", "MaxValue"))
    for member, end in (("MinValue", low), ("MaxValue", high)):
        if end is None and member in item and not is_template(item[member]):
            wanted = "a whole number" if whole else "a number"
            yield problem("SM215", (member,), f"expected {wanted}, not {item[member]!r}")
    if low is None or high is None:
        return
    shown = item["MinValue"], item["MaxValue"]
    if low > high:
        yield problem("SM215", (), f"the lowest value {shown[0]} is greater than the highest {shown[1]}", "swap them")
    elif low == high:
        message = f"there is nothing to search: both ends are {shown[0]}"
        yield problem("SM215", (), message, "write it in `hyperparameters`")
    scale = item.get("ScalingType")
    if scale == "Logarithmic" and low <= 0:
        yield problem("SM207", ("ScalingType",), "a logarithmic range lies above 0", f"it begins at {shown[0]}")
    if scale == "ReverseLogarithmic" and (whole or not 0 <= low <= high < 1):
        message = "a reverse logarithmic range is continuous and lies between 0 and 1, 1 excluded"
        yield problem("SM208", ("ScalingType",), message, "write `scaling: Auto`, or another range")


def _number(text: Any, *, whole: bool) -> float | None:
    """The value of a text; None: it is none, or is known only at run time."""
    try:
        value = float(int(text) if whole else text)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


RULES: RuleTable = {"CreateHyperParameterTuningJob": (numeric_ranges,)}
