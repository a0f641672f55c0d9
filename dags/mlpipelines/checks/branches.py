"""Decisions: comparisons that cannot be made, and branches after which a step never runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.facts.shapes import is_template

#: With these trigger rules a step runs although one before it was skipped.
_PATIENT = frozenset(
    "all_done none_failed none_failed_min_one_success all_done_min_one_success one_success one_failed one_done "
    "always".split()
)


def bad_comparisons(subject: Subject) -> Iterator[Problem]:
    """`in` looks into a list, the others compare with one value; less and greater are for numbers."""
    for name, fields in subject.of_type("condition"):
        for index, comparison in enumerate(fields["if"]):
            message, hint = _mistake(comparison)
            if message:
                yield subject.field_problem(name, ("if", index, "right"), "PL104", message, hint)
            elif _is_word(comparison["left"]) and comparison["is"] not in ("==", "in"):
                message = f"{comparison['is']} compares numbers, and this is {comparison['left']!r}"
                yield subject.field_problem(name, ("if", index, "left"), "PL104", message, "write ${<step>.<output>}")
            elif not (_is_open(comparison["left"]) or _is_open(comparison["right"])):
                message = "both sides are fixed: this has been decided already"
                hint = "compare with ${step.output}, or with {{ params.<name> }}"
                yield subject.field_problem(name, ("if", index, "left"), "PL104", message, hint)


def both_branches(subject: Subject) -> Iterator[Problem]:
    """A step that runs either way has nothing to decide."""
    for name, fields in subject.of_type("condition"):
        then, otherwise = _listed(fields["then"]), _listed(fields["else"])
        for step in [step for step in otherwise if step in then]:
            path = ("else", otherwise.index(step)) if isinstance(fields["else"], list) else ("else",)
            message = f"the step {step!r} would run either way: it stands in `then` as well"
            yield subject.field_problem(name, path, "PL410", message, "take it away from both, or from one")


def never_runs(subject: Subject) -> Iterator[Problem]:
    """A step behind both branches is skipped with the one that is not taken, unless its trigger rule says otherwise."""
    conditions = list(subject.of_type("condition"))
    before = _before(subject) if conditions else {}
    for name, fields in conditions:
        then, otherwise = (_behind(subject, _listed(fields[field]), before) for field in ("then", "else"))
        for step in subject.merged:
            either_way = step in _listed(fields["then"]) and step in _listed(fields["else"])
            if step in then and step in otherwise and not either_way:
                message = f"this step never runs: {name!r} always skips one of the steps before it"
                hint = "write `trigger_rule: none_failed_min_one_success`"
                yield subject.document.problem(("steps", step), "PL410", message, hint, key=True)


def _before(subject: Subject) -> dict[str, tuple[str, ...]]:
    return subject.upstream


def _behind(subject: Subject, branch: list[str], before: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The steps that are skipped when this branch is not taken, with the branch itself."""
    skipped = set(branch)
    while True:
        more = {
            step
            for step, (_, fields) in subject.merged.items()
            if step not in skipped and (fields["trigger_rule"] not in _PATIENT) and skipped & {*before[step]}
        }
        if not more:
            return skipped
        skipped |= more


def _mistake(comparison: Mapping[str, Any]) -> tuple[str, str]:
    right, operator = comparison["right"], comparison["is"]
    if operator == "in":
        if right == []:
            return "nothing is in an empty list", "write the values that are looked for"
        wrong = not isinstance(right, list) and not _is_open(right)
        return ("`in` needs a list", f"write [{right}]") if wrong else ("", "")
    if isinstance(right, list):
        return f"{operator} compares with one value", "write `is: in` for a list"
    if operator != "==" and _is_word(right):
        return f"{operator} compares numbers, and this is {right!r}", ""
    return "", ""


def _is_word(value: Any) -> bool:
    """Whether a value is certainly no number."""
    return isinstance(value, bool | str) and not _is_open(value)


def _is_open(value: Any) -> bool:
    """Whether a value is known only at run time."""
    if isinstance(value, list):
        return any(map(_is_open, value))
    return isinstance(value, str) and ("${" in value or is_template(value))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
