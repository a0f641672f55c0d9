"""Outputs that an author names: none may hide another output of the step."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem


def hidden_output(subject: Subject) -> Iterator[Problem]:
    """`${step.name}` means one thing: what the step always gives cannot be the name of a part of one's own."""
    for name, (step_type, fields) in subject.merged.items():
        for field, keys in step_type.named_outputs(fields).items():
            for key in keys:
                if key in step_type.own_outputs:
                    message = f"${{{name}.{key}}} is something else already: {step_type.own_outputs[key]}"
                    yield subject.field_problem(name, (field, key), "PL105", message, "choose another name")
