"""Two functions to copy from; `callable: example.add_ratio` in a prepare step calls the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def add_ratio(frame: pd.DataFrame) -> pd.DataFrame:
    """Add a feature: the ratio of the last two columns.

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
