"""What AWS refuses in images and instance types."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM801", "no-image", "error", "AWS has no such image in this region."),
    Rule("SM811", "not-an-instance-type", "error", "AWS has no such instance type for this use."),
    Rule("SM812", "new-instance-type", "warning", "An instance type is well formed, and unknown."),
)
