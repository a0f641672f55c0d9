"""The embedded SageMaker as a real server process, its clients, and requests to start from."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

HERE = Path(__file__).parent
PACKAGES = HERE.parents[1] / "dags"
ROLE = "arn:aws:iam::123456789012:role/mlpipelines-local"
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@dataclass
class Server:
    process: subprocess.Popen[str]
    endpoint_url: str
    temporary: Path
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint_url,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
        return self.clients[service]

    @property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")

    @property
    def s3(self) -> Any:
        return self.client("s3")

    def put(self, key: str, text: str) -> str:
        self.s3.put_object(Bucket="lab", Key=key, Body=text.encode())
        return f"s3://lab/{key}"

    def put_archive(self, key: str, files: dict[str, str]) -> str:
        """A tar.gz of text files."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        self.s3.put_object(Bucket="lab", Key=key, Body=buffer.getvalue())
        return f"s3://lab/{key}"

    def get(self, key: str) -> str:
        return self.s3.get_object(Bucket="lab", Key=key)["Body"].read().decode()

    def keys(self, prefix: str) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket="lab", Prefix=prefix).get("Contents", ())]

    def train(self, name: str, image: str, **more: Any) -> dict[str, Any]:
        """Create the job and wait for its end."""
        self.sagemaker.create_training_job(**training_request(name, image, **more))
        return self.await_training(name)

    def await_training(self, name: str, wanted: Callable[[dict[str, Any]], bool] | None = None) -> dict[str, Any]:
        ended = wanted or (lambda job: job["TrainingJobStatus"] not in ("InProgress", "Stopping"))
        return poll(lambda: self.sagemaker.describe_training_job(TrainingJobName=name), ended)

    def transform(self, name: str, model: str, uri: str, **more: Any) -> dict[str, Any]:
        self.sagemaker.create_transform_job(**transform_request(name, model, uri, **more))
        return poll(
            lambda: self.sagemaker.describe_transform_job(TransformJobName=name),
            lambda job: job["TransformJobStatus"] not in ("InProgress", "Stopping"),
        )

    def run_processing(self, name: str, script: str, *arguments: str, **more: Any) -> dict[str, Any]:
        """Run `script` as a processing job and wait for its end."""
        self.sagemaker.create_processing_job(**self.processing_request(name, script, *arguments, **more))
        return self.await_processing(name)

    def processing_request(self, name: str, script: str, *arguments: str, **more: Any) -> dict[str, Any]:
        """A valid CreateProcessingJob request; `inputs` and `outputs` are {name: uri}, below /opt/ml/processing."""
        inputs = {"code": self.put(f"{name}/code/main.py", script), **more.pop("inputs", {})}
        outputs = more.pop("outputs", {})
        application = {
            "ImageUri": uri_of("sagemaker-scikit-learn:1.2-1-cpu-py3"),
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/main.py"],
            "ContainerArguments": list(arguments),
        }
        request = {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "AppSpecification": {key: value for key, value in application.items() if value},
            "ProcessingInputs": [processing_input(key, uri) for key, uri in inputs.items()],
            "ProcessingOutputConfig": {"Outputs": [processing_output(key, uri) for key, uri in outputs.items()]},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
            **more,
        }
        return request if outputs or more.get("ProcessingOutputConfig") else _without(request, "ProcessingOutputConfig")

    def await_processing(self, name: str) -> dict[str, Any]:
        return poll(
            lambda: self.sagemaker.describe_processing_job(ProcessingJobName=name),
            lambda job: job["ProcessingJobStatus"] not in ("InProgress", "Stopping"),
        )

    def create_model(self, name: str, image: str, artifact: str, **environment: str) -> None:
        container = {"Image": uri_of(image), "ModelDataUrl": artifact, "Environment": environment}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)

    def create_config(self, name: str, *variants: dict[str, Any], **more: Any) -> None:
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **more)

    def create_endpoint(self, name: str, *variants: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Its configuration of the same name and the endpoint, when it has reached a state that stays."""
        self.create_config(name, *variants, **more)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return self.await_endpoint(name)

    def await_endpoint(self, name: str) -> dict[str, Any]:
        return poll(
            lambda: self.sagemaker.describe_endpoint(EndpointName=name),
            lambda endpoint: endpoint["EndpointStatus"] in ("InService", "Failed"),
        )

    def invoke(self, name: str, body: bytes | str, **more: Any) -> tuple[str, str]:
        """The answer and the variant that gave it."""
        answer = self.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=body, **more)
        return answer["Body"].read().decode(), answer["InvokedProductionVariant"]

    def log_lines(self, group: str, prefix: str = "") -> list[str]:
        logs = self.client("logs")
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        names = [stream["logStreamName"] for stream in streams if stream["logStreamName"].startswith(prefix)]
        pages = [logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True) for name in names]
        return [event["message"] for page in pages for event in page["events"]]

    def log(self, kind: str, job: str) -> list[str]:
        logs = self.client("logs")
        group = f"/aws/sagemaker/{kind}Jobs"
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]


@contextmanager
def running_server(temporary: Path, *arguments: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    temporary.mkdir(parents=True, exist_ok=True)
    process = start_server(temporary, "--bucket", "lab", *arguments, environment=environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the server did not start; its stderr is above"
        yield Server(process, json.loads(line)["endpoint_url"], temporary)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def start_server(
    temporary: Path, *arguments: str, environment: dict[str, str] | None = None, **more: Any
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlpipelines.local.server", *arguments],
        env={**os.environ, "PYTHONPATH": str(PACKAGES), "TMPDIR": str(temporary), **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        **more,
    )


def training_request(name: str, image: str, **more: Any) -> dict[str, Any]:
    """A valid CreateTrainingJob request; `hyperparameters` and `channels` are the short way to say theirs."""
    request = {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": uri_of(image), "TrainingInputMode": "File"},
        "HyperParameters": more.pop("hyperparameters", {}),
        "InputDataConfig": [channel(key, uri) for key, uri in more.pop("channels", {}).items()],
        "OutputDataConfig": {"S3OutputPath": "s3://lab/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
        **more,
    }
    return {key: value for key, value in request.items() if value not in ([], None)}


def transform_request(name: str, model: str, uri: str, **more: Any) -> dict[str, Any]:
    source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
    return {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {**source, "ContentType": "text/csv", "SplitType": "Line", **more.pop("source", {})},
        "TransformOutput": {"S3OutputPath": f"s3://lab/{name}", **more.pop("output", {})},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


def channel(name: str, uri: str, content_type: str = "text/csv") -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "ContentType": content_type, "DataSource": {"S3DataSource": source}}


def processing_input(name: str, uri: str, **more: Any) -> dict[str, Any]:
    path = f"/opt/ml/processing/{name}"
    source = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": {**source, **more}}


def processing_output(name: str, uri: str, **more: Any) -> dict[str, Any]:
    place = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": {**place, **more}}


def _without(request: dict[str, Any], member: str) -> dict[str, Any]:
    return {key: value for key, value in request.items() if key != member}


def uri_of(image: str) -> str:
    host, slash, _ = image.partition("/")
    return image if slash and "." in host else f"{ECR}/{image}"


def poll(look: Callable[[], Any], wanted: Callable[[Any], bool], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, f"not reached in {seconds} s; last seen: {seen}"
        time.sleep(0.05)
    return seen


def csv_text(rows: Any) -> str:
    return "".join(f"{','.join(map(str, row))}\n" for row in rows)


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    """Code and message of the refusal, which came at once and is none that clients try again."""
    with pytest.raises(ClientError) as error:
        call()
    details = error.value.response["Error"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    return details["Code"], details["Message"]
