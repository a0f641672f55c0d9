"""An AWS request -> what SageMaker refuses in it beyond the shapes: members that need or exclude each other.

Each rule is in AWS's API reference or its developer guide. What is known only at run time (`{{`) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from mlpipelines.aws import (
    algorithm_machines,
    built_in_jobs,
    deployments,
    endpoints,
    job_machines,
    models,
    other_jobs,
    processing,
    training,
    transform,
    tuning,
    tuning_ranges,
)
from mlpipelines.aws.common import text_problems
from mlpipelines.aws.parts import Request, Rule
from mlpipelines.facts.shapes import ShapeProblem

_FAMILIES = (
    training,
    job_machines,
    tuning,
    tuning_ranges,
    transform,
    processing,
    models,
    endpoints,
    deployments,
    other_jobs,
    built_in_jobs,
    algorithm_machines,
)
_SHAPE_RULES = {
    limit: rule
    for family in (tuning, processing, models, endpoints, other_jobs)
    for limit, rule in family.SHAPE_RULES.items()
}


def rule_problems(action: str, request: Request, region: str = "") -> Iterator[ShapeProblem]:
    """Everything in a request of well-formed members that `action` would refuse all the same."""
    yield from text_problems(request, region)
    for rule in _rules(action):
        yield from rule(request)


def named(problem: ShapeProblem) -> ShapeProblem:
    """A problem of a shape under the rule that people know the limit by, where there is one."""
    rule, hint = _SHAPE_RULES.get((problem.kind, problem.shape), ("", ""))
    return replace(problem, rule=rule, hint=hint) if rule and not problem.rule else problem


@cache
def _rules(action: str) -> tuple[Rule, ...]:
    return tuple(rule for family in _FAMILIES for rule in family.RULES.get(action, ()))
