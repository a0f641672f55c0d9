"""Models of several containers, of many models, from a registry, from unpacked data: at endpoints and in transforms."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.support import ROLE, Server, transform_request, uri_of
from tests.local.test_endpoints import refusal, variant


def container(colour: str, **more: Any) -> dict[str, Any]:
    environment = {"COLOUR": colour, **more.pop("environment", {})}
    return {"Image": uri_of("team/inspect"), "Environment": environment, **more}


def create(server: Server, name: str, *containers: dict[str, Any], **more: Any) -> None:
    server.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, Containers=list(containers), **more)


def archive(**files: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return stream.getvalue()


@pytest.fixture(scope="module")
def pipeline(server: Server) -> str:
    create(server, "pipeline", container("red", environment={"ANSWER_TYPE": "application/json"}), container("blue"))
    return "pipeline"


def test_what_one_container_answers_is_what_the_next_is_asked(server: Server, pipeline: str) -> None:
    server.create_endpoint("chain", variant(pipeline))
    answer, _ = server.invoke("chain", "1", ContentType="text/csv", Accept="text/plain")
    assert answer == "[application/json|text/plain|blue|[text/csv|None|red|1]]"
    with pytest.raises(ClientError, match="from container-1 with message"):
        server.invoke("chain", "refuse")
    streams = server.client("logs").describe_log_streams(logGroupName="/aws/sagemaker/Endpoints/chain")["logStreams"]
    names = sorted(stream["logStreamName"] for stream in streams)
    assert names == ["AllTraffic/local/container-1", "AllTraffic/local/container-2", "deployment"]
    server.sagemaker.delete_endpoint(EndpointName="chain")


def test_a_transform_goes_through_all_containers(server: Server, pipeline: str) -> None:
    job = server.transform("chained", pipeline, server.put("chain/input.csv", "1\n"))
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert server.get("chained/input.csv.out") == "[application/json|None|blue|[text/csv|None|red|1\n]]"


def test_one_container_of_a_model_in_direct_mode_can_be_asked(server: Server) -> None:
    containers = [container("red", ContainerHostname="first"), container("blue", ContainerHostname="second")]
    create(server, "direct", *containers, InferenceExecutionConfig={"Mode": "Direct"})
    server.create_endpoint("direct", variant("direct"))
    for name, colour in (("first", "red"), ("second", "blue")):
        answer, _ = server.invoke("direct", "x", TargetContainerHostname=name)
        assert answer == f"[None|None|{colour}|x]"
    code, text = refusal(lambda: server.invoke("direct", "x"))
    assert code == "ValidationError"
    assert "TargetContainerHostname" in text
    server.sagemaker.delete_endpoint(EndpointName="direct")


def test_a_multi_model_container_loads_what_is_asked_for(server: Server) -> None:
    for name in ("a", "b"):
        body = archive(**{"name.txt": name})
        server.s3.put_object(Bucket="lab", Key=f"many/{name}.tar.gz", Body=body)
    many = container("red", environment={"SHOW": "name.txt"}, Mode="MultiModel", ModelDataUrl="s3://lab/many/")
    create(server, "many", many)
    assert server.create_endpoint("many", variant("many"))["EndpointStatus"] == "InService"
    for name in ("a", "b", "a"):
        assert server.invoke("many", "x", TargetModel=f"{name}.tar.gz")[0] == f"[None|None|red|x]{name}"
    code, text = refusal(lambda: server.invoke("many", "x", TargetModel="c.tar.gz"))
    assert code == "ValidationError"
    assert "Failed to download model data" in text
    assert "is missing a target model header" in refusal(lambda: server.invoke("many", "x"))[1]
    server.sagemaker.delete_endpoint(EndpointName="many")
    message = "Not simulated by the local SageMaker: a model in Mode MultiModel"
    with pytest.raises(ClientError, match=message):
        server.sagemaker.create_transform_job(**transform_request("many", "many", "s3://lab/x"))


def test_a_target_model_is_only_for_multi_model_endpoints(server: Server, pipeline: str) -> None:
    server.create_endpoint("single", variant(pipeline))
    assert refusal(lambda: server.invoke("single", "x", TargetModel="a.tar.gz")) == (
        "ValidationError",
        "Endpoint single is not a multi-model endpoint and does not support target model header.",
    )
    server.sagemaker.delete_endpoint(EndpointName="single")


SOURCES: list[tuple[str, dict[str, Any]]] = [
    ("s3://lab/data/", {"S3DataType": "S3Prefix", "CompressionType": "None"}),
    ("s3://lab/data/name.txt", {"S3DataType": "S3Object", "CompressionType": "None"}),
    ("s3://lab/packed.tar.gz", {"S3DataType": "S3Object", "CompressionType": "Gzip"}),
]


@pytest.mark.parametrize(("uri", "how"), SOURCES, ids=["prefix", "object", "archive"])
def test_model_data_comes_from_a_prefix_an_object_or_an_archive(server: Server, uri: str, how: dict[str, str]) -> None:
    server.put("data/name.txt", "loose")
    server.s3.put_object(Bucket="lab", Key="packed.tar.gz", Body=archive(**{"name.txt": "loose"}))
    name = f"source-{how['S3DataType']}-{how['CompressionType']}"
    source = {"S3DataSource": {"S3Uri": uri, **how}}
    create(server, name, container("red", environment={"SHOW": "name.txt"}, ModelDataSource=source))
    server.create_endpoint(name, variant(name))
    assert server.invoke(name, "x")[0].endswith("]loose")
    server.sagemaker.delete_endpoint(EndpointName=name)
    with pytest.raises(ClientError, match="ModelDataSource"):
        server.sagemaker.create_transform_job(**transform_request(name, name, "s3://lab/x"))


def test_a_model_from_the_registry_has_the_packages_containers(server: Server) -> None:
    server.s3.put_object(Bucket="lab", Key="registered.tar.gz", Body=archive(**{"name.txt": "registered"}))
    inside = container("red", environment={"SHOW": "name.txt"}, ModelDataUrl="s3://lab/registered.tar.gz")
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    server.sagemaker.create_model_package_group(ModelPackageGroupName="served")
    package = server.sagemaker.create_model_package(
        ModelPackageGroupName="served",
        ModelApprovalStatus="Approved",
        InferenceSpecification={"Containers": [inside], **types},
    )["ModelPackageArn"]
    create(server, "registered", {"ModelPackageName": package, "Environment": {"COLOUR": "green"}})
    server.create_endpoint("registered", variant("registered"))
    assert server.invoke("registered", "x")[0] == "[None|None|green|x]registered"
    server.sagemaker.delete_endpoint(EndpointName="registered")
    job = server.transform("registered", "registered", server.put("registered/input.csv", "1\n"))
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert server.get("registered/input.csv.out") == "[text/csv|None|green|1\n]registered"


def test_a_model_of_a_package_that_is_not_there_is_refused(server: Server) -> None:
    name = "arn:aws:sagemaker:us-east-1:123456789012:model-package/served/99"
    code, text = refusal(lambda: create(server, "missing", {"ModelPackageName": name}))
    assert (code, text) == ("ValidationException", f"ModelPackage {name} does not exist.")


INVALID: list[tuple[dict[str, Any], str]] = [
    (
        {"Containers": [container("red", ContainerHostname="a"), container("red")]},
        "needs a name when",
    ),
    (
        {"Containers": [container("red", ContainerHostname="a"), container("red", ContainerHostname="a")]},
        "two containers are called 'a'",
    ),
    ({"PrimaryContainer": {"Environment": {}}}, "either an Image or a ModelPackageName"),
    ({"PrimaryContainer": container("red", Mode="MultiModel")}, "must have a ModelDataUrl"),
]


@pytest.mark.parametrize(("request_", "message"), INVALID)
def test_an_invalid_model_is_refused(server: Server, request_: dict[str, Any], message: str) -> None:
    code, text = refusal(lambda: server.sagemaker.create_model(ModelName="invalid", ExecutionRoleArn=ROLE, **request_))
    assert code == "ValidationException"
    assert message in text
