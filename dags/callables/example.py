"""Functions to copy from, one for each way of calling them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def add_ratio(frame: pd.DataFrame) -> pd.DataFrame:
    """Add a feature: the ratio of the last two columns. In a prepare step: `callable: example.add_ratio`.

    With `callable_mode: after` (the default) the frame has passed the built-in processing: the target comes first and
    is a number, all other columns are numeric features without gaps. Return the frame that shall be split; its target
    column must keep its name.
    """
    numerator, denominator = frame.columns[-2], frame.columns[-1]
    return frame.assign(**{f"{numerator}_ratio": frame[numerator] / frame[denominator].replace(0, 1)})


def without_duplicates(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows that occur twice.

    With `callable_mode: instead` the frame is what the file holds: numbers where a whole column is numeric, text
    elsewhere. Everything that is returned must be numeric, the target too.
    """
    return frame.drop_duplicates()


def choose(rows: int, smallest: int = 3, *, params: dict[str, Any]) -> dict[str, Any]:
    """Settings for the steps that follow. In a python step: `function: example.choose`, `arguments: {rows: ...}`.

    `params` are the parameters of the run: Airflow's context gives what `arguments` do not. `${<step>.settings.k}`
    refers to what is returned. A ValueError fails the task with its message.
    """
    if rows < smallest:
        raise ValueError(f"{rows} rows are too few; there should be at least {smallest}")
    return {"settings": {"k": params.get("k", max(smallest, round(rows**0.5)))}}


def cost(labels: np.ndarray, predictions: np.ndarray) -> float:
    """What the mistakes cost. In an evaluate step: `custom_metrics: {cost: example.cost}`.

    A measure gets what its parameters name of `labels`, `predictions` and `scores`, a value for each row, and returns a
    number. `scores` is None when the predictions hold none.
    """
    missed, false_alarms = (labels > predictions).sum(), (labels < predictions).sum()
    return float(10 * missed + false_alarms)
