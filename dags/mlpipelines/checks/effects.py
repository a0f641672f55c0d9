"""Fields that do nothing where they stand, because of what else the step says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem


def made_by_a_task(subject: Subject) -> Iterator[Problem]:
    """A request that another task makes is sent as it is: fields that would set its members do nothing."""
    for name, (step_type, fields) in subject.merged.items():
        if isinstance(fields.get("request"), str):
            for field in subject.steps[name]:
                if field in step_type.aws_members and field != "name":
                    message = f"{field!r} has no effect: the whole request is made by {fields['request']}"
                    hint = "take it away here, and have that task put it into the request"
                    yield subject.document.problem(("steps", name, field), "PL107", message, hint, key=True)


def only_with_others(subject: Subject) -> Iterator[Problem]:
    """A field that only goes with others (x-only-with) stands in a step that has none of them."""
    for name, (step_type, fields) in subject.merged.items():
        for field, others in step_type.only_with.items():
            if subject.steps[name].get(field) is not None and not isinstance(fields.get("request"), str):
                reason = _missing(others, fields)
                if reason:
                    message = f"{field!r} has no effect {reason}"
                    path = ("steps", name, field)
                    yield subject.document.problem(path, "PL107", message, "take it away", key=True)


def deferred_for_nothing(subject: Subject) -> Iterator[Problem]:
    """How a step waits is of no interest when it does not."""
    for name, step in subject.steps.items():
        if step.get("wait") is False and step.get("deferrable") is True:
            message = "'deferrable' has no effect with `wait: false`"
            yield subject.document.problem(("steps", name, "deferrable"), "AF08", message, key=True)


def deployment_fields(subject: Subject) -> Iterator[Problem]:
    """Traffic that moves at once has no steps, and a rolling deployment ends its old machines on its way."""
    useless = {"all_at_once": "size", "rolling": "termination_wait"}
    for name, fields in subject.of_type("endpoint"):
        strategy = fields["deployment"]["strategy"]
        field = useless.get(strategy)
        if field and fields["deployment"][field] is not None:
            message = f"{field!r} has no effect when `strategy` is {strategy}"
            yield subject.field_problem(name, ("deployment", field), "PL107", message, "take it away")


def _missing(others: Any, fields: Mapping[str, Any]) -> str:
    """Why a field has no effect: it needs one of several fields, or one of some values of a field."""
    if isinstance(others, Mapping):
        wrong = [field for field, values in others.items() if fields.get(field) not in values]
        return f"when `{wrong[0]}` is {fields.get(wrong[0])}" if wrong else ""
    needed = [others] if isinstance(others, str) else list(others)
    if any(_is_given(fields.get(field)) for field in needed):
        return ""
    return f"without {' or '.join(f'`{field}`' for field in needed)}"


def _is_given(value: Any) -> bool:
    """A mapping that nobody wrote has all its fields, and nothing in them."""
    return any(map(_is_given, value.values())) if isinstance(value, Mapping) else value is not None
