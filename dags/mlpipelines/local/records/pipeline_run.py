"""A pipeline definition and its parameters -> how each step of one execution ends.

Condition and Fail steps are done for real. A step of another type ends the execution with the honest reason that the
local SageMaker does not do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlpipelines.local.records.pipeline_definition import DONE, Step, branches, needs
from mlpipelines.local.records.pipeline_expressions import ExpressionError, as_text, holds, value_of

STEP_FAILURE = "Step failure: One or multiple steps failed."


@dataclass
class Course:
    """`steps` in the order in which they end; `reason` is empty when the execution succeeds."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""


def course_of(definition: Mapping[str, Any], names: Mapping[str, Any]) -> Course:
    """`names`: what `Get` can reach; the outcomes of condition steps are added on the way."""
    course, known = Course(), dict(names)
    waiting: list[Step] = list(definition["Steps"])
    ended: set[str] = set()
    while ready := [step for step in waiting if needs(step) <= ended]:
        step = ready[0]
        waiting.remove(step)
        result = _result(step, known)
        course.steps.append(result)
        if "FailureReason" in result:
            own = result["FailureReason"].startswith("Not simulated")
            course.reason = result["FailureReason"] if own else STEP_FAILURE
            return course
        ended.add(step["Name"])
        if step["Type"] == "Condition":
            taken = result["Metadata"]["Condition"]["Outcome"] == "True"
            known[f"Steps.{step['Name']}.Outcome"] = taken
            waiting += branches(step)[0 if taken else 1]
    return course


def _result(step: Step, names: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"StepName": step["Name"], "AttemptCount": 1}
    for member, shown in (("DisplayName", "StepDisplayName"), ("Description", "StepDescription")):
        if step.get(member):
            result[shown] = step[member]
    arguments = step.get("Arguments", {})
    try:
        if step["Type"] not in DONE:
            raise ExpressionError(
                f"Not simulated by the local SageMaker: step {step['Name']} of type {step['Type']}. Locally the inside "
                "of a SageMaker pipeline is its Condition and Fail steps."
            )
        if step["Type"] == "Fail":
            message = as_text(value_of(arguments["ErrorMessage"], names))
            return {**result, "FailureReason": message, "Metadata": {"Fail": {"ErrorMessage": message}}}
        outcome = all(holds(condition, names) for condition in arguments["Conditions"])
        return {**result, "Metadata": {"Condition": {"Outcome": str(outcome)}}}
    except ExpressionError as error:
        return {**result, "FailureReason": str(error)}
