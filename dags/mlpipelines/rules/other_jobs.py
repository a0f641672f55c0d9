"""What AWS refuses in AutoML, the registry, notebooks and SageMaker pipelines."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM610", "notebook-without-network", "error", "A notebook has neither a subnet nor the internet."),
    Rule("SM612", "automl-objective", "error", "The kind of problem and its metric do not go together."),
    Rule("SM613", "security-groups-alone", "error", "Security groups are given without a subnet."),
)
