"""The model registry: groups, versions, approval, lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.support import Server, refusal, uri_of


@pytest.fixture
def group(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"Group-{abs(hash(request.node.name)) % 10**8}"
    server.sagemaker.create_model_package_group(ModelPackageGroupName=name, ModelPackageGroupDescription="mine")
    yield name
    for package in server.sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]:
        server.sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    server.sagemaker.delete_model_package_group(ModelPackageGroupName=name)


def inference(server: Server, **container: Any) -> dict[str, Any]:
    uri = server.put("registry/model.tar.gz", "a model")
    return {
        "Containers": [{"Image": uri_of("knn"), "ModelDataUrl": uri, **container}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }


def create(server: Server, **request: Any) -> str:
    arn: str = server.sagemaker.create_model_package(**{"InferenceSpecification": inference(server), **request})[
        "ModelPackageArn"
    ]
    return arn


def test_versions_are_numbered_and_a_number_is_never_given_twice(server: Server, group: str) -> None:
    first, second = (create(server, ModelPackageGroupName=group) for _ in range(2))
    assert first.endswith(f":model-package/{group.lower()}/1")
    server.sagemaker.delete_model_package(ModelPackageName=second)
    assert create(server, ModelPackageGroupName=group).endswith("/3")


def test_a_version_is_described_as_it_was_asked_for(server: Server, group: str) -> None:
    asked = {
        "ModelPackageGroupName": group,
        "ModelPackageDescription": "the first",
        "InferenceSpecification": inference(server, Environment={"A": "1"}),
        "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://lab/m"}}},
        "CustomerMetadataProperties": {"accuracy": "0.97"},
        "SkipModelValidation": "All",
    }
    package = server.sagemaker.describe_model_package(ModelPackageName=create(server, **asked))
    assert {key: package[key] for key in asked} == asked
    assert package["ModelPackageVersion"] == 1
    assert package["ModelPackageStatus"] == "Completed"
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["ModelPackageStatusDetails"]["ValidationStatuses"] == []


def test_the_same_token_gives_the_same_version(server: Server, group: str) -> None:
    one, again = (create(server, ModelPackageGroupName=group, ClientToken="token-1") for _ in range(2))
    assert one == again
    assert create(server, ModelPackageGroupName=group, ClientToken="token-2") != one
    other = inference(server, Environment={"B": "2"})
    code, _ = refusal(
        lambda: create(server, ModelPackageGroupName=group, ClientToken="token-1", InferenceSpecification=other)
    )
    assert code == "ConflictException"


def test_a_package_is_approved(server: Server, group: str) -> None:
    arn = create(server, ModelPackageGroupName=group, CustomerMetadataProperties={"a": "1", "b": "2"})
    server.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="good",
        CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    package = server.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (package["ModelApprovalStatus"], package["ApprovalDescription"]) == ("Approved", "good")
    assert package["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    assert package["LastModifiedTime"] >= package["CreationTime"]


def test_lists_are_filtered_sorted_and_cut(server: Server, group: str) -> None:
    arns = [create(server, ModelPackageGroupName=group) for _ in range(3)]
    for arn in arns[:2]:
        server.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    def listed(**request: Any) -> list[str]:
        answer = server.sagemaker.list_model_packages(ModelPackageGroupName=group, **request)
        return [row["ModelPackageArn"] for row in answer["ModelPackageSummaryList"]]

    assert listed() == arns
    assert listed(SortBy="CreationTime", SortOrder="Descending") == arns[::-1]
    newest = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 1}
    assert listed(ModelApprovalStatus="Approved", **newest) == [arns[1]]
    assert listed(ModelApprovalStatus="Rejected") == []
    assert listed(NameContains=group[2:6]) == arns
    assert listed(NameContains="nothing") == []
    pages = server.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, PaginationConfig={"PageSize": 2}
    )
    assert [len(page["ModelPackageSummaryList"]) for page in pages] == [2, 1]


def test_a_package_may_have_a_name_instead_of_a_version(server: Server, group: str) -> None:
    arn = create(server, ModelPackageName="alone", Tags=[{"Key": "team", "Value": "a"}])
    create(server, ModelPackageGroupName=group)
    sagemaker = server.sagemaker
    assert sagemaker.describe_model_package(ModelPackageName="alone")["ModelPackageArn"] == arn
    assert "ModelApprovalStatus" not in sagemaker.describe_model_package(ModelPackageName=arn)
    rows = sagemaker.list_model_packages()["ModelPackageSummaryList"]
    assert [row["ModelPackageName"] for row in rows] == ["alone"]
    assert refusal(lambda: create(server, ModelPackageName="alone"))[1].startswith("Model package already exists")
    assert len(sagemaker.list_model_packages(ModelPackageType="Both")["ModelPackageSummaryList"]) == 2
    sagemaker.delete_model_package(ModelPackageName="alone")
    assert sagemaker.list_model_packages()["ModelPackageSummaryList"] == []


def test_a_group_goes_only_when_it_is_empty(server: Server, group: str) -> None:
    arn = create(server, ModelPackageGroupName=group)
    code, text = refusal(lambda: server.sagemaker.delete_model_package_group(ModelPackageGroupName=group))
    assert (code, "contains 1 model package." in text) == ("ConflictException", True)
    server.sagemaker.delete_model_package(ModelPackageName=arn)
    described = server.sagemaker.describe_model_package_group(ModelPackageGroupName=group)
    assert (described["ModelPackageGroupStatus"], described["ModelPackageGroupDescription"]) == ("Completed", "mine")
    rows = server.sagemaker.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]
    assert [row["ModelPackageGroupName"] for row in rows] == [group]


REFUSED = [
    (
        lambda s, g: s.sagemaker.create_model_package_group(ModelPackageGroupName=g),
        "Model Package Group already exists",
    ),
    (lambda s, g: s.sagemaker.describe_model_package_group(ModelPackageGroupName="no"), "does not exist."),
    (lambda s, g: s.sagemaker.delete_model_package_group(ModelPackageGroupName="no"), "does not exist."),
    (lambda s, g: create(s, ModelPackageGroupName="no"), "ModelPackageGroup no does not exist."),
    (lambda s, g: create(s), "One of ModelPackageName and ModelPackageGroupName is required."),
    (lambda s, g: create(s, ModelPackageGroupName=g, ModelPackageName="x"), "Cannot determine which one to use."),
    (lambda s, g: create(s, ModelPackageGroupName=g, Tags=[{"Key": "a", "Value": "b"}]), "versioned model package"),
    (lambda s, g: create(s, ModelPackageName="x", ModelApprovalStatus="Approved"), "versioned model packages only"),
    (lambda s, g: create(s, ModelPackageGroupName=g, ModelApprovalStatus="Fine"), "modelApprovalStatus"),
    (lambda s, g: s.sagemaker.describe_model_package(ModelPackageName="no"), "ModelPackage no does not exist."),
    (lambda s, g: s.sagemaker.delete_model_package(ModelPackageName="no"), "ModelPackage no does not exist."),
    (lambda s, g: s.sagemaker.list_model_packages(ModelPackageGroupName="no"), "does not exist."),
    (
        lambda s, g: create(s, ModelPackageName="x", InferenceSpecification=inference(s, ModelDataUrl="s3://lab/none")),
        "Could not find model data at s3://lab/none.",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=range(len(REFUSED)))
def test_mistakes_are_refused(server: Server, group: str, call: Any, message: str) -> None:
    code, text = refusal(lambda: call(server, group))
    assert code == "ValidationException"
    assert message in text
