"""What the API refuses in a CreateProcessingJob request beyond shapes, in its own words where they are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Request = Mapping[str, Any]


def processing_rules(request: Request) -> Iterator[str]:
    inputs = request.get("ProcessingInputs") or ()
    outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    for items, member in ((inputs, "InputName"), (outputs, "OutputName")):
        names = [item[member] for item in items]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{member} must be unique, but {name!r} is given more than once"
    for item in inputs:
        where = f"ProcessingInputs {item['InputName']!r}"
        if bool(item.get("S3Input")) == bool(item.get("DatasetDefinition")):
            yield f"{where} must have exactly one of S3Input and DatasetDefinition"
        source = item.get("S3Input") or {}
        lacking = [member for member in ("LocalPath", "S3InputMode") if not source.get(member)]
        if source and lacking and not item.get("AppManaged"):
            yield (
                f"Input {item['InputName']} missing one or more required fields for SageMaker-managed S3Input: "
                f"{', '.join(map(_quoted, lacking))}"
            )
        yield from _local_path_rules(where, "S3Input", source)
        if source.get("S3CompressionType") == "Gzip" and source.get("S3InputMode") != "Pipe":
            yield f"{where}: S3CompressionType Gzip can only be used with S3InputMode Pipe"
    for item in outputs:
        where = f"ProcessingOutputConfig.Outputs {item['OutputName']!r}"
        if bool(item.get("S3Output")) == bool(item.get("FeatureStoreOutput")):
            yield f"{where} must have exactly one of S3Output and FeatureStoreOutput"
        place = item.get("S3Output") or {}
        if place and not place.get("LocalPath") and not item.get("AppManaged"):
            yield f"{where}: S3Output.LocalPath is required when AppManaged is false"
        yield from _local_path_rules(where, "S3Output", place)
    cluster = request["ProcessingResources"]["ClusterConfig"]
    if not cluster.get("InstancePreferences") and not (cluster.get("InstanceType") and cluster.get("InstanceCount")):
        yield "ProcessingResources.ClusterConfig must have InstanceType and InstanceCount, or InstancePreferences"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _local_path_rules(where: str, member: str, place: Request) -> Iterator[str]:
    path = place.get("LocalPath")
    if path and not path.startswith("/opt/ml/processing/"):
        yield f"{where}: {member}.LocalPath {path!r} must begin with /opt/ml/processing/"
