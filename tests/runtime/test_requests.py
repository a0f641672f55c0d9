"""Requests as AWS gets them, errors as AWS tells them, answers as XCom keeps them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from mlpipelines.errors import StepError
from mlpipelines.runtime import aws_errors
from mlpipelines.runtime.casting import cast_request
from mlpipelines.runtime.job_kinds import ENDPOINT, KINDS, TRAINING
from mlpipelines.runtime.plain_data import plain_data
from mlpipelines.runtime.requests import expand_roles, merge_text, refuse_wrong, set_instance_type


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        (None, {"A": {"x": 1}, "B": [1]}),
        ("", {"A": {"x": 1}, "B": [1]}),
        ('{"A": {"y": 2}}', {"A": {"x": 1, "y": 2}, "B": [1]}),
        ('{"A": {"x": null}, "B": [2, 3], "C": "c"}', {"A": {}, "B": [2, 3], "C": "c"}),
        ({"A": {"x": 5}}, {"A": {"x": 5}, "B": [1]}),
    ],
)
def test_a_request_of_another_task_is_merged_over_the_templates(text: Any, merged: dict[str, Any]) -> None:
    assert merge_text({"A": {"x": 1}, "B": [1]}, text) == merged


@pytest.mark.parametrize(
    ("text", "words"), [("{'A': 1}", "is no JSON"), ("[1]", "must be a mapping"), ("None", "JSON")]
)
def test_what_is_no_request_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        merge_text({}, text)


def test_a_request_of_texts_gets_aws_types() -> None:
    text = json.dumps({"ResourceConfig": {"InstanceCount": "2"}, "HyperParameters": {"eta": "0.10"}})
    request = cast_request("CreateTrainingJob", merge_text({"EnableManagedSpotTraining": "true"}, text))
    assert request["ResourceConfig"] == {"InstanceCount": 2}
    assert request["HyperParameters"] == {"eta": "0.10"}
    assert request["EnableManagedSpotTraining"] is True


def test_what_is_ignored_before_the_deployment_is_not_refused_after_it() -> None:
    request = {
        "ModelName": "m",
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
        "EnableNetworkIsolation": "maybe",
    }
    with pytest.raises(StepError, match="EnableNetworkIsolation"):
        refuse_wrong("CreateModel", request)
    with pytest.raises(StepError, match="EnableNetworkIsolation"):
        refuse_wrong("CreateModel", request, ignored=["SM811"])
    refuse_wrong("CreateModel", request, ignored=["SM003"])


def test_every_role_becomes_an_arn() -> None:
    request: dict[str, Any] = {
        "RoleArn": "a",
        "TrainingJobDefinition": {"RoleArn": "b"},
        "TrainingJobDefinitions": [{"RoleArn": "c"}, {}],
        "Model": {"ExecutionRoleArn": "d"},
    }
    expand_roles(request, str.upper)
    assert (request["RoleArn"], request["TrainingJobDefinition"]["RoleArn"]) == ("A", "B")
    assert request["TrainingJobDefinitions"] == [{"RoleArn": "C"}, {}]
    assert request["Model"] == {"ExecutionRoleArn": "D"}


def test_every_instance_gets_the_type() -> None:
    request = {"A": [{"InstanceType": "x"}, {"B": {"InstanceType": "y"}}], "C": "InstanceType"}
    set_instance_type(request, "z")
    assert request == {"A": [{"InstanceType": "z"}, {"B": {"InstanceType": "z"}}], "C": "InstanceType"}


def test_answers_become_json() -> None:
    told = plain_data(
        {
            "At": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "On": [date(2026, 1, 2)],
            "Loss": float("nan"),
            "Score": 0.5,
            "None": None,
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }
    )
    wanted = {"At": "2026-01-02T03:04:05+00:00", "On": ["2026-01-02"], "Loss": "nan", "Score": 0.5, "None": None}
    assert told == wanted


def client_error(code: str, message: str = "", status: int = 400, attempts: int = 0) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status, "RetryAttempts": attempts}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "CreateTrainingJob")


@pytest.mark.parametrize(
    ("error", "meanings"),
    [
        (client_error("ThrottlingException", "Rate exceeded"), {"passing"}),
        (client_error("Unheard", status=503), {"passing"}),
        (ConnectTimeoutError(endpoint_url="x"), {"passing"}),
        (ConnectionClosedError(endpoint_url="x"), {"passing"}),
        (ReadTimeoutError(endpoint_url="x"), {"passing"}),
        (EndpointConnectionError(endpoint_url="x"), {"passing"}),
        (client_error("ResourceInUse"), {"taken"}),
        (client_error("ResourceInUse", attempts=2), {"taken", "repeated"}),
        (client_error("ValidationException", "Cannot create already existing model"), {"taken", "unknown"}),
        (client_error("ValidationException", "Requested resource not found."), {"unknown"}),
        (client_error("ResourceNotFound"), {"unknown"}),
        (client_error("AccessDeniedException"), set()),
        (ParamValidationError(report="x"), set()),
        (ValueError("x"), set()),
    ],
)
def test_errors_are_told_apart(error: Exception, meanings: set[str]) -> None:
    tests = {
        "passing": aws_errors.is_passing,
        "taken": aws_errors.is_taken,
        "repeated": aws_errors.is_repeated,
        "unknown": aws_errors.is_unknown,
    }
    assert {name for name, test in tests.items() if test(error)} == meanings


@pytest.mark.parametrize(
    ("reason", "capacity"),
    [
        ("CapacityError: Unable to provision requested ML compute capacity. Please retry", True),
        ("Unable to provision requested compute capacity for 'ml.g5.xlarge'", True),
        ("InsufficientInstanceCapacity", True),
        ("The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances", True),
        ("The account-level service limit 'Maximum number of concurrent jobs' is 20", False),
        ("AlgorithmError: CUDA out of memory", False),
        ("ClientError: insufficient data", False),
    ],
)
def test_lack_of_capacity_is_told_from_other_failures(reason: str, capacity: bool) -> None:
    assert aws_errors.is_capacity(reason) is capacity


def test_states_that_nobody_has_heard_of_are_no_end() -> None:
    assert {kind.state({kind.status: "SomethingNew"}) for kind in KINDS.values()} == {"running"}
    assert ENDPOINT.state({"EndpointStatus": "RollingBack"}) == "running"
    over = {"SecondaryStatus": "MaxRuntimeExceeded", "StoppingCondition": {"MaxRuntimeInSeconds": 60}}
    assert TRAINING.reason(over) == "it ran longer than its max_runtime of 60 s"
