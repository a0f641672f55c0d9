"""Names that are made at run time: of jobs and models, and of the place in S3 where a run writes.

These functions are macros of every generated DAG, so this module imports nothing but the standard library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from mlpipelines.naming import LIMIT, safe


def job_name(ti: Any, dag_run: Any, limit: int = LIMIT) -> str:
    """A name for the job of one try of one task: legal for AWS, unique per run and try, readable.

    `iris-knn-train-model-20261121T045500-3f9a1c-1`: pipeline, step, the run's time, a hash of the run and of the
    names that were cut or spelt otherwise, the try. The run's time is `run_after`: a run may have no logical date.
    """
    digest = hashlib.sha256(f"{ti.dag_id}\n{ti.task_id}\n{dag_run.run_id}".encode()).hexdigest()[:6]
    suffix = f"-{digest}-{ti.try_number}"
    if limit >= 50:
        suffix = f"-{dag_run.run_after.strftime('%Y%m%dT%H%M%S')}{suffix}"
    return _readable(ti.dag_id, ti.task_id, limit - len(suffix)) + suffix


def run_key(dag_run: Any) -> str:
    """The run's part of S3 keys: its id with the characters replaced that tools stumble over, and a hash of it."""
    run_id = str(dag_run.run_id)
    return f"{safe(run_id, '._')[:80].strip('-')}-{hashlib.sha256(run_id.encode()).hexdigest()[:6]}"


def artifact_uri(result: Mapping[str, Any], job: str = "Training") -> str:
    """Where a training job's model lies, or will lie when the job was not waited for: AWS names it by rule."""
    description = result[job]
    found = (description.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
    output = str(description["OutputDataConfig"]["S3OutputPath"]).rstrip("/")
    return str(found or f"{output}/{description['TrainingJobName']}/output/model.tar.gz")


def output_uri(result: Mapping[str, Any], name: str) -> str:
    """Where a processing job writes one of its outputs."""
    outputs = result["Processing"]["ProcessingOutputConfig"]["Outputs"]
    return str(next(output["S3Output"]["S3Uri"] for output in outputs if output["OutputName"] == name))


def predictions_uri(result: Mapping[str, Any]) -> str:
    """Where a transform task's predictions lie: the `.out` object of a single input object, else the prefix."""
    job = result["Transform"]
    output = str(job["TransformOutput"]["S3OutputPath"]).rstrip("/")
    source = job["TransformInput"]["DataSource"]["S3DataSource"]
    name = str(source["S3Uri"]).rsplit("/", 1)[-1]
    one = "." in name and source.get("S3DataType", "S3Prefix") == "S3Prefix"  # a manifest names several
    return f"{output}/{name}.out" if one else f"{output}/"


def _readable(pipeline: str, step: str, limit: int) -> str:
    """`pipeline-step`, shortened to `limit` characters; the step keeps at least half."""
    pipeline, step = safe(pipeline), safe(step)
    step = step[: max(limit - 1 - len(pipeline), (limit - 1) // 2)]
    pipeline = pipeline[: limit - 1 - len(step)]
    return f"{pipeline}-{step}".strip("-") or "job"
