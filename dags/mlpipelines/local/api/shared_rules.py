"""A request -> what SageMaker refuses in it, by the rules and in the words that files are checked with.

Training, tuning and the registry are not among them: their refusals are known in AWS's own words, and what is
wrong with hyperparameters makes a job fail, not its request.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from mlpipelines.aws import deployments, endpoints, models, other_jobs, processing, transform
from mlpipelines.aws.parts import Request, Rule
from mlpipelines.aws.refusals import in_words
from mlpipelines.rules import find_rule


def shared_rules(action: str, request: Request) -> Iterator[str]:
    """Only what is sure: doubts are no refusals."""
    for rule in _rules(action):
        for problem in rule(request):
            if find_rule(problem.code).severity == "error":
                yield in_words(action, problem)


@cache
def _rules(action: str) -> tuple[Rule, ...]:
    if action == "CreateModelPackage":
        return ()
    families = (transform, processing, models, endpoints, deployments, other_jobs)
    return tuple(rule for family in families for rule in family.RULES.get(action, ()))
