"""What AWS refuses in models."""

from __future__ import annotations

from mlpipelines.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule("SM503", "hostname-on-some", "error", "Some containers of a pipeline have names, and others have none."),
    Rule("SM526", "hostname-twice", "error", "Two containers have the same name."),
    Rule("SM527", "several-models-in-one-file", "error", "A multi-model container is given one model."),
)
