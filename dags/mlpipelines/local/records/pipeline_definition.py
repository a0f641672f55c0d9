"""The JSON definition of a SageMaker pipeline -> its parts, or what SageMaker would refuse in it.

https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.local.faults import InvalidRequest

Step = Mapping[str, Any]
VERSION = "2020-12-01"
#: The type of a parameter -> what a text given for it becomes.
PARAMETER_TYPES = {"String": str, "Integer": int, "Float": float, "Boolean": bool}
#: Step types that are really done; SageMaker's others are known and end their execution.
DONE = ("Condition", "Fail")
STEP_TYPES = (
    *DONE,
    *"""Training Processing Transform Tuning Model CreateModel RegisterModel Callback Lambda ClarifyCheck QualityCheck
    EMR EMRServerless AutoML NotebookJob Endpoint EndpointConfig InferenceComponent MonitorBatchTransform
    BedrockCustomModel BedrockModelImport BedrockProvisionedModelThroughput Lineage""".split(),
)
_STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_REFERENCE = re.compile(r"Steps\.([A-Za-z0-9\-_]+)")


def read_definition(text: str) -> dict[str, Any]:
    """Raises InvalidRequest with the first thing that is wrong."""
    try:
        definition = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"Unable to parse pipeline definition. It is not JSON: {error}") from None
    for problem in _problems(definition):
        raise InvalidRequest(f"Unable to parse pipeline definition. {problem}")
    result: dict[str, Any] = definition
    return result


def all_steps(steps: list[Step]) -> Iterator[Step]:
    """Steps and those in the branches of conditions."""
    for step in steps:
        yield step
        for branch in branches(step):
            yield from all_steps(branch)


def branches(step: Step) -> tuple[list[Step], ...]:
    if step["Type"] != "Condition":
        return ()
    arguments = step.get("Arguments", {})
    return arguments.get("IfSteps") or [], arguments.get("ElseSteps") or []


def needs(step: Step) -> set[str]:
    """The steps that must have ended before this one, named or referred to."""
    own = {key: value for key, value in step.get("Arguments", {}).items() if key not in ("IfSteps", "ElseSteps")}
    return {*step.get("DependsOn", ()), *_REFERENCE.findall(json.dumps(own))} - {step["Name"]}


def _problems(definition: Any) -> Iterator[str]:
    if not isinstance(definition, dict):
        yield "It must be a JSON object."
        return
    if definition.get("Version") != VERSION:
        yield f"Version must be {VERSION!r}, not {definition.get('Version')!r}."
    unknown = definition.keys() - {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps"}
    if unknown:
        yield f"Unknown member {min(unknown)!r}."
    yield from _parameter_problems(definition.get("Parameters", []))
    yield from _step_problems(definition.get("Steps"), "Steps")
    steps = list(all_steps(definition["Steps"]))
    names = [step["Name"] for step in steps]
    for name in names:
        if names.count(name) > 1:
            yield f"Step names must be unique: {name!r} is given more than once."
    yield from _reference_problems(definition, steps)
    yield from _cycle(steps)


def _parameter_problems(parameters: Any) -> Iterator[str]:
    if not isinstance(parameters, list):
        yield "Parameters must be a list."
        return
    for parameter in parameters:
        if not isinstance(parameter, dict) or not parameter.get("Name"):
            yield "Every parameter needs a Name."
            return
        name, kind = parameter["Name"], parameter.get("Type")
        if kind not in PARAMETER_TYPES:
            yield f"Parameter {name!r} must have a Type of {', '.join(PARAMETER_TYPES)}, not {kind!r}."
        elif "DefaultValue" in parameter and not _fits(parameter["DefaultValue"], kind):
            yield f"The DefaultValue of parameter {name!r} is not of type {kind}."
    names = [parameter["Name"] for parameter in parameters]
    if len({*names}) < len(names):
        yield "Parameter names must be unique."


def _fits(value: Any, kind: str) -> bool:
    if kind in ("Integer", "Float"):
        return isinstance(value, (int,) if kind == "Integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, PARAMETER_TYPES[kind])


def _step_problems(steps: Any, where: str, *, empty: bool = False) -> Iterator[str]:
    if not isinstance(steps, list) or not (steps or empty):
        yield f"{where} must be a list of steps."
        return
    for step in steps:
        if not isinstance(step, dict) or not _STEP_NAME.fullmatch(str(step.get("Name", ""))):
            yield f"{where}: every step needs a Name of letters, digits, '-' and '_'."
            return
        if step.get("Type") not in STEP_TYPES:
            yield f"Step {step['Name']!r} has the unknown Type {step.get('Type')!r}."
            return
        arguments = step.get("Arguments", {})
        if not isinstance(arguments, dict):
            yield f"The Arguments of step {step['Name']!r} must be an object."
            return
        if step["Type"] == "Fail" and "ErrorMessage" not in arguments:
            yield f"Fail step {step['Name']!r} needs an ErrorMessage."
        if step["Type"] == "Condition":
            if not isinstance(arguments.get("Conditions"), list) or not arguments["Conditions"]:
                yield f"Condition step {step['Name']!r} needs Conditions."
            for branch in ("IfSteps", "ElseSteps"):
                yield from _step_problems(arguments.get(branch) or [], f"{branch} of {step['Name']!r}", empty=True)


def _reference_problems(definition: Mapping[str, Any], steps: list[Step]) -> Iterator[str]:
    names = {step["Name"] for step in steps}
    for step in steps:
        for missing in sorted(needs(step) - names):
            yield f"Step {step['Name']!r} refers to the step {missing!r}, which does not exist."
    parameters = {parameter["Name"] for parameter in definition.get("Parameters", [])}
    for name in re.findall(r'"Get": ?"Parameters\.([^"]+)"', json.dumps(definition["Steps"])):
        if name not in parameters:
            yield f"The parameter {name!r} is used but not defined."


def _cycle(steps: list[Step]) -> Iterator[str]:
    waiting = {step["Name"]: needs(step) for step in steps}
    for step in steps:
        for child in (inner for branch in branches(step) for inner in all_steps(branch)):
            waiting[child["Name"]] = {*waiting[child["Name"]], step["Name"]}
    while free := [name for name, before in waiting.items() if not before & waiting.keys()]:
        for name in free:
            del waiting[name]
    if waiting:
        yield f"The steps {', '.join(sorted(waiting))} wait for each other."
