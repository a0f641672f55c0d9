"""An AWS request -> everything that SageMaker would refuse in it, as Airflow's operators send it.

Files are checked with this before they are deployed, and the finished requests once more by their tasks, because
templates and other tasks may have put anything into them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from mlpipelines.aws.machines import is_instance_type, unknown_type
from mlpipelines.aws.parts import at
from mlpipelines.aws.places import role_hint
from mlpipelines.aws.rules import named, rule_problems
from mlpipelines.facts.shapes import (
    RequestPath,
    ShapeProblem,
    TemplateCheck,
    member_problems,
    member_shape,
    request_problems,
)

#: Airflow's operators take a role's name where the API wants its ARN, and look it up.
_ROLE_SHAPE = "RoleArn"
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
#: More is not told of one request: finding the words for all of them would take too long.
_MOST = 200
#: The members that they look up, and what these may lie in.
_LOOKED_UP = ("RoleArn", "ExecutionRoleArn")
_DEFINITIONS = ("TrainingJobDefinition", "TrainingJobDefinitions")


def refusals(
    action: str,
    request: Mapping[str, Any],
    also: str | None = None,
    templates: TemplateCheck | None = None,
    region: str = "",
) -> list[ShapeProblem]:
    """`also` is another action whose members the request may have: the operator sends each what it knows. `templates`
    says what is wrong with texts that are rendered later. `region` is where the request goes, when that is known.

    Raises KeyError for an action that is not in the table.
    """
    found: list[ShapeProblem] = []
    for problem in islice(request_problems(action, request, templates), _MOST):
        if also and _is_of_another(also, problem):
            found += map(with_rule, member_problems(also, problem.path, at(request, *problem.path)))
        elif not _is_role_name(problem):
            found.append(with_rule(problem))
    if not any(problem.kind in ("type", "union") for problem in found):
        told = {problem.path for problem in found}
        problems = islice(rule_problems(action, request, region), _MOST)
        found += [problem for problem in problems if problem.path not in told]
    return found


def refusals_of_machine(
    action: str, request: Mapping[str, Any], path: RequestPath, machine: str, region: str = ""
) -> list[ShapeProblem]:
    """What would be refused if the instance type at `path` were another, and is not as it is."""
    before = {
        (problem.path, problem.code) for problem in rule_problems(action, request, region) if problem.path != path
    }
    after = rule_problems(action, _with(request, path, machine), region)
    found = [with_rule(problem) for problem in member_problems(action, path, machine)]
    return [*found, *(problem for problem in after if (problem.path, problem.code) not in before)]


def with_rule(problem: ShapeProblem) -> ShapeProblem:
    """The problem under a rule of its own, where AWS's shape stands for something that people know."""
    if is_instance_type(problem):
        return unknown_type(problem)
    if problem.shape == _ROLE_SHAPE and problem.kind in ("pattern", "length"):
        value = problem.value
        kind = "the ARN of a role" if value.startswith("arn:") else "a role"
        return replace(problem, rule="SM705", message=f"{value[:80]!r} is not {kind}", hint=role_hint(value))
    return named(problem)


def in_words(action: str, problem: ShapeProblem) -> str:
    """What is refused, and where."""
    return f"{problem.message} ({action}: {'.'.join(map(str, problem.path)) or 'the request'})"


def _with(request: Mapping[str, Any], path: RequestPath, value: Any) -> dict[str, Any]:
    """The request with another value at `path`; what is not on the way is the same."""
    key, *rest = path
    inside = request.get(str(key))
    return {
        **request,
        str(key): _with(inside if isinstance(inside, dict) else {}, tuple(rest), value) if rest else value,
    }


def _is_role_name(problem: ShapeProblem) -> bool:
    """Whether the operator makes an ARN of this before it sends the request."""
    if problem.shape != _ROLE_SHAPE or problem.path[-1] not in _LOOKED_UP:
        return False
    known = len(problem.path) == 1 or problem.path[0] in _DEFINITIONS
    return known and isinstance(problem.value, str) and bool(_ROLE_NAME.fullmatch(problem.value))


def _is_of_another(action: str, problem: ShapeProblem) -> bool:
    return problem.kind == "unknown" and not problem.rule and member_shape(action, problem.path) is not None
