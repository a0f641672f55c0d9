"""A dataset's address -> a local file: from the cache of local runs, the files of the package, or a download."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from mlpipelines.errors import StepError
from mlpipelines.runtime.download import Download, Limits, download, scheme_of, shown
from mlpipelines.runtime.storage import Storage

log = logging.getLogger(__name__)

CACHE = "MLPIPELINES_DATASET_CACHE"
_SHIPPED = Path(__file__).parent.parent / "local" / "datasets"


class Fetched(Protocol):
    """A dataset on the local disk."""

    @property
    def path(self) -> Path: ...

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...


class LocalCopy:
    """A file that was here before. Its digest is computed while others read it; asking for it waits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        thread = ThreadPoolExecutor(1)
        self._digest = thread.submit(_digest, path)
        thread.shutdown(wait=False)

    @property
    def sha256(self) -> str:
        return self._digest.result()


def fetch(url: str, folder: Path, limits: Limits, storage: Storage, sha256: str | None) -> Fetched:
    """The dataset as a local file, its digest checked. With the cache switched on, the web is asked once."""
    wanted = sha256.strip().lower() if sha256 else None
    cache = os.environ.get(CACHE)
    if not cache or scheme_of(url) not in ("http", "https"):
        return _checked(url, download(url, folder / "dataset", limits, storage), wanted)
    for path in (_shipped(url), Path(cache) / hashlib.sha256(url.encode()).hexdigest()):
        if path and path.is_file():
            found = LocalCopy(path)
            if wanted is None or wanted == found.sha256:
                log.info("%s: using the local copy %s", shown(url), path.name)
                return found
    return _into_cache(url, Path(cache), limits, storage, wanted)


def _into_cache(url: str, cache: Path, limits: Limits, storage: Storage, wanted: str | None) -> Download:
    cache.mkdir(parents=True, exist_ok=True)
    # A name of its own until it is whole: other tasks read the same cache.
    with tempfile.TemporaryDirectory(dir=cache, prefix="partial-") as folder:
        fetched = _checked(url, download(url, Path(folder) / "dataset", limits, storage), wanted)
        path = cache / hashlib.sha256(url.encode()).hexdigest()
        fetched.path.replace(path)
    return replace(fetched, path=path)


def _shipped(url: str) -> Path | None:
    entry = json.loads((_SHIPPED / "index.json").read_text()).get(url)
    return _SHIPPED / entry["file"] if entry else None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(url: str, fetched: Download, wanted: str | None) -> Download:
    if wanted not in (None, fetched.sha256):
        raise StepError(
            f"{shown(url)}: the file's sha256 is {fetched.sha256}, and `sha256` says {wanted}; "
            "the file has changed or is damaged: look at it, then correct `sha256`"
        )
    return fetched
