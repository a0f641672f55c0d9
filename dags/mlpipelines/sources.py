"""Code that a step brings along: where it goes in S3, and how SageMaker is told of it.

Code lies beside the pipeline file and is named relative to it. It is uploaded by the task itself, from the same version
of the repository that the task was made of (runtime/uploads.py); here it is only named.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

#: Where SageMaker's processing jobs find their script.
CODE_FOLDER = "/opt/ml/processing/input/code"


def is_remote(path: str) -> bool:
    """Whether code lies in S3 already, or its place is known only at run time."""
    return path.startswith(("s3://", "{{"))


def training_code(step: Any, output_prefix: Callable[[], str]) -> dict[str, Any]:
    """{"hyperparameters", "uploads"} of a training step: in script mode SageMaker's framework images find the archive
    of the code, and the script in it, by two hyperparameters.

    https://github.com/aws/sagemaker-training-toolkit names them.
    """
    if not step.entry_point:
        return {"hyperparameters": step.hyperparameters, "uploads": None}
    remote = step.source is not None and is_remote(step.source)
    archive = step.source if remote else f"{_prefix(step, output_prefix)}/sourcedir.tar.gz"
    mode = {"sagemaker_program": step.entry_point, "sagemaker_submit_directory": archive}
    if step.region:
        mode["sagemaker_region"] = step.region
    if step.source is None:
        mode["sagemaker_program"] = PurePosixPath(step.entry_point).name
    local = {"path": _beside(step, step.source or step.entry_point), "uri": archive, "archive": True}
    return {
        "hyperparameters": {**(step.hyperparameters or {}), **mode},
        "uploads": None if remote else [local],
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
        "uploads": None if is_remote(script) else [{"path": _beside(step, script), "uri": uri}],
    }


def _prefix(step: Any, output_prefix: Callable[[], str]) -> str:
    return f"{(step.output or output_prefix()).rstrip('/')}/code"


def _beside(step: Any, path: str) -> str:
    """The path relative to the folder `pipelines`."""
    return str(PurePosixPath(step.folder, path))
