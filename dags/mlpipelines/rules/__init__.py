"""Every rule of `mlpipelines validate`, by its id."""

from __future__ import annotations

from mlpipelines.rules import (
    airflow,
    channels,
    control,
    dataflow,
    deployments,
    endpoints,
    hyperparameters,
    language,
    machines,
    models,
    other_jobs,
    places,
    processing,
    shapes,
    training,
    transform,
    tuning,
    yaml_text,
)
from mlpipelines.rules.rule import Rule, Severity

#: The modules, each with a sentence about its RULES, and perhaps LEFT_OUT; in the order of the rules page.
FAMILIES = (
    yaml_text,
    language,
    control,
    shapes,
    training,
    tuning,
    transform,
    processing,
    models,
    endpoints,
    deployments,
    other_jobs,
    places,
    machines,
    airflow,
    hyperparameters,
    channels,
    dataflow,
)
RULES: dict[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.RULES}
_IDS = {rule.name: rule.id for rule in RULES.values()}


def left_out() -> dict[str, str]:
    """{id: why it is not checked} of what is known to go wrong and left to AWS."""
    return {id: why for family in FAMILIES for id, why in getattr(family, "LEFT_OUT", {}).items()}


def find_rule(word: str) -> Rule:
    """The rule of that id or name. Raises KeyError."""
    return RULES[_IDS.get(word, word.upper())]


__all__ = ["FAMILIES", "RULES", "Rule", "Severity", "find_rule", "left_out"]
