"""A file of labels, one a line -> the truth."""

from __future__ import annotations

import io

from mlpipelines.errors import StepError
from mlpipelines.runtime.values import Values, ValuesBuilder, as_number


def read_labels(uri: str, data: bytes) -> Values:
    """Blank lines are left out. Raises StepError for what is no label."""
    builder, count = ValuesBuilder(), 0
    try:
        for number, line in enumerate(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig"), 1):
            if text := line.strip():
                label = text.strip('"')
                builder.add(label, _checked(f"{uri}, line {number}", label))
                count += 1
    except UnicodeDecodeError as error:
        raise StepError(f"{uri}: the labels are not text; give a part's `<part>_labels`") from error
    if not count:
        raise StepError(f"{uri}: there are no labels, so there is nothing to evaluate")
    return builder.build()


def _checked(place: str, label: str) -> float | None:
    """The label as a number if it is one."""
    number = as_number(label)
    if "," in label:
        raise StepError(f"{place}: one label per line is expected; give a part's `<part>_labels`")
    if not label or (number is not None and not abs(number) < float("inf")):
        raise StepError(f"{place}: the label is {label!r}; correct the data, or drop such rows")
    return number
