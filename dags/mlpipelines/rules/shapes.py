"""What the shapes of AWS's requests do not allow."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM001", "unknown-member", "error", "AWS has no such member."),
    Rule("SM002", "missing-member", "error", "A member that AWS needs is missing."),
    Rule("SM003", "member-type", "error", "A member is of the wrong type."),
    Rule("SM004", "member-value", "error", "AWS does not know the value of a member."),
    Rule("SM005", "member-pattern", "error", "A text does not have the form that AWS wants."),
    Rule("SM006", "member-length", "error", "A text or a list is too long or too short."),
    Rule("SM007", "member-range", "error", "A number is too large or too small."),
    Rule("SM008", "member-union", "error", "Exactly one of several members is wanted."),
)
