"""Rendered AWS requests -> what SageMaker's API would refuse, at the author's field that led there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mlpipelines.checks.places import author_path
from mlpipelines.checks.samples import sampled_problems
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.facts.rules import rule_problems
from mlpipelines.facts.shapes import ShapeProblem, member_problems, member_shape, request_problems
from mlpipelines.render import Request
from mlpipelines.step_types import StepType

#: Airflow's operators take a role's name where the API wants its ARN, and look it up.
_ROLE_SHAPE = "RoleArn"
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_WELL_FORMED_INSTANCE = re.compile(
    r"ml\.[a-z]+[0-9][a-z0-9-]*\.(nano|micro|small|medium|large|xlarge|[1-9][0-9]*xlarge|metal)"
)


def unknown_wrapper(subject: Subject) -> Iterator[Problem]:
    """`request:` of a step that sends several requests says which of them each piece belongs to."""
    for name, (step_type, fields) in subject.merged.items():
        wrappers = [wrapper for action in step_type.requests if (wrapper := step_type.wrapper(action))]
        for key in fields.get("request") or () if wrappers else ():
            if key not in wrappers:
                hint = f"this step sends several requests: write the piece below {' or '.join(wrappers)}"
                hint = did_you_mean(key, wrappers) or hint
                message = f"{key!r} is not one of this step's requests"
                yield subject.field_problem(name, ("request", key), "unknown-field", message, hint)


def refused_requests(subject: Subject, requests: list[Request]) -> Iterator[Problem]:
    """Everything that the API would refuse in the requests of a pipeline."""
    seen: set[tuple[tuple[str, int, int], str]] = set()
    for request in requests:
        step_type = subject.merged[request.step][0]
        problems = [
            problem
            for problem in (
                *request_problems(request.action, request.data),
                *sampled_problems(request.action, request.data),
            )
            if not (_is_role_name(problem) or _is_of_another(step_type.also(request.action), problem))
        ]
        if not any(problem.kind in ("type", "union") for problem in problems):
            problems += rule_problems(request.action, request.data)
        places = [_place(subject, request, step_type, problem) for problem in problems]
        for problem in [*places, *_alternatives(subject, request, step_type)]:
            place = (problem.file, problem.line, problem.column)
            if (place, problem.code) not in seen:  # one field may set members of two requests
                seen.add((place, problem.code))
                yield problem


def _alternatives(subject: Subject, request: Request, step_type: StepType) -> Iterator[Problem]:
    """The same for the machines that are asked for when AWS has none of the first kind."""
    machines = subject.merged[request.step][1].get("instance_type")
    if step_type.instance is None or not isinstance(machines, list):
        return
    *path, last = step_type.instance.split(".")
    for index, machine in enumerate(machines[1:], 1):
        for problem in member_problems(request.action, (*path, last), machine):
            found = subject.field_problem(
                request.step, ("instance_type", index), f"aws-{problem.kind}", problem.message, problem.hint
            )
            yield _unless_new(found, problem)


def _is_role_name(problem: ShapeProblem) -> bool:
    return problem.shape == _ROLE_SHAPE and isinstance(problem.value, str) and bool(_ROLE_NAME.fullmatch(problem.value))


def _is_of_another(action: str | None, problem: ShapeProblem) -> bool:
    return action is not None and problem.kind == "unknown" and member_shape(action, problem.path) is not None


def _place(subject: Subject, request: Request, step_type: StepType, problem: ShapeProblem) -> Problem:
    member = ".".join(map(str, problem.path)) or "the request"
    message = f"{problem.message} ({request.action}: {member})"
    wrapper = step_type.wrapper(request.action)
    at_request = ("steps", request.step, "request", *([wrapper] if wrapper else []), *problem.path)
    if problem.path and subject.document.has(at_request):
        found = subject.document.problem(
            at_request, f"aws-{problem.kind}", message, problem.hint, key=problem.kind == "unknown"
        )
    else:
        path = author_path(
            step_type, subject.merged[request.step][1], (wrapper, *problem.path) if wrapper else problem.path
        )
        found = subject.field_problem(request.step, path, f"aws-{problem.kind}", message, problem.hint)
    return _unless_new(found, problem)


def _unless_new(found: Problem, problem: ShapeProblem) -> Problem:
    """Machines that look like one may be newer than our table."""
    new = (
        problem.kind == "enum"
        and problem.shape.endswith("InstanceType")
        and _WELL_FORMED_INSTANCE.fullmatch(problem.value)
    )
    return replace(found, severity="warning", code="unknown-instance-type") if new else found
