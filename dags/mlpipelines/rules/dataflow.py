"""What does not fit between the steps of a pipeline."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = ()
