"""Runs that share an embedded SageMaker, and what its journal keeps of a request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlpipelines.local.api.journal import Journal
from mlpipelines.local.runs.joining import join
from mlpipelines.local.runs.plan import RunError
from tests.local.support import Server


def test_what_a_run_needs_is_there_afterwards_and_may_have_been_there_before(server: Server) -> None:
    for _ in range(2):
        join(server.endpoint_url, "us-east-2", ["lab", "joining-new"], ["joining-role"])
    assert {"lab", "joining-new"} <= {bucket["Name"] for bucket in server.s3.list_buckets()["Buckets"]}
    assert server.client("iam").get_role(RoleName="joining-role")["Role"]["Arn"].endswith("role/joining-role")


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("https://api.sagemaker.us-east-2.amazonaws.com", "on this machine"),
        ("127.0.0.1:5000", "on this machine"),
        ("http://127.0.0.1:9", "there is no embedded SageMaker at http://127.0.0.1:9"),
    ],
)
def test_only_an_embedded_sagemaker_that_answers_is_joined(endpoint: str, says: str) -> None:
    with pytest.raises(RunError, match=says):
        join(endpoint, "us-east-2", [], [])


def test_the_journal_leaves_out_what_a_client_adds_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    Journal(file).record("StartPipelineExecution", {"PipelineName": "flowers", "ClientRequestToken": "x" * 32})
    Journal(file).record("CreateModelPackage", {"ModelPackageGroupName": "flowers", "ClientToken": "x" * 32})
    assert [json.loads(line)["request"] for line in file.read_text().splitlines()] == [
        {"PipelineName": "flowers"},
        {"ModelPackageGroupName": "flowers"},
    ]
