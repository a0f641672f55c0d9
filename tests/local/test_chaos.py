"""Faults on purpose: which calls go wrong is decided by the seed, and each kind is what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from mlpipelines.local.api.chaos import Faults, InvalidFaults, read_faults
from tests.local.support import Server, running_server

EVERYTHING: dict[str, Any] = {"seed": 3, "rate": 0.3}


def given(faults: Faults | None, calls: list[tuple[str, str]]) -> list[str | None]:
    assert faults
    return [fault.kind if fault else None for fault in (faults.of_call(*call) for call in calls)]


def test_the_same_seed_gives_the_same_faults_whatever_comes_between() -> None:
    calls = [("s3", "GetObject"), ("sagemaker", "DescribeTrainingJob")] * 200
    one, again = (given(read_faults(EVERYTHING), calls) for _ in range(2))
    assert one == again
    assert 80 < sum(kind is not None for kind in one) < 160
    alone = given(read_faults(EVERYTHING), [("s3", "GetObject")] * 200)
    assert alone == one[::2]
    assert given(read_faults({**EVERYTHING, "seed": 4}), calls) != one
    assert {*one} == {None, "throttle", "error", "unavailable", "drop", "lost"}


def test_other_services_are_left_alone_by_a_rate() -> None:
    assert {*given(read_faults(EVERYTHING), [("iam", "GetRole")] * 100)} == {None}


def test_a_fault_may_come_a_number_of_times() -> None:
    faults = read_faults({"faults": [{"action": "Put*", "kind": "error", "times": 2}]})
    calls = [("s3", "PutObject"), ("s3", "GetObject")] * 4
    assert given(faults, calls) == ["error", None, "error", None, None, None, None, None]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"rate": 2}', "a number from 0 to 1"),
        ('{"rates": 0.1}', "unknown member 'rates'"),
        ('{"faults": [{"kind": "explode"}]}', "has a `kind` of throttle, error"),
        ('{"faults": [{"kind": "error", "chance": 1}]}', "unknown member 'chance'"),
        ("{", "faults: "),
        ("no-such-file.json", "No such file"),
        ("[]", "No such file"),
    ],
)
def test_what_cannot_be_understood_is_told(content: str, words: str) -> None:
    with pytest.raises(InvalidFaults, match=words.replace("[", r"\[")):
        read_faults(content)


@contextmanager
def faulty(folder: Path, *faults: dict[str, Any]) -> Iterator[tuple[Server, Path]]:
    journal = folder / "faults.jsonl"
    arguments = ("--faults", json.dumps({"faults": faults}), "--fault-journal", str(journal))
    with running_server(folder / "tmp", *arguments) as server:
        yield server, journal


def client(server: Server, service: str, attempts: int = 1) -> Any:
    config = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=2)
    return boto3.client(
        service,
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


def test_each_kind_is_what_it_says(tmp_path: Path) -> None:
    kinds = ["throttle", "error", "unavailable", "drop", "lost"]
    rules = [{"action": "CreateExperiment", "kind": kind, "times": 1} for kind in kinds]
    rules += [{"service": "s3", "action": "PutObject", "kind": kind, "times": 1} for kind in kinds]
    with faulty(tmp_path, *rules) as (server, journal):
        sagemaker, s3 = client(server, "sagemaker"), client(server, "s3")
        for code, status in (("ThrottlingException", 400), ("InternalFailure", 500), ("ServiceUnavailable", 503)):
            with pytest.raises(ClientError) as error:
                sagemaker.create_experiment(ExperimentName="e")
            assert error.value.response["Error"]["Code"] == code
            assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        for number in (0, 1):
            with pytest.raises(ConnectionClosedError):
                sagemaker.create_experiment(ExperimentName="e")
            assert len(sagemaker.list_experiments()["ExperimentSummaries"]) == number
        for code in ("SlowDown", "InternalError", "ServiceUnavailable"):
            with pytest.raises(ClientError, match=code):
                s3.put_object(Bucket="lab", Key="k", Body=b"x" * 100_000)
        for number in (0, 1):
            with pytest.raises(ConnectionClosedError):
                s3.put_object(Bucket="lab", Key="k", Body=b"x" * 100_000)
            assert s3.list_objects_v2(Bucket="lab")["KeyCount"] == number
    written = [json.loads(line)["kind"] for line in journal.read_text().splitlines()]
    assert written == kinds * 2


def test_a_slow_answer_is_late_and_a_patient_client_gets_it(tmp_path: Path) -> None:
    fault = {"action": "CreateExperiment", "kind": "lost", "delay": 3, "times": 1}
    # The first try was carried out.
    with faulty(tmp_path, fault) as (server, _), pytest.raises(ClientError, match="already exists"):
        client(server, "sagemaker", attempts=2).create_experiment(ExperimentName="e")


def test_what_jobs_read_and_write_is_left_alone(tmp_path: Path) -> None:
    """SageMaker's own access to S3 is AWS's affair, and its own retries."""
    with faulty(tmp_path, {"service": "s3", "kind": "error"}) as (server, journal):
        sagemaker = client(server, "sagemaker")
        with pytest.raises(ClientError, match=r"Could not find model data at s3://lab/none\.tar\.gz"):
            sagemaker.create_model(
                ModelName="m",
                ExecutionRoleArn="arn:aws:iam::123456789012:role/mlpipelines-local",
                PrimaryContainer={"Image": "knn", "ModelDataUrl": "s3://lab/none.tar.gz"},
            )
    assert not journal.exists()
