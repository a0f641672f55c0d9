"""What the API refuses in a CreateTrainingJob request beyond shapes, in its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Request = Mapping[str, Any]


def training_rules(request: Request) -> Iterator[str]:
    stopping = request.get("StoppingCondition") or {}
    spot, wait = request.get("EnableManagedSpotTraining"), stopping.get("MaxWaitTimeInSeconds")
    limit = stopping.get("MaxRuntimeInSeconds", 86400)
    if spot and (wait is None or wait < limit):
        yield "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
    if wait is not None and not spot:
        yield "MaxWaitTimeInSeconds above 0 is not supported with EnableManagedSpotTraining set to false"
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig") or ()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"Channel names must be unique, but {name!r} is given more than once in InputDataConfig"
    for channel in request.get("InputDataConfig") or ():
        mode = channel.get("InputMode") or request["AlgorithmSpecification"]["TrainingInputMode"]
        compression = channel.get("CompressionType", "None")
        if mode != "Pipe" and compression != "None":
            yield (
                f"Invalid compression type for channel {channel['ChannelName']}: {mode} mode only supports NONE, "
                f"got {compression} instead"
            )
    for member in ("StoppingCondition", "ResourceConfig"):
        if not request.get(member):
            yield f"{member} is required"
    yield from _resource_rules(request)
    for definition in request["AlgorithmSpecification"].get("MetricDefinitions") or ():
        try:
            re.compile(definition["Regex"])
        except re.error as error:
            yield f"The regular expression of metric {definition['Name']!r} is invalid: {error}"


def _resource_rules(request: Request) -> Iterator[str]:
    resources = request.get("ResourceConfig") or {}
    groups, one = resources.get("InstanceGroups") or (), resources.get("InstanceType")
    if not groups and not resources.get("InstancePreferences") and not (one and resources.get("InstanceCount")):
        yield "ResourceConfig must have InstanceType and InstanceCount, or InstanceGroups"
    if groups and (one or resources.get("InstanceCount")):
        yield "ResourceConfig must not have InstanceType or InstanceCount beside InstanceGroups"
    if resources.get("KeepAlivePeriodInSeconds") and request.get("EnableManagedSpotTraining"):
        yield "KeepAlivePeriodInSeconds is not supported with EnableManagedSpotTraining"
    known = [group["InstanceGroupName"] for group in groups]
    for channel in request.get("InputDataConfig") or ():
        for name in (channel["DataSource"].get("S3DataSource") or {}).get("InstanceGroupNames") or ():
            if name not in known:
                yield f"InstanceGroupNames of channel {channel['ChannelName']!r}: there is no instance group {name!r}"
