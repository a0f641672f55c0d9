"""Code that a step brings along: where it goes in S3, and how SageMaker is told of it.

Code lies beside the pipeline file and is named relative to it. It is uploaded by the task itself, from the same version
of the repository that the task was made of (runtime/uploads.py); here it is only named.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

#: Where SageMaker's processing jobs find their script.
CODE_FOLDER = "/opt/ml/processing/input/code"


#: Where the archive of the code lies for training that may not download it, as in SageMaker's own SDK.
CODE_CHANNEL = "code"
_ARCHIVE = "sourcedir.tar.gz"


def is_remote(path: str) -> bool:
    """Whether code lies in S3 already, or its place is known only at run time."""
    return path.startswith(("s3://", "{{"))


def kind_of(folder: Path, path: str, top: Path) -> str:
    """What lies at a path relative to a folder: file, folder, nothing; or outside, when that is not below `top`."""
    place = (folder / path).resolve()
    if not place.is_relative_to(top.resolve()):
        return "outside"
    return "folder" if place.is_dir() else "file" if place.is_file() else "nothing"


def training_code(step: Any, output_prefix: Callable[[], str]) -> dict[str, Any]:
    """{"hyperparameters", "uploads", "channel"} of a training step: in script mode SageMaker's framework images find
    the archive of the code, and the script in it, by two hyperparameters.

    https://github.com/aws/sagemaker-training-toolkit names them. Without a network a container cannot download the
    archive; then `channel` is its address, and it comes with the data.
    """
    if not step.entry_point:
        return {"hyperparameters": step.hyperparameters, "uploads": None, "channel": None}
    remote = step.source is not None and is_remote(step.source)
    archive = step.source if remote else f"{_prefix(step, output_prefix)}/{_ARCHIVE}"
    mode = {"sagemaker_program": step.entry_point, "sagemaker_submit_directory": archive}
    if step.network_isolation:
        name = _ARCHIVE if "{{" in PurePosixPath(archive).name else PurePosixPath(archive).name
        mode["sagemaker_submit_directory"] = f"/opt/ml/input/data/{CODE_CHANNEL}/{name}"
    if step.region:
        mode["sagemaker_region"] = step.region
    if step.source is None:
        mode["sagemaker_program"] = PurePosixPath(step.entry_point).name
    local = {**_upload(step, step.source or step.entry_point, archive), "archive": True}
    return {
        "hyperparameters": {**(step.hyperparameters or {}), **mode},
        "uploads": None if remote else [local],
        "channel": archive if step.network_isolation else None,
    }


def processing_code(step: Any, output_prefix: Callable[[], str]) -> dict[str, Any]:
    """{"uri", "command", "uploads"} of a processing step; all None without a script."""
    script = step.script
    if not script:
        return {"uri": None, "command": None, "uploads": None}
    name = PurePosixPath(script).name
    uri = script if is_remote(script) else f"{_prefix(step, output_prefix)}/{name}"
    return {
        "uri": uri,
        "command": ["python3", f"{CODE_FOLDER}/{name}"],
        "uploads": None if is_remote(script) else [_upload(step, script, uri)],
    }


def _prefix(step: Any, output_prefix: Callable[[], str]) -> str:
    """Several steps, and all runs, may have an `output` in common; their code they have not."""
    return f"{step.output.rstrip('/')}/code/{step.place}" if step.output else f"{output_prefix()}/code"


def _upload(step: Any, path: str, uri: str) -> dict[str, Any]:
    """`path` is relative to the folder `pipelines`."""
    return {"path": str(PurePosixPath(step.folder, path)), "uri": uri, "kms_key": step.kms_key}
