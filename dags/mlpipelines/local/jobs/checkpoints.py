"""CheckpointConfig: what S3 holds goes below /opt/ml/checkpoints before a job starts, what is new up when it ends.

However it ends: a job that was stopped is what checkpoints are for. Differs from AWS in this: nothing goes up while the
job runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mlpipelines.local.faults import ClientFault
from mlpipelines.local.jobs.opt_ml import OPT_ML, OptMl
from mlpipelines.local.storage import Storage, files_below

DEFAULT = f"{OPT_ML}/checkpoints"
#: Size and time of a file: another one is a new checkpoint.
Stamp = tuple[int, int]


@contextmanager
def kept_checkpoints(storage: Storage, config: Mapping[str, Any] | None, place: OptMl) -> Iterator[None]:
    """Raises ClientFault; what went wrong inside is told rather than that."""
    if not config:
        yield
        return
    uri, folder = f"{config['S3Uri'].rstrip('/')}/", place.host(config.get("LocalPath") or DEFAULT)
    known = _restore(storage, uri, folder)
    try:
        yield
    except BaseException:
        with suppress(ClientFault):
            _save(storage, uri, folder, known)
        raise
    _save(storage, uri, folder, known)


def _restore(storage: Storage, uri: str, folder: Path) -> dict[str, Stamp]:
    storage.check_bucket(uri, "CheckpointConfig.S3Uri")
    folder.mkdir(parents=True, exist_ok=True)
    for item in storage.objects({"S3DataType": "S3Prefix", "S3Uri": uri}, required=False):
        storage.download(item, folder)
    return {name: _stamp(path) for name, path in files_below(folder, uri).items()}


def _save(storage: Storage, uri: str, folder: Path, known: Mapping[str, Stamp]) -> None:
    for name, path in files_below(folder, uri).items():
        if known.get(name) != _stamp(path):
            storage.upload(path, name)


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
