"""What AWS refuses in names of places, roles, keys and tags."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (Rule("SM705", "role-form", "error", "A role is neither a name nor an ARN."),)
