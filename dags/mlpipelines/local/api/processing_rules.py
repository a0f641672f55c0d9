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
        source = item.get("S3Input") or {}
        lacking = [member for member in ("LocalPath", "S3InputMode") if not source.get(member)]
        if source and lacking and not item.get("AppManaged"):
            yield (
                f"Input {item['InputName']} missing one or more required fields for SageMaker-managed S3Input: "
                f"{', '.join(map(_quoted, lacking))}"
            )
    cluster = request["ProcessingResources"]["ClusterConfig"]
    if not cluster.get("InstancePreferences") and not (cluster.get("InstanceType") and cluster.get("InstanceCount")):
        yield "ProcessingResources.ClusterConfig must have InstanceType and InstanceCount, or InstancePreferences"


def _quoted(text: str) -> str:
    return f'"{text}"'
