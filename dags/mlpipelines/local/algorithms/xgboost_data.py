"""Data in the formats of SageMaker's XGBoost container (text/csv, text/libsvm) -> the library's matrices."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.contract import ClientError, channel_files, channels, content_type
from mlpipelines.local.algorithms.tables import Array, check_finite, join, parse_csv


def read_matrix(channel: str, weighted: bool, width: int | None = None) -> Any:
    """A channel as a DMatrix; `width` is the number of features when it is known, for libsvm does not tell it."""
    import xgboost

    if channel not in channels():
        raise ClientError(f"Missing required channel: the algorithm needs the channel '{channel}'")
    kind, parameters = content_type(channel, "text/libsvm")
    if kind in ("text/csv", "csv"):
        if parameters.get("label_size", "1") != "1":
            raise ClientError(f"channel '{channel}': content type text/csv needs label_size=1")
        rows = join([_read_csv_file(channel, path) for path in channel_files(channel)], channel)
        first = 2 if weighted else 1
        if rows.shape[1] <= first:
            raise ClientError(f"channel '{channel}' has {rows.shape[1]} columns: a label and features are needed")
        check_finite(rows[:, :1], f"the label column of channel '{channel}'")
        return xgboost.DMatrix(rows[:, first:], label=rows[:, 0], weight=rows[:, 1] if weighted else None)
    if kind in ("text/libsvm", "text/x-libsvm", "libsvm"):
        return _libsvm_matrix(channel, width)
    raise ClientError(f"channel '{channel}': content type {kind!r} is not read locally; use text/csv or text/libsvm")


def _read_csv_file(channel: str, path: Path) -> Array:
    try:
        return read_csv(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ClientError(f"Failed to read csv data of channel '{channel}', file {path.name}: {error}") from None


def _libsvm_matrix(channel: str, width: int | None) -> Any:
    import xgboost
    from sklearn.datasets import load_svmlight_files

    files = channel_files(channel)
    try:
        # One index base for all files: feature 0 counts in the container, so nothing is guessed from the data.
        loaded = load_svmlight_files([str(path) for path in files], zero_based=True, n_features=width)
    except ValueError as error:
        raise ClientError(
            f"Failed to read libsvm data of channel '{channel}': {error}. If the data is CSV, set the channel's "
            "ContentType to text/csv"
        ) from None
    from scipy.sparse import vstack

    return xgboost.DMatrix(vstack(loaded[0::2]).tocsr(), label=np.concatenate(loaded[1::2]))


def read_csv(text: str) -> Array:
    """Rows of numbers; an empty cell is a missing value."""
    if re.search(r",[ \t]*(,|$)|^[ \t]*,", text, re.MULTILINE):
        lines = (line for line in text.splitlines() if line.strip())
        text = "\n".join(",".join(cell.strip() or "nan" for cell in line.split(",")) for line in lines)
    return parse_csv(text)


def read_libsvm(text: str, width: int) -> Array:
    """Rows of `index:value`, with or without a label in front."""
    rows = np.full((len(text.splitlines()), width), math.nan)
    for number, line in enumerate(text.splitlines()):
        for pair in line.split():
            index, colon, value = pair.partition(":")
            if colon:
                if int(index) >= width:
                    raise ValueError(f"row {number + 1} has feature {index}, the model was trained on {width}")
                rows[number, int(index)] = float(value)
    return rows
