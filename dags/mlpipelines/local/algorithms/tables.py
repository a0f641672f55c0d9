"""CSV, as SageMaker's algorithms read it (no header, label first), or RecordIO-wrapped protobuf, to arrays."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.contract import ClientError, channel_files, channels, content_type
from mlpipelines.local.algorithms.recordio import CONTENT_TYPE as RECORDIO
from mlpipelines.local.algorithms.recordio import parse_recordio

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Table:
    """Rows; `labels` is empty where the data has none."""

    features: Array
    labels: Array


def read_channel(channel: str, default_type: str = RECORDIO, label_sizes: tuple[int, ...] = (1,)) -> Table:
    """A channel of as many label columns as one of `label_sizes`. Without a word in its content type it has one, as on
    AWS. Raises ClientError when the channel is missing, empty, of another type, or no numbers."""
    if channel not in channels():
        raise ClientError(f"Missing required channel: the algorithm needs the channel '{channel}'")
    kind, parameters = content_type(channel, default_type)
    if kind == RECORDIO:
        return _read_records(channel, 0 in label_sizes)
    if kind != "text/csv":
        raise ClientError(
            f"Unable to read data channel '{channel}'. Requested content-type is '{kind}', but there are only text/csv "
            f"and {RECORDIO}. Set the channel's ContentType to text/csv if that is what its data is."
        )
    size = parameters.get("label_size", "1")
    if size not in map(str, label_sizes):
        allowed = " or ".join(f"{kind};label_size={number}" for number in label_sizes)
        raise ClientError(
            f"Unable to read data channel '{channel}'. Its content type means label_size={size}, and the algorithm "
            f"needs {allowed} here."
        )
    rows = join([_read_file(channel, file) for file in channel_files(channel)], channel)
    first = int(size)
    if rows.shape[1] <= first:
        raise ClientError(f"Unable to read data channel '{channel}'. A row needs a label and at least one feature.")
    return Table(rows[:, first:], rows[:, 0] if first else np.empty(0))


def read_features(channel: str, width: int) -> Array:
    """A channel without labels (label_size=0), or whose first column is one that nobody looks at."""
    features = read_channel(channel, label_sizes=(0, 1)).features
    if features.shape[1] == width - 1 and content_type(channel, "")[1].get("label_size") != "0":
        raise ClientError(
            f"The channel '{channel}' has {width} columns, of which the first one counts as label, but feature_dim is "
            f"{width}. Data without labels has the ContentType text/csv;label_size=0."
        )
    check_width(features, width, f"The channel '{channel}'")
    return features


def _read_records(channel: str, unlabelled: bool) -> Table:
    features, labels = [], []
    for file in channel_files(channel):
        where = f"Unable to read data channel '{channel}'. File {file.name}"
        try:
            rows, own = parse_recordio(file.read_bytes())
        except ValueError as error:
            hint = "Set the channel's ContentType to text/csv if that is what its data is"
            raise ClientError(f"{where}: {error}. {hint}.") from None
        check_finite(rows, where)
        if not len(own) and not unlabelled:
            raise ClientError(f"{where}: its records have no labels")
        features.append(rows)
        labels.append(own)
    return Table(join(features, channel), np.concatenate(labels))


def join(parts: list[Array], channel: str) -> Array:
    widths = {part.shape[1] for part in parts}
    if len(widths) > 1:
        raise ClientError(
            f"Unable to read data channel '{channel}'. Its files have different numbers of columns: {sorted(widths)}"
        )
    return np.concatenate(parts)


def parse_csv(text: str) -> Array:
    """Rows of numbers. Raises ValueError that says which row and column is wrong, counted from 1."""
    if not text.strip():
        raise ValueError("there are no rows")
    try:
        return np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2, comments=None, quotechar='"')
    except ValueError as error:
        raise ValueError(_explain(text, str(error))) from None


def check_finite(rows: Array, what: str) -> None:
    if not np.isfinite(rows).all():
        row, column = (int(index[0]) + 1 for index in np.nonzero(~np.isfinite(rows)))
        raise ClientError(f"{what} has a missing or infinite value in row {row}, column {column}")


def check_width(rows: Array, width: int, what: str) -> None:
    if rows.shape[1] != width:
        raise ClientError(f"{what} has {rows.shape[1]} features, but feature_dim is {width}")


def _read_file(channel: str, file: Path) -> Array:
    where = f"Unable to read data channel '{channel}'. File {file.name}"
    try:
        rows = parse_csv(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ClientError(f"{where}: {error}") from None
    check_finite(rows, where)
    return rows


def _explain(text: str, message: str) -> str:
    """numpy counts from 0 and speaks of usecols."""
    if match := re.search(r"could not convert string (.+) to float64 at row (\d+), column (\d+)", message):
        header = " (SageMaker's algorithms want no header)" if match[2] == "0" else ""
        return f"{match[1]} in row {int(match[2]) + 1}, column {match[3]} is not a number{header}"
    if match := re.search(r"number of columns changed from (\d+) to (\d+) at row (\d+)", message):
        return f"row {match[3]} has {match[2]} columns, the rows before it have {match[1]}"
    return message
