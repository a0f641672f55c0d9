"""A compiled pipeline -> what a local run must provide: connections, Variables, buckets, roles, parameters."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlpipelines.document import plain_value
from mlpipelines.errors import PipelineError, did_you_mean
from mlpipelines.project import Compiled

BUCKET = "mlpipelines-local"
ROLE = "mlpipelines-local"
ROLE_ARN = f"arn:aws:iam::123456789012:role/{ROLE}"
#: Where this package is imported from.
PACKAGES = Path(__file__).parents[3]
#: What a run has of its own when the pipeline's defaults ask for these Airflow Variables.
VARIABLES = {"s3_bucket": BUCKET, "role": ROLE_ARN}

_VARIABLE = re.compile(r"""\bvar\.(?:value|json)\.(?:get\(\s*['"]([\w.-]+)['"]|([A-Za-z_]\w*))""")
_S3_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?=[/\"]|$)")
#: What of the caller's environment could reach the run's Airflow or AWS clients.
_FOREIGN = re.compile(r"(AIRFLOW_(?!VAR_)|_AIRFLOW|AWS_|MLPIPELINES_|PYTHONDONTWRITEBYTECODE)", re.IGNORECASE)


class RunError(PipelineError):
    """A local run cannot start, or was started in a wrong way; the message says why."""


@dataclass(frozen=True)
class Plan:
    """What the run of one pipeline needs."""

    compiled: Compiled
    file: Path
    params: Mapping[str, Any]
    variables: Mapping[str, str]
    uploads: Mapping[str, Path] = field(default_factory=dict)
    """{s3://bucket/key: local file} to put into the local S3 before the run."""
    no_capacity: tuple[str, ...] = ()
    """Instance types that are rehearsed to be out of stock."""
    faults: str | None = None
    """What else goes wrong, as JSON text or a file of it (see chaos.py)."""

    @property
    def region(self) -> str:
        regions = [step.fields.get("region") for step in self.compiled.pipeline.steps]
        return next((region for region in regions if region and "{{" not in region), "us-east-1")

    @property
    def connections(self) -> set[str]:
        """The Airflow connections that the pipeline names; in a local run all lead to the embedded SageMaker."""
        named = (step.fields.get("connection") for step in self.compiled.pipeline.steps)
        return {connection for connection in named if connection and "{{" not in connection} | {"aws_default"}

    @property
    def buckets(self) -> list[str]:
        """The run's own bucket and every bucket that the pipeline or an upload names."""
        text = json.dumps(self.compiled.config["tasks"]) + " ".join(self.uploads)
        named = (step.fields.get("bucket") for step in self.compiled.pipeline.steps)
        literal = {bucket for bucket in named if bucket and "{{" not in bucket}
        given = self.variables.get("s3_bucket", BUCKET)
        return sorted({given, *literal, *_S3_URI.findall(text)})

    @property
    def roles(self) -> list[str]:
        """Role names (not ARNs) that the provider's operators will look up."""
        named = (step.fields.get("role") for step in self.compiled.pipeline.steps)
        return sorted({ROLE, *(role for role in named if role and "{{" not in role and "/" not in role)})

    def environment(self, home: Path, dags: Path) -> dict[str, str]:
        """The environment of the run's Airflow: the caller's without its own Airflow and AWS settings."""
        variables = {f"AIRFLOW_VAR_{name.upper()}": value for name, value in {**VARIABLES, **self.variables}.items()}
        connections = {f"AIRFLOW_CONN_{name.upper()}": '{"conn_type": "aws"}' for name in self.connections}
        return airflow_environment(home, dags, self.region) | variables | connections


def airflow_environment(home: Path, dags: Path, region: str) -> dict[str, str]:
    """The environment of an Airflow on this machine: the caller's without its own Airflow and AWS settings."""
    kept = {key: value for key, value in os.environ.items() if not _FOREIGN.match(key)}
    return {
        **kept,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "DO_NOT_TRACK": "1",
        **{name: f"{kept.get(name, '')},127.0.0.1,localhost".strip(",") for name in ("NO_PROXY", "no_proxy")},
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": str(PACKAGES),
    }


def make_plan(
    compiled: Compiled, file: Path, params: Mapping[str, str], variables: Mapping[str, str], uploads: Mapping[str, Path]
) -> Plan:
    """Raises RunError for parameters and Variables that do not fit the pipeline."""
    known = compiled.pipeline.params
    for name in params:
        if name not in known:
            hint = did_you_mean(name, known) or f"it has {', '.join(known) or 'none'}"
            raise RunError(f"the pipeline has no parameter {name!r} ({hint})")
    typed = {name: _param(name, text, known[name]) for name, text in params.items()}
    for name in sorted(set(variables_used(compiled)) - VARIABLES.keys() - variables.keys()):
        if f"AIRFLOW_VAR_{name.upper()}" not in os.environ:
            raise RunError(f"the pipeline reads the Airflow Variable {name!r}: give it with --var {name}=VALUE")
    for uri, path in uploads.items():
        if not _S3_URI.match(uri):
            raise RunError(f"--put takes FILE=s3://bucket/key, and {uri!r} is no such place")
        if not path.is_file():
            raise RunError(f"--put: there is no file {path}")
    return Plan(compiled, file, typed, dict(variables), dict(uploads))


def _param(name: str, text: str, schema: Mapping[str, Any]) -> Any:
    """The value that a text on the command line stands for, checked against the parameter's schema."""
    from mlpipelines.checks.params import check_value

    types = schema.get("type", [])
    wants_text = types == "string" or (not types and isinstance(schema["default"], str))
    value = text if wants_text else _parsed(text)
    reason = check_value({key: rule for key, rule in schema.items() if key != "__type__"}, value)
    if reason:
        raise RunError(f"the parameter {name!r} cannot be {text!r}: {reason}")
    return value


def _parsed(text: str) -> Any:
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return plain_value(text)


def variables_used(compiled: Compiled) -> Iterator[str]:
    for one, other in _VARIABLE.findall(json.dumps(compiled.config["tasks"]).replace('\\"', '"')):
        if (one or other) != "get":
            yield one or other
