"""A dataset's address and how to treat it -> files on S3 that SageMaker's algorithms read, and a summary for XCom."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from mlpipelines.errors import StepError
from mlpipelines.runtime.datasets import Fetched, fetch
from mlpipelines.runtime.download import Limits, shown
from mlpipelines.runtime.missing import Setting
from mlpipelines.runtime.outputs import output_uris
from mlpipelines.runtime.preparation import Prepared, Treatment, prepare_files
from mlpipelines.runtime.scratch import scratch_folder
from mlpipelines.runtime.splitting import fractions_of
from mlpipelines.runtime.storage import Storage, split_uri
from mlpipelines.runtime.tables import MISSING_TEXTS, Layout, open_source

log = logging.getLogger(__name__)

_MOST_IN_XCOM = {"classes": 100, "columns": 500}

Classes = Mapping[str, int | str] | Literal["auto"] | None


def prepare(
    *,
    dataset: str,
    output: str,
    split: Mapping[str, float | str],
    files: Mapping[str, str] | None = None,
    connection: str | None = None,
    region: str | None = None,
    kms_key: str | None = None,
    format: Literal["csv", "tsv", "jsonl", "parquet"] | None = None,
    compression: Literal["gzip", "none"] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    columns: Sequence[str] | None = None,
    select: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    rename: Mapping[str, str] | None = None,
    target: str | None = None,
    classes: Classes = None,
    categories: Literal["error", "encode"] = "error",
    missing: Setting = "error",
    missing_values: Sequence[str] | None = None,
    stratify: bool | None = None,
    shuffle: bool = True,
    seed: int = 0,
    sha256: str | None = None,
    timeout: float = 60,
    max_size: int = 10_000_000_000,
    attempts: int = 4,
    callable: str | None = None,
    callable_mode: Literal["after", "instead"] = "after",
) -> dict[str, Any]:
    """Read, clean, split and upload; nothing is uploaded unless everything before has succeeded.

    - `timeout` is seconds of a server's silence, `max_size` bytes, `attempts` how often a download is tried.
    - `columns` names a CSV's columns in order (without a header unless `header` says so); for JSON Lines and Parquet
      it lists the columns to read.
    - Without `shuffle` the first rows of the file (of each class, when stratified) go to the first part, and so on.
    - Statistics that fill missing values are taken over the whole file.

    The result is what `<output>/summary.json` says, small enough for XCom: `classes` is None when there are more than
    100 (`classes_uri` has them all), `columns` when there are more than 500 (summary.json has them all).
    """
    shares = fractions_of(split)
    uris = output_uris(output, list(shares), target is not None, files or {})
    storage = Storage(connection, region, kms_key)
    storage.require_bucket(split_uri(output, "output")[0])
    numbers = _class_numbers(classes)
    missing_texts = frozenset((*MISSING_TEXTS, *(missing_values or ())))
    treatment = Treatment(
        shares=shares,
        target=target,
        rename=rename,
        select=select,
        drop=drop,
        classes=numbers,
        categories=categories,
        missing=missing,
        missing_texts=missing_texts,
        stratify=stratify,
        shuffle=shuffle,
        seed=_seed(seed),
        function=callable,
        mode=callable_mode,
    )
    # A text that the author calls a class is a value, even if it is "NA".
    absent = missing_texts - (set(numbers) if isinstance(numbers, Mapping) else set())
    layout = Layout(format, compression, header, delimiter, tuple(columns) if columns else None, absent)
    with scratch_folder() as folder, _disk_explained(folder):
        fetched = fetch(dataset, folder, Limits(float(timeout), int(max_size), int(attempts)), storage, sha256)
        source = open_source(fetched.path, dataset, shown(dataset), layout)
        prepared = prepare_files(source, treatment, folder)
        return _for_xcom(_upload(folder, storage, output, uris, prepared, fetched))


def _upload(
    folder: Path, storage: Storage, output: str, uris: Mapping[str, str], prepared: Prepared, fetched: Fetched
) -> dict[str, Any]:
    """Data first; the summary last, so that where it exists everything else does."""
    base = output.rstrip("/")
    for name, uri in uris.items():
        path = folder / name
        if path.exists():
            storage.upload(path, uri)
        elif uri != uris[name.removesuffix("_features")]:
            storage.upload(folder / name.removesuffix("_features"), uri)
    classes_uri = f"{base}/classes.json" if prepared.classes is not None or prepared.categories else None
    if classes_uri:
        storage.upload_text(_json(_mappings(prepared)), classes_uri)
    summary: dict[str, Any] = {
        "rows": prepared.rows,
        "feature_count": len(prepared.columns.features),
        "columns": prepared.columns.feature_names,
        "target": prepared.columns.target_name or None,
        "classes": prepared.classes,
        "classes_uri": classes_uri,
        "counts": prepared.counts,
        **uris,
        "sha256": fetched.sha256,
        "bytes": fetched.size,
    }
    storage.upload_text(_json(summary), f"{base}/summary.json")
    return summary


def _for_xcom(summary: dict[str, Any]) -> dict[str, Any]:
    """Airflow keeps results in its database and hands them to every template that asks for one of them."""
    long = [name for name, most in _MOST_IN_XCOM.items() if len(summary[name] or ()) > most]
    return {**summary, **dict.fromkeys(long)}


def _mappings(prepared: Prepared) -> dict[str, Any]:
    """classes.json: text -> number of the target, and of every encoded feature."""
    features = {name: {text: code for code, text in enumerate(texts)} for name, texts in prepared.categories.items()}
    return {"target": prepared.columns.target_name or None, "classes": prepared.classes, "categories": features}


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _class_numbers(classes: Classes) -> Mapping[str, int] | Literal["auto"] | None:
    if classes is None or classes == "auto":
        return None if classes is None else "auto"
    if not isinstance(classes, Mapping) or not classes:
        raise StepError(f"`classes` is {classes!r}; write auto, or a mapping such as {{setosa: 0, virginica: 1}}")
    try:
        return {str(text).strip(): int(number) for text, number in classes.items()}
    except ValueError as error:
        raise StepError(f"`classes` must give every class a whole number ({error})") from error


def _seed(seed: int | str) -> int:
    number = int(seed)
    if number < 0:
        raise StepError(f"`seed` is {number}; use 0 or more")
    return number


@contextmanager
def _disk_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise StepError(
            f"the disk of {folder} is full; preparing needs about five times the file's unpacked size: "
            "set TMPDIR to a larger disk"
        ) from error
