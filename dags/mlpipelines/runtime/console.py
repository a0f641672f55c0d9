"""Where AWS's console shows jobs, what they make, and their logs: addresses, and nothing for what it has no page for.

- Hosts: https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html; those of the other partitions as in the amazon
  provider's links (links/base_aws.py), with the sovereign cloud's.
- Pages: as the amazon provider (links/sagemaker.py) and AWS's own examples write them. Experiments, versions of the
  model registry, AutoML jobs and executions of pipelines are shown in Studio alone, whose address has a domain's id:
  https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-view.html and its neighbours.
- Log groups and the names of their streams: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
- A tuning job's trials are called <its name>-<number>-<digits>, an AutoML job's jobs <its name>-dpp0-1-<digits> and the
  like (https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-deploy-models.html), a pipeline's jobs
  pipelines-<id of the execution>-<step>-<digits>
  (https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html).
- CloudWatch's console takes a log group and a filter of streams encoded twice, with $ for the second %, as in the
  provider's EmrServerlessCloudWatchLogsLink (links/emr.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

_DOMAINS = {
    "aws": "aws.amazon.com",
    "aws-cn": "amazonaws.cn",
    "aws-us-gov": "amazonaws-us-gov.com",
    "aws-eusc": "amazonaws-eusc.eu",
}
#: What the names of AWS's own hosts end with (botocore's partitions.json).
_HOSTS = (
    ".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu",
    ".api.aws", ".api.amazonwebservices.com.cn", ".api.amazonwebservices.eu",
)  # fmt: skip
#: AWS's word for the resource -> its page.
_PAGES = {
    "TrainingJob": "jobs",
    "ProcessingJob": "processing-jobs",
    "TransformJob": "transform-jobs",
    "HyperParameterTuningJob": "hyper-tuning-jobs",
    "Model": "models",
    "EndpointConfig": "endpointConfig",
    "Endpoint": "endpoints",
    "NotebookInstance": "notebook-instances",
}
_TRAINING, _PROCESSING = "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/ProcessingJobs"
_TRANSFORM = "/aws/sagemaker/TransformJobs"
#: The resource -> {link: (log group, how its streams begin)}, with {} for its name.
_LOGS: dict[str, dict[str, tuple[str, str]]] = {
    "TrainingJob": {"logs": (_TRAINING, "{}/")},
    "ProcessingJob": {"logs": (_PROCESSING, "{}/")},
    "TransformJob": {"logs": (_TRANSFORM, "{}/")},
    "HyperParameterTuningJob": {"logs": (_TRAINING, "{}-")},
    "Endpoint": {"logs": ("/aws/sagemaker/Endpoints/{}", "")},
    "NotebookInstance": {"logs": ("/aws/sagemaker/NotebookInstances", "{}/")},
    "AutoMLJob": {
        "training_logs": (_TRAINING, "{}-"),
        "processing_logs": (_PROCESSING, "{}-"),
        "transform_logs": (_TRANSFORM, "{}-"),
    },
    "PipelineExecution": {
        "training_logs": (_TRAINING, "pipelines-{}-"),
        "processing_logs": (_PROCESSING, "pipelines-{}-"),
        "transform_logs": (_TRANSFORM, "pipelines-{}-"),
    },
}


@dataclass(frozen=True)
class Console:
    """AWS's console for a region."""

    region: str
    domain: str

    def resource(self, resource: str, name: str) -> dict[str, str]:
        """{link: address} of a resource by AWS's word for it, and by its name or ARN: `console` is its page."""
        name = name.rpartition("/")[2]
        page = _PAGES.get(resource)
        found = {"console": f"{self._home('sagemaker')}#/{page}/{quote(name, safe='')}"} if page else {}
        return found | dict(self._logs(resource, name))

    def object(self, bucket: str, key: str) -> str:
        """The page of an object in S3."""
        return f"{self._host}/s3/object/{bucket}?region={self.region}&prefix={quote(key, safe='')}"

    def studio(self) -> str:
        """The list of the domains of SageMaker Unified Studio."""
        return self._home("datazone")

    def _logs(self, resource: str, name: str) -> Iterator[tuple[str, str]]:
        for link, (group, beginning) in _LOGS.get(resource, {}).items():
            address = f"{self._home('cloudwatch')}#logsV2:log-groups/log-group/{_twice(group.format(name))}"
            streams = beginning.format(name)
            yield link, f"{address}$3FlogStreamNameFilter$3D{_twice(streams)}" if streams else address

    def _home(self, service: str) -> str:
        return f"{self._host}/{service}/home?region={self.region}"

    @property
    def _host(self) -> str:
        return f"https://{self.region}.console.{self.domain}"


def console_of(client: Any) -> Console | None:
    """The console that shows what a client of boto3 works with; None: there is none, as for a local endpoint."""
    meta = client.meta
    domain = _DOMAINS.get(meta.partition)
    return Console(meta.region_name, domain) if domain and meta.region_name and is_aws(meta.endpoint_url) else None


def is_aws(endpoint: str) -> bool:
    """Whether an endpoint is AWS's own, a private one of a VPC among them."""
    return (urlsplit(endpoint).hostname or "").endswith(_HOSTS)


def _twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="").replace("%", "$")
