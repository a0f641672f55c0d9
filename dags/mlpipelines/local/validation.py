"""A request -> the refusal that SageMaker's API answers with, in its own words, or nothing.

Shapes (types, required members, enums, patterns, lengths, ranges) come from `mlpipelines.facts.shapes`; the few rules
that no shape can express stand below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.facts.shapes import ShapeProblem, is_template, known_actions, member_shape, request_problems
from mlpipelines.local.data_processing import DataProcessing
from mlpipelines.local.endpoint_limits import endpoint_config_rules, endpoint_rules
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.json_path import InvalidPath
from mlpipelines.local.tuning.rules import tuning_rules

Request = Mapping[str, Any]
Path = tuple[str | int, ...]


def check_request(action: str, request: Request) -> None:
    """Raises ApiError with AWS's code and text when the API would refuse the request."""
    if action not in known_actions():
        return
    problems = [*request_problems(action, request), *_unrendered(action, request)]
    for problem in problems:
        if problem.kind == "type":
            raise ApiError("SerializationException", f"{_dotted(problem.path)}: {problem.message}")
    if problems:
        found = "; ".join(_sentence(action, problem) for problem in problems)
        count = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
        raise InvalidRequest(f"{count} detected: {found}")
    for message in _RULES.get(action, lambda _: iter(()))(request):
        raise InvalidRequest(message)


def _sentence(action: str, problem: ShapeProblem) -> str:
    path = (*problem.path, problem.value) if problem.kind == "required" else problem.path
    value = "null" if problem.kind == "required" else f"'{problem.value}'"
    constraint = _constraint(problem, member_shape(action, problem.path) or {})
    return f"Value {value} at '{_dotted(path)}' failed to satisfy constraint: {constraint}"


def _constraint(problem: ShapeProblem, shape: Mapping[str, Any]) -> str:
    match problem.kind:
        case "required":
            return "Member must not be null"
        case "enum":
            return f"Member must satisfy enum value set: [{', '.join(shape.get('e', ()))}]"
        case "pattern":
            return f"Member must satisfy regular expression pattern: {shape.get('x')}"
        case "length":
            return f"Member must have length {_bounds(shape, len(problem.value))}"
        case "range":
            return f"Member must have value {_bounds(shape, problem.value)}"
    return problem.message


def _bounds(shape: Mapping[str, Any], size: float) -> str:
    if "M" in shape and size > shape["M"]:
        return f"less than or equal to {shape['M']}"
    return f"greater than or equal to {shape.get('n')}"


def _dotted(path: Path) -> str:
    """`resourceConfig.instanceType`, `inputDataConfig.1.member.channelName`: how AWS names members."""
    steps = [f"{step + 1}.member" if isinstance(step, int) else step[:1].lower() + step[1:] for step in path]
    return ".".join(steps)


def _unrendered(action: str, value: Any, path: Path = ()) -> Iterator[ShapeProblem]:
    """Texts that still hold `{{`, which `request_problems` leaves alone: here nobody will render them any more."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _unrendered(action, child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _unrendered(action, child, (*path, index))
    elif is_template(value):
        shape = member_shape(action, path) or {}
        if "e" in shape:
            yield ShapeProblem(path, "enum", "", value=value)
        elif "x" in shape and not re.fullmatch(shape["x"], value):
            yield ShapeProblem(path, "pattern", "", value=value)


def _training_rules(request: Request) -> Iterator[str]:
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


def _transform_rules(request: Request) -> Iterator[str]:
    split, strategy = request["TransformInput"].get("SplitType", "None"), request.get("BatchStrategy")
    if strategy == "MultiRecord" and split == "None":
        yield "BatchStrategy MultiRecord needs a TransformInput.SplitType of Line, RecordIO or TFRecord"
    if request.get("MaxConcurrentTransforms", 1) * request.get("MaxPayloadInMB", 6) > 100:
        yield "MaxConcurrentTransforms * MaxPayloadInMB cannot exceed 100 MB"
    try:
        yield from DataProcessing(request).problems()
    except InvalidPath as error:
        yield f"DataProcessing: {error}"


def _processing_rules(request: Request) -> Iterator[str]:
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
        yield from _local_path_rules(where, "S3Input", source, item.get("AppManaged"))
        if source.get("S3CompressionType") == "Gzip" and source.get("S3InputMode") != "Pipe":
            yield f"{where}: S3CompressionType Gzip can only be used with S3InputMode Pipe"
    for item in outputs:
        where = f"ProcessingOutputConfig.Outputs {item['OutputName']!r}"
        if bool(item.get("S3Output")) == bool(item.get("FeatureStoreOutput")):
            yield f"{where} must have exactly one of S3Output and FeatureStoreOutput"
        yield from _local_path_rules(where, "S3Output", item.get("S3Output") or {}, item.get("AppManaged"))
    cluster = request["ProcessingResources"]["ClusterConfig"]
    if not cluster.get("InstancePreferences") and not (cluster.get("InstanceType") and cluster.get("InstanceCount")):
        yield "ProcessingResources.ClusterConfig must have InstanceType and InstanceCount, or InstancePreferences"


def _local_path_rules(where: str, member: str, place: Request, app_managed: Any) -> Iterator[str]:
    path = place.get("LocalPath")
    if place and not app_managed and not path:
        yield f"{where}: {member}.LocalPath is required when AppManaged is false"
    if path and not path.startswith("/opt/ml/processing/"):
        yield f"{where}: {member}.LocalPath {path!r} must begin with /opt/ml/processing/"


def _model_rules(request: Request) -> Iterator[str]:
    if bool(request.get("PrimaryContainer")) == bool(request.get("Containers")):
        yield "Exactly one of PrimaryContainer and Containers must be given"
    containers = request.get("Containers") or [request.get("PrimaryContainer") or {}]
    names = [container.get("ContainerHostname") for container in containers]
    if len(containers) > 1 and any(names):
        if not all(names):
            yield "If you specify a ContainerHostname you must specify the ContainerHostname of every container"
        elif len(set(names)) < len(names):
            yield f"The ContainerHostname of each container must be unique, but there are {', '.join(names)}"
    for container in containers:
        if bool(container.get("Image")) == bool(container.get("ModelPackageName")):
            yield "A container must have either an Image or a ModelPackageName"
        if container.get("Mode") == "MultiModel" and not container.get("ModelDataUrl"):
            yield "A container in Mode MultiModel must have a ModelDataUrl, the S3 prefix of its models"
        if container.get("ModelDataUrl") and container.get("ModelDataSource"):
            yield "A container cannot have both a ModelDataUrl and a ModelDataSource"


_RULES = {
    "CreateEndpointConfig": endpoint_config_rules,
    "CreateEndpoint": endpoint_rules,
    "UpdateEndpoint": endpoint_rules,
    "CreateTrainingJob": _training_rules,
    "CreateHyperParameterTuningJob": tuning_rules,
    "CreateTransformJob": _transform_rules,
    "CreateProcessingJob": _processing_rules,
    "CreateModel": _model_rules,
}
