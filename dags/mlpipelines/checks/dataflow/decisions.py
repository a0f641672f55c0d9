"""Decisions about metrics that are decided before anything is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.checks.dataflow.kinds import KIND_WORDS
from mlpipelines.checks.dataflow.origins import plain_algorithm
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.references import whole_reference

#: Metrics that lie between 0 and 1, by the names that `evaluate` and built-in algorithms give them.
_SHARES = frozenset("accuracy balanced_accuracy precision recall f1 roc_auc pr_auc auc aucpr".split())


def share_in_percent(subject: Subject) -> Iterator[Problem]:
    """A share is compared with a number that no share reaches."""
    for name, fields in subject.of_type("condition"):
        for index, comparison in enumerate(fields["if"]):
            limit = comparison["right"]
            if isinstance(limit, int | float) and limit > 1 and _is_share(subject, comparison):
                what = "never" if comparison["is"] in (">", ">=", "==") else "always"
                message = f"this {what} holds: {comparison['left']} lies between 0 and 1"
                hint = f"write {limit / 100:g} for {limit:g} percent" if limit <= 100 else ""
                yield subject.field_problem(name, ("if", index, "right"), "DF17", message, hint)


def compared_kind(subject: Subject) -> Iterator[Problem]:
    """Where a file lies, or what something is called, is greater than nothing."""
    for name, fields in subject.of_type("condition"):
        for index, comparison in enumerate(fields["if"]):
            scope = whole_reference(comparison["left"]) if comparison["is"] not in ("==", "in") else None
            step_type, given = subject.merged.get(scope[0], (None, {})) if scope else (None, {})
            kind = step_type.output_kind(scope[1], given) if scope and step_type else None
            if kind and kind not in ("number", "text"):
                message = f"{comparison['left']} is {KIND_WORDS[kind]}, and {comparison['is']} compares numbers"
                yield subject.field_problem(name, ("if", index, "left"), "DF01", message)


def _is_share(subject: Subject, comparison: Mapping[str, Any]) -> bool:
    scope = whole_reference(comparison["left"])
    step_type, fields = subject.merged.get(scope[0], (None, {})) if scope else (None, {})
    if scope is None or step_type is None:
        return False
    if step_type.name == "evaluate":
        return scope[1] in _SHARES and scope[1] not in (fields["custom_metrics"] or {})
    start, _, metric = scope[1].rpartition(":")
    measured = start in ("metrics.validation", "metrics.test") and step_type.name == "train"
    return measured and metric in _SHARES and plain_algorithm(fields) is not None
