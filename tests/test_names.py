"""Names made at run time: legal for AWS, unique per run and try, readable."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from mlpipelines.facts.shapes import request_problems
from mlpipelines.runtime.names import job_name, predictions_uri, run_key


def context(
    dag: str = "iris-knn", task: str = "train_model", run: str = "manual__2026-11-21T04:55:00+00:00", tries: int = 1
) -> tuple[SimpleNamespace, SimpleNamespace]:
    ti = SimpleNamespace(dag_id=dag, task_id=task, try_number=tries)
    return ti, SimpleNamespace(run_id=run, run_after=datetime(2026, 11, 21, 4, 55, tzinfo=UTC))


def test_a_name_can_be_read() -> None:
    assert job_name(*context()).startswith("iris-knn-train-model-20261121T045500-")
    assert job_name(*context()).endswith("-1")


@pytest.mark.parametrize("limit", [63, 32])
@pytest.mark.parametrize("dag", ["a", "a_b__c-", "x" * 200, "1-2", "weekly-customer-churn-prediction-europe"])
@pytest.mark.parametrize("task", ["t", "t_" * 40, "train_model"])
def test_names_are_legal_and_not_too_long(dag: str, task: str, limit: int) -> None:
    ti, run = context(dag, task, tries=123)
    name = job_name(ti, run, limit)
    assert len(name) <= limit
    problems = request_problems("CreateTrainingJob", {"TrainingJobName": name})
    assert [problem for problem in problems if problem.path == ("TrainingJobName",)] == []


def test_names_differ_by_run_task_and_try_and_by_nothing_else() -> None:
    names = [
        job_name(*context()), job_name(*context(run="other")), job_name(*context(task="t")),
        job_name(*context(tries=2)),
        job_name(*context(dag="a_b")), job_name(*context(dag="a-b")),
    ]  # fmt: skip
    assert len(set(names)) == len(names)
    assert job_name(*context()) == job_name(*context())


def test_a_run_has_a_key_that_s3_and_people_can_read() -> None:
    _, run = context()
    assert run_key(run).startswith("manual__2026-11-21T04-55-00-00-00-")
    assert run_key(SimpleNamespace(run_id="a:b")) != run_key(SimpleNamespace(run_id="a-b"))


@pytest.mark.parametrize(
    ("source", "predictions"),
    [("s3://b/in/test.csv", "s3://b/out/test.csv.out"), ("s3://b/in/", "s3://b/out/"), ("s3://b/in", "s3://b/out/")],
)
def test_predictions_lie_where_batch_transform_puts_them(source: str, predictions: str) -> None:
    job = {
        "TransformOutput": {"S3OutputPath": "s3://b/out"},
        "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": source}}},
    }
    assert predictions_uri({"Transform": job}) == predictions


def test_predictions_of_a_manifest_are_several() -> None:
    source = {"S3Uri": "s3://b/in/files.manifest", "S3DataType": "ManifestFile"}
    job = {
        "TransformOutput": {"S3OutputPath": "s3://b/out"},
        "TransformInput": {"DataSource": {"S3DataSource": source}},
    }
    assert predictions_uri({"Transform": job}) == "s3://b/out/"
