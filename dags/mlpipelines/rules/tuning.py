"""What AWS refuses in tuning jobs."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "SM203",
        "hyperband-early-stopping",
        "error",
        "Early stopping is given with Hyperband, which stops trials itself.",
    ),
    Rule("SM211", "too-many-trials", "error", "More training jobs are wanted than AWS allows."),
    Rule("SM213", "unmeasured-objective", "error", "The objective is a metric that nothing measures."),
    Rule("SM221", "parallel-over-total", "error", "More jobs are to run at once than there are."),
)
