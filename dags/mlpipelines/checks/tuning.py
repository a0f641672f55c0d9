"""The search of a tuning job: ranges that cannot be searched, and a metric that nobody measures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.facts.shapes import is_template

_KINDS = ("integer", "continuous", "categorical", "automatic")
Mistake = tuple[tuple[str | int, ...], str, str]


def bad_ranges(subject: Subject) -> Iterator[Problem]:
    """Each hyperparameter is searched in exactly one way, and from low to high."""
    for name, fields in subject.searches:
        for parameter, given in fields["ranges"].items():
            for path, message, hint in _mistakes(given):
                yield subject.field_problem(name, ("ranges", parameter, *path), "PL407", message, hint)
            if parameter in (fields["hyperparameters"] or {}):
                message = f"the hyperparameter {parameter!r} is searched in `ranges`, and given here as well"
                yield subject.field_problem(name, ("hyperparameters", parameter), "PL407", message)


def bad_grid(subject: Subject) -> Iterator[Problem]:
    """A grid is searched completely: all ranges are lists, and there are as many jobs as combinations."""
    for name, fields in subject.searches:
        ranges = fields["ranges"].items()
        if fields["strategy"] != "Grid":
            continue
        numeric = [parameter for parameter, given in ranges if given["categorical"] is None]
        for parameter in numeric:
            message = "a grid is searched over lists of values"
            hint = "write {categorical: [...]}"
            yield subject.field_problem(name, ("ranges", parameter), "PL407", message, hint)
        size = math.prod(len(given["categorical"] or ()) for _, given in ranges)
        if not numeric and isinstance(fields["max_jobs"], int) and fields["max_jobs"] != size:
            message = f"the grid has {size} combinations, and max_jobs is {fields['max_jobs']}"
            yield subject.field_problem(name, ("max_jobs",), "PL407", message, f"write max_jobs: {size}")


def unmeasured_objective(subject: Subject) -> Iterator[Problem]:
    """The metric of an image of one's own must be one of those that are read from its log."""
    for name, fields in subject.searches:
        field = "maximize" if fields["maximize"] is not None else "minimize"
        metric, metrics = fields[field], fields["metrics"] or {}
        if (
            fields["image"]
            and metric is not None
            and not is_template(metric)
            and metric not in metrics
            and not _defined_elsewhere(fields)
        ):
            hint = did_you_mean(metric, metrics) or "write `metrics:` {" + f"{metric!r}: <regular expression>" + "}"
            message = f"the metric {metric!r} is not one of `metrics`, which are read from the job's log"
            yield subject.field_problem(name, (field,), "SM213", message, hint)


def _defined_elsewhere(fields: dict[str, Any]) -> bool:
    """Whether the author gives AWS's definition of the trials in part."""
    request = fields["request"]
    return bool(request and {"TrainingJobDefinition", "TrainingJobDefinitions"} & set(request))


def _mistakes(given: dict[str, Any]) -> Iterator[Mistake]:
    kinds = [kind for kind in _KINDS if given[kind] is not None]
    if len(kinds) != 1:
        shown = ", ".join(kinds) if kinds else "none"
        yield (kinds[-1:] and (kinds[-1],)) or (), f"a range is one of {', '.join(_KINDS)}; this has {shown}", ""
    elif kinds[0] in ("integer", "continuous"):
        yield from _numeric(kinds[0], given)
    elif given["scaling"] is not None:
        yield ("scaling",), f"only integer and continuous ranges have a scaling, and this is {kinds[0]}", ""


def _numeric(kind: str, given: dict[str, Any]) -> Iterator[Mistake]:
    ends = [_number(kind, text) for text in given[kind]]
    for index, (end, text) in enumerate(zip(ends, given[kind], strict=True)):
        if end is None and not is_template(text):
            wanted = "a whole number" if kind == "integer" else "a number"
            yield (kind, index), f"expected {wanted}, not {text!r}", ""
    low, high = ends
    if low is None or high is None:
        return
    if low > high:
        yield (kind,), f"the lowest value {given[kind][0]} is greater than the highest {given[kind][1]}", "swap them"
    if low == high:
        yield (kind,), f"there is nothing to search: both ends are {given[kind][0]}", "write it in `hyperparameters`"
    if given["scaling"] == "Logarithmic" and low <= 0:
        yield ("scaling",), "a logarithmic range lies above 0", f"it begins at {given[kind][0]}"
    if given["scaling"] == "ReverseLogarithmic" and (kind == "integer" or not 0 <= low <= high < 1):
        yield ("scaling",), "a reverse logarithmic range is continuous and lies between 0 and 1, 1 excluded", ""


def _number(kind: str, text: Any) -> float | None:
    """The value of a text; None: it is none, or is known only at run time."""
    try:
        value = float(int(text) if kind == "integer" else text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
