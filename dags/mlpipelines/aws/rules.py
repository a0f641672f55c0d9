"""An AWS request -> what SageMaker refuses in it beyond the shapes: members that need or exclude each other.

Each rule is in AWS's API reference or its developer guide. What is known only at run time (`{{`) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from mlpipelines.aws import channels, hyperparameters, inference, other_jobs, processing, training
from mlpipelines.aws.common import text_problems
from mlpipelines.aws.parts import Request, Rule
from mlpipelines.facts.shapes import ShapeProblem

_FAMILIES = (training, processing, inference, other_jobs, hyperparameters, channels)


def rule_problems(action: str, request: Request, region: str = "") -> Iterator[ShapeProblem]:
    """Everything in a request of well-formed members that `action` would refuse all the same."""
    yield from text_problems(request, region)
    for rule in _rules(action):
        yield from rule(request)


@cache
def _rules(action: str) -> tuple[Rule, ...]:
    return tuple(rule for family in _FAMILIES for rule in family.RULES.get(action, ()))
