"""Requests that AWS refuses are refused with AWS's code, and what moto lacks with a clear answer."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from tests.local.support import ROLE, Server, refusal, training_request, transform_request, uri_of

NAME_PATTERN = "Member must satisfy regular expression pattern: "


def changed(path: str, value: Any) -> dict[str, Any]:
    """A valid training request with the member at `path` replaced; None takes it away."""
    request = training_request("changed", "sleeper", channels={"train": "s3://lab/x"})
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    holder: Any = request
    for step in parents:
        holder = holder[step]
    holder[last] = value
    if value is None:
        del holder[last]
    return request


GROUP = {"InstanceGroupName": "a", "InstanceType": "ml.m5.large", "InstanceCount": 1}
INVALID = [
    (
        "ResourceConfig.InstanceType",
        "ml.t2.medium",
        "1 validation error detected: Value 'ml.t2.medium' at 'resourceConfig.instanceType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [",
    ),
    (
        "TrainingJobName",
        "train_iris",
        f"Value 'train_iris' at 'trainingJobName' failed to satisfy constraint: {NAME_PATTERN}",
    ),
    ("TrainingJobName", "train-{{ ts_nodash }}", "'trainingJobName' failed to satisfy constraint"),
    ("TrainingJobName", "x" * 64, "Member must have length less than or equal to 63"),
    ("RoleArn", "my-role-that-is-no-arn", "at 'roleArn' failed to satisfy constraint"),
    ("InputDataConfig.0.ChannelName", "a b", "at 'inputDataConfig.1.member.channelName' failed to satisfy constraint"),
    ("AlgorithmSpecification.TrainingImage", None, "You must specify either TrainingImage or AlgorithmName"),
    ("StoppingCondition.MaxWaitTimeInSeconds", 600, "EnableManagedSpotTraining set to false"),
    ("EnableManagedSpotTraining", True, "Invalid MaxWaitTimeInSeconds"),
    (
        "CheckpointConfig",
        {"S3Uri": "s3://lab/c", "LocalPath": "/data"},
        "CheckpointConfig.LocalPath /data (here it",
    ),
    ("ResourceConfig.InstanceGroups", [GROUP], "must not have InstanceType or InstanceCount beside InstanceGroups"),
    ("ResourceConfig", {"VolumeSizeInGB": 1}, "must have InstanceType and InstanceCount, or InstanceGroups"),
    (
        "InputDataConfig.0.CompressionType",
        "Gzip",
        "Invalid compression type for channel train: File mode only supports NONE, got Gzip instead",
    ),
    (
        "InputDataConfig.0.DataSource.S3DataSource.InstanceGroupNames",
        ["b"],
        "InstanceGroupNames of channel 'train': there is no instance group 'b'",
    ),
    ("AlgorithmSpecification.MetricDefinitions", [{"Name": "x", "Regex": "("}], "expression of metric 'x' is invalid"),
]


@pytest.mark.parametrize(("path", "value", "message"), INVALID)
def test_an_invalid_training_request_is_refused(server: Server, path: str, value: Any, message: str) -> None:
    code, text = refusal(lambda: server.sagemaker.create_training_job(**changed(path, value)))
    assert code == "ValidationException"
    assert message in text


def test_every_mistake_of_a_request_is_told(server: Server) -> None:
    request = changed("ResourceConfig.InstanceType", "ml.huge") | {"TrainingJobName": "a_b"}
    _, text = refusal(lambda: server.sagemaker.create_training_job(**request))
    assert text.startswith("2 validation errors detected: ")


def raw(server: Server, action: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """A request that boto3 would not send."""
    headers = {
        "X-Amz-Target": f"SageMaker.{action}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sagemaker/aws4_request, Signature=0",
    }
    request = urllib.request.Request(server.endpoint_url, body, headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize(
    ("action", "body", "code", "message"),
    [
        (
            "CreateTrainingJob",
            json.dumps({"TrainingJobName": "x", "AlgorithmSpecification": {}}),
            "ValidationException",
            "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
        ),
        ("CreateTrainingJob", json.dumps({"TrainingJobName": 5}), "SerializationException", "expected a text, not 5"),
        ("CreateTrainingJob", "{", "SerializationException", "not JSON"),
        ("CreateTrainingJob", "[]", "SerializationException", "not a JSON object"),
        ("FlyToTheMoon", "{}", "", "FlyToTheMoon"),
    ],
)
def test_a_malformed_request_is_refused_in_json(
    server: Server, action: str, body: str, code: str, message: str
) -> None:
    status, answer = raw(server, action, body.encode())
    assert status == 400
    assert code in answer["__type"]
    assert message in answer["message"]


def test_names_of_jobs_are_unique(server: Server) -> None:
    server.train("unique", "sleeper", hyperparameters={"seconds": "0"})
    code, text = refusal(lambda: server.sagemaker.create_training_job(**training_request("unique", "sleeper")))
    assert code == "ResourceInUse"
    assert "a job with this name already exists (arn:aws:sagemaker:us-east-1:123456789012:training-job/unique)" in text


def test_names_of_models_are_unique_until_deleted(server: Server) -> None:
    sagemaker = server.sagemaker
    request = {"ModelName": "twice", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": uri_of("knn")}}
    sagemaker.create_model(**request)
    code, text = refusal(lambda: sagemaker.create_model(**request))
    assert (code, text[:36]) == ("ValidationException", "Cannot create already existing model")
    sagemaker.delete_model(ModelName="twice")
    assert sagemaker.create_model(**request)["ModelArn"].endswith(":model/twice")


def test_a_model_is_described_as_it_was_asked_for(server: Server) -> None:
    container = {"Image": uri_of("knn"), "Mode": "SingleModel", "Environment": {"A": "1"}}
    server.sagemaker.create_model(
        ModelName="complete", ExecutionRoleArn=ROLE, PrimaryContainer=container, EnableNetworkIsolation=True
    )
    model = server.sagemaker.describe_model(ModelName="complete")
    assert model["PrimaryContainer"] == container
    assert model["EnableNetworkIsolation"] is True


UNKNOWN: list[tuple[str, dict[str, Any], str]] = [
    ("describe_training_job", {"TrainingJobName": "nobody"}, "Requested resource not found."),
    ("stop_training_job", {"TrainingJobName": "nobody"}, "Requested resource not found."),
    ("describe_transform_job", {"TransformJobName": "nobody"}, "Requested resource not found."),
    ("describe_model", {"ModelName": "nobody"}, "Could not find model"),
    ("create_transform_job", transform_request("x", "nobody", "s3://lab/x"), "Could not find model"),
    ("create_model", {"ModelName": "x", "ExecutionRoleArn": ROLE}, "PrimaryContainer and Containers"),
    (
        "create_model",
        {"ModelName": "x", "PrimaryContainer": {"Image": "knn", "ModelDataUrl": "s3://lab/no/model.tar.gz"}},
        "Could not find model data at s3://lab/no/model.tar.gz.",
    ),
    ("create_training_job", training_request("x", "unheard-of:1"), "`unheard-of: python my_algorithm.py`"),
    (
        "create_training_job",
        training_request(
            "x",
            "knn",
            AlgorithmSpecification={
                "TrainingImage": uri_of("knn"),
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "a", "Regex": "b"}],
            },
        ),
        "You can't override the metric definitions for Amazon SageMaker algorithms.",
    ),
    (
        "create_auto_ml_job",
        {
            "AutoMLJobName": "x",
            "InputDataConfig": [{"TargetAttributeName": "y"}],
            "OutputDataConfig": {"S3OutputPath": "s3://lab/x"},
            "RoleArn": ROLE,
        },
        "Not simulated by the local SageMaker: CreateAutoMLJob.",
    ),
    (
        "create_processing_job",
        {
            "ProcessingJobName": "x",
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": uri_of("knn")},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
        },
        "`knn: python my_program.py`",
    ),
    ("list_hubs", {}, "The local SageMaker does not know the action ListHubs."),
]


@pytest.mark.parametrize(
    ("action", "request_", "message"), UNKNOWN, ids=[f"{case[0]}-{i}" for i, case in enumerate(UNKNOWN)]
)
def test_what_is_unknown_or_missing_is_refused_at_once(
    server: Server, action: str, request_: dict[str, Any], message: str
) -> None:
    code, text = refusal(lambda: getattr(server.sagemaker, action)(**request_))
    assert code == "ValidationException"
    assert message in text


def test_a_missing_bucket_is_no_such_bucket(server: Server) -> None:
    with pytest.raises(ClientError) as error:
        server.s3.put_object(Bucket="nowhere", Key="x", Body=b"")
    assert error.value.response["Error"]["Code"] == "NoSuchBucket"


def test_the_role_exists(server: Server) -> None:
    role = server.client("iam").get_role(RoleName="mlpipelines-local")["Role"]
    assert role["Arn"] == ROLE
