"""Code beside pipelines -> S3, by the task that needs it, before its job starts.

The code is that of the task's own version of the repository: Airflow's bundles give every run the files that it started
with. Archives are the same bytes for the same files.
"""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mlpipelines.errors import PipelineError
from mlpipelines.runtime.lifecycle import JobOperator
from mlpipelines.runtime.scratch import scratch_folder

#: Where local runs find the code of a pipeline file that lies elsewhere.
ROOT_VARIABLE = "MLPIPELINES_CODE_ROOT"


class MissingCode(PipelineError):
    """The worker does not have the code that the pipeline names."""


class CodeOperator(JobOperator):
    """A job operator whose code is in S3 before its job is created.

    :param uploads: [{"path": relative to pipelines/, "uri": S3 URI, "archive": whether it becomes a .tar.gz, "kms_key":
        the key that encrypts it, if it is not the bucket's own}]
    """

    template_fields: Sequence[str] = (*JobOperator.template_fields, "uploads")

    def __init__(self, *, uploads: list[dict[str, Any]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.uploads = uploads

    def complete(self) -> None:
        super().complete()
        for upload in self.uploads or ():
            put(self.hook.s3_hook, code_root(self.dag.fileloc), upload)
            self.log.info("Uploaded %s to %s", upload["path"], upload["uri"])


def code_root(dag_file: str) -> Path:
    """The folder that code is named relative to: `pipelines/` of the project that the DAG file lies in."""
    given = os.environ.get(ROOT_VARIABLE)
    if given:
        return Path(given)
    from mlpipelines.layout import Layout

    return Layout.of_dag_folder(Path(dag_file).parent).pipelines


def put(s3_hook: Any, root: Path, upload: dict[str, Any]) -> None:
    """Upload one file, or one folder as an archive. Raises MissingCode."""
    source = root / upload["path"]
    if not source.exists():
        raise MissingCode(f"there is no {upload['path']} in {root}; is it deployed with the pipelines?")
    with scratch_folder() as folder:
        file = archive(source, folder / "code.tar.gz") if upload.get("archive") else source
        bucket, key = s3_hook.parse_s3_url(upload["uri"])
        own = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": upload["kms_key"]} if upload.get("kms_key") else None
        s3_hook.get_conn().upload_file(str(file), bucket, key, ExtraArgs=own)


def archive(source: Path, target: Path) -> Path:
    """A .tar.gz of a file, or of what a folder holds, without what Python and editors leave in it."""
    files = [source] if source.is_file() else sorted(_files(source))
    base = source.parent if source.is_file() else source
    with (
        target.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in files:
            _add(tar, path, path.relative_to(base).as_posix())
    return target


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder, links to folders followed, each folder once."""
    seen: set[Path] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        itself = Path(place).resolve()
        folders[:] = [] if itself in seen else [name for name in sorted(folders) if _is_code(name)]
        files = [] if itself in seen else [Path(place, name) for name in names if _is_code(name)]
        seen.add(itself)
        yield from (file for file in files if file.is_file())


def _is_code(name: str) -> bool:
    return name != "__pycache__" and not name.startswith(".")


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    entry = tarfile.TarInfo(name)
    found = path.stat()
    # By its mode, not by what this user may do: another worker's user makes the same archive.
    entry.size, entry.mode = found.st_size, 0o755 if found.st_mode & 0o111 else 0o644
    with path.open("rb") as file:
        tar.addfile(entry, file)
