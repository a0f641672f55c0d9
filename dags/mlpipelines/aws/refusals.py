"""An AWS request -> everything that SageMaker would refuse in it, as Airflow's operators send it.

Files are checked with this before they are deployed, and the finished requests once more by their tasks, because
templates and other tasks may have put anything into them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlpipelines.aws.rules import named, rule_problems
from mlpipelines.facts.shapes import ShapeProblem, TemplateCheck, member_shape, request_problems

#: Airflow's operators take a role's name where the API wants its ARN, and look it up.
_ROLE_SHAPE = "RoleArn"
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_ROLE_HINT = "write the name of the role alone, without a path, or its whole ARN"
_WELL_FORMED_INSTANCE = re.compile(
    r"ml\.[a-z]+[0-9][a-z0-9-]*\.(nano|micro|small|medium|large|xlarge|[1-9][0-9]*xlarge|metal)"
)


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
    found = [
        with_rule(problem)
        for problem in request_problems(action, request, templates)
        if not (_is_role_name(problem) or _is_of_another(also, problem))
    ]
    if not any(problem.kind in ("type", "union") for problem in found):
        told = {problem.path for problem in found}
        found += [problem for problem in rule_problems(action, request, region) if problem.path not in told]
    return found


def with_rule(problem: ShapeProblem) -> ShapeProblem:
    """The problem under a rule of its own, where AWS's shape stands for something that people know."""
    if problem.kind == "enum" and problem.shape.endswith("InstanceType"):
        new = bool(_WELL_FORMED_INSTANCE.fullmatch(problem.value))  # it may be newer than our table
        return replace(problem, rule="SM812" if new else "SM811")
    return replace(problem, hint=_ROLE_HINT, rule="SM705") if _is_role_path(problem) else named(problem)


def in_words(action: str, problem: ShapeProblem) -> str:
    """What is refused, and where."""
    return f"{problem.message} ({action}: {'.'.join(map(str, problem.path)) or 'the request'})"


def _is_role_name(problem: ShapeProblem) -> bool:
    return problem.shape == _ROLE_SHAPE and isinstance(problem.value, str) and bool(_ROLE_NAME.fullmatch(problem.value))


def _is_role_path(problem: ShapeProblem) -> bool:
    value = problem.value
    return problem.shape == _ROLE_SHAPE and isinstance(value, str) and "/" in value and not value.startswith("arn:")


def _is_of_another(action: str | None, problem: ShapeProblem) -> bool:
    return action is not None and problem.kind == "unknown" and member_shape(action, problem.path) is not None
