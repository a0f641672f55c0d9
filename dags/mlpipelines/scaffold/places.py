"""The dataset that a person names -> a local file to look at, if there is one, and where the pipeline reads it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpipelines.errors import InvalidPipeline
from mlpipelines.layout import PACKAGE
from mlpipelines.local.runs.plan import BUCKET
from mlpipelines.project import Project
from mlpipelines.scaffold.reading import UnreadableDataset
from mlpipelines.scaffold.writing import Place

#: What a pipeline begins with when no dataset is named: it comes with the package.
EXAMPLE = "https://archive.ics.uci.edu/ml/machine-learning-databases/iris/iris.data"
_SHIPPED = PACKAGE / "local" / "datasets"
_VARIABLE = re.compile(r"\{\{ *var\.value\.([A-Za-z_]\w*) *\}\}")


@dataclass(frozen=True)
class Dataset:
    """`path` is None for what would have to be downloaded; `put` is what a local run needs besides its file."""

    path: Path | None
    place: Place
    put: str = ""


def is_address(text: str) -> bool:
    return re.match(r"(https?|s3)://[^/]", text) is not None


def find_dataset(named: str, pipeline: str, project: Project) -> Dataset:
    """Raises UnreadableDataset."""
    if not is_address(named):
        return _local(Path(named), pipeline, project)
    if re.search(r"[\x00-\x20\"'<>\\{}]", named) or "${" in named:
        raise UnreadableDataset(f"{named[:200]!r} is no address; write special characters as %xx")
    entry = json.loads((_SHIPPED / "index.json").read_text(encoding="utf-8")).get(named)
    return Dataset(_SHIPPED / entry["file"] if entry else None, Place(named, ()))


def _local(path: Path, pipeline: str, project: Project) -> Dataset:
    """Steps run on workers, which do not see this machine's files: the file goes to S3, here to the embedded one."""
    if not path.exists():
        raise UnreadableDataset(f"there is no file {path}")
    bucket, here, variable = _bucket(project)
    key = f"raw/{pipeline}/{re.sub(r'[^A-Za-z0-9._-]+', '-', path.name).strip('-') or 'dataset'}"
    file = _quoted(path)
    put = f"--put {_quoted(f'{path}=s3://{here}/{key}')}{f' --var {variable}={here}' if variable else ''}"
    told = re.sub(_VARIABLE, lambda found: f"<Variable {found[1]}>", bucket)
    comments = (
        f"To S3, once: aws s3 cp {file} '{f's3://{told}/{key}'}'",
        f"On this machine: mlpipelines run ... {put}",
    )
    return Dataset(path, Place(f"s3://{bucket}/{key}", comments), put)


def _bucket(project: Project) -> tuple[str, str, str]:
    """(the bucket for the pipeline, its name in local runs, the Airflow Variable that these must be given)"""
    try:
        data: Any = project.defaults.document.data if project.defaults else {}
    except InvalidPipeline:
        data = {}
    given = data.get("bucket") if isinstance(data, dict) else None
    if not isinstance(given, str):
        return "{{ var.value.s3_bucket }}", BUCKET, ""
    if "{" not in given:
        return given, given, ""
    found = _VARIABLE.fullmatch(given.strip())
    if found is None or found[1] == "s3_bucket":
        return "{{ var.value.s3_bucket }}", BUCKET, ""
    return f"{{{{ var.value.{found[1]} }}}}", BUCKET, found[1]


def _quoted(text: Path | str) -> str:
    """For a shell, in one line."""
    import shlex

    return shlex.quote("".join(char if char.isprintable() else "?" for char in str(text)))
