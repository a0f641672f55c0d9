"""Addresses in AWS's console, as its documentation and the amazon provider write them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mlpipelines.runtime.console import Console, console_of, is_aws

OHIO = Console("us-east-2", "aws.amazon.com")
HOME = "https://us-east-2.console.aws.amazon.com/sagemaker/home?region=us-east-2#"
LOGS = "https://us-east-2.console.aws.amazon.com/cloudwatch/home?region=us-east-2#logsV2:log-groups/log-group/"
GROUP = f"{LOGS}$252Faws$252Fsagemaker$252F"
FILTER = "$3FlogStreamNameFilter$3D"
EXECUTION = "arn:aws:sagemaker:us-east-2:123456789012:pipeline/flowers/execution/abc123"


@pytest.mark.parametrize(
    ("resource", "name", "links"),
    [
        ("TrainingJob", "iris", {"console": f"{HOME}/jobs/iris", "logs": f"{GROUP}TrainingJobs{FILTER}iris$252F"}),
        (
            "ProcessingJob",
            "iris",
            {"console": f"{HOME}/processing-jobs/iris", "logs": f"{GROUP}ProcessingJobs{FILTER}iris$252F"},
        ),
        (
            "TransformJob",
            "iris",
            {"console": f"{HOME}/transform-jobs/iris", "logs": f"{GROUP}TransformJobs{FILTER}iris$252F"},
        ),
        (
            "HyperParameterTuningJob",
            "iris",
            {"console": f"{HOME}/hyper-tuning-jobs/iris", "logs": f"{GROUP}TrainingJobs{FILTER}iris-"},
        ),
        ("Endpoint", "live", {"console": f"{HOME}/endpoints/live", "logs": f"{GROUP}Endpoints$252Flive"}),
        ("EndpointConfig", "live", {"console": f"{HOME}/endpointConfig/live"}),
        ("Model", "iris", {"console": f"{HOME}/models/iris"}),
        (
            "NotebookInstance",
            "lab",
            {"console": f"{HOME}/notebook-instances/lab", "logs": f"{GROUP}NotebookInstances{FILTER}lab$252F"},
        ),
        (
            "PipelineExecution",
            EXECUTION,
            {
                "training_logs": f"{GROUP}TrainingJobs{FILTER}pipelines-abc123-",
                "processing_logs": f"{GROUP}ProcessingJobs{FILTER}pipelines-abc123-",
                "transform_logs": f"{GROUP}TransformJobs{FILTER}pipelines-abc123-",
            },
        ),
        (
            "AutoMLJob",
            "iris",
            {
                "training_logs": f"{GROUP}TrainingJobs{FILTER}iris-",
                "processing_logs": f"{GROUP}ProcessingJobs{FILTER}iris-",
                "transform_logs": f"{GROUP}TransformJobs{FILTER}iris-",
            },
        ),
        ("Experiment", "iris", {}),
        ("ModelPackage", "iris/1", {}),
    ],
)
def test_a_resource_has_its_page_and_its_logs(resource: str, name: str, links: dict[str, str]) -> None:
    assert OHIO.resource(resource, name) == links


def test_an_object_of_s3_has_its_page() -> None:
    host = "https://us-east-2.console.aws.amazon.com"
    assert OHIO.object("b", "a b/c.json") == f"{host}/s3/object/b?region=us-east-2&prefix=a%20b%2Fc.json"


@pytest.mark.parametrize(
    ("partition", "region", "endpoint", "host"),
    [
        ("aws", "eu-west-1", "https://api.sagemaker.eu-west-1.amazonaws.com", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "https://api.sagemaker.cn-north-1.amazonaws.com.cn",
         "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "https://api.sagemaker.us-gov-west-1.amazonaws.com",
         "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-eusc", "eusc-de-east-1", "https://api.sagemaker.eusc-de-east-1.amazonaws.eu",
         "eusc-de-east-1.console.amazonaws-eusc.eu"),
        ("aws", "eu-west-1", "https://vpce-1-x.api.sagemaker.eu-west-1.vpce.amazonaws.com",
         "eu-west-1.console.aws.amazon.com"),
        ("aws-iso", "us-iso-east-1", "https://api.sagemaker.us-iso-east-1.c2s.ic.gov", None),
        ("aws", "us-east-1", "http://127.0.0.1:5000", None),
        ("aws", "us-east-1", "http://localhost.localstack.cloud:4566", None),
        ("aws", "us-east-1", "https://amazonaws.com.example.com", None),
    ],
)  # fmt: skip
def test_every_partition_has_its_console_and_a_local_endpoint_none(
    partition: str, region: str, endpoint: str, host: str | None
) -> None:
    meta = SimpleNamespace(partition=partition, region_name=region, endpoint_url=endpoint)
    console = console_of(SimpleNamespace(meta=meta))
    assert (console and console.resource("Model", "m")["console"]) == (
        host and f"https://{host}/sagemaker/home?region={region}#/models/m"
    )


def test_boto_s_own_endpoints_are_aws_s() -> None:
    import boto3

    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
    for partition in ("aws", "aws-cn", "aws-us-gov", "aws-eusc"):
        for region in session.get_available_regions("sagemaker", partition_name=partition)[:2]:
            client = session.client("sagemaker", region_name=region)
            assert is_aws(client.meta.endpoint_url)
            assert console_of(client) is not None
