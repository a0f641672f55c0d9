"""A request -> the refusal that SageMaker's API answers with, in its own words, or nothing.

Shapes (types, required members, enums, patterns, lengths, ranges) come from `mlpipelines.facts.shapes`; the few rules
that no shape can express stand below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.facts.json_path import InvalidPath
from mlpipelines.facts.shapes import ShapeProblem, is_template, known_actions, member_shape, request_problems
from mlpipelines.local.api.endpoint_limits import endpoint_config_rules, endpoint_rules
from mlpipelines.local.api.processing_rules import processing_rules
from mlpipelines.local.api.shared_rules import shared_rules
from mlpipelines.local.api.training_rules import training_rules
from mlpipelines.local.faults import ApiError, InvalidRequest
from mlpipelines.local.jobs.data_processing import DataProcessing
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
    for message in (*_RULES.get(action, lambda _: ())(request), *shared_rules(action, request)):
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


def _transform_rules(request: Request) -> Iterator[str]:
    try:
        yield from DataProcessing(request).problems()
    except InvalidPath as error:
        yield f"DataProcessing: {error}"


def _model_rules(request: Request) -> Iterator[str]:
    if not request.get("PrimaryContainer") and not request.get("Containers"):
        yield "One of PrimaryContainer and Containers must be given"
    for container in request.get("Containers") or [request.get("PrimaryContainer") or {}]:
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
    "CreateTrainingJob": training_rules,
    "CreateHyperParameterTuningJob": tuning_rules,
    "CreateTransformJob": _transform_rules,
    "CreateProcessingJob": processing_rules,
    "CreateModel": _model_rules,
}
