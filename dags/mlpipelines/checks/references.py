"""References between steps: unknown ones, a step's reference to itself, and cycles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.document import DocumentPath
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.model import branch_deciders
from mlpipelines.references import Reference, cycle

#: So many steps of a circle are named.
_SHOWN = 20
_FORM = "write ${step.output} or ${vars.name}; $${ is a plain ${"


def bad_references(subject: Subject) -> Iterator[Problem]:
    """Every reference must lead somewhere."""
    for reference in subject.references:
        if reference.scope != "vars" and reference.path[0] in ("steps", "defaults") and len(reference.path) > 1:
            yield from _bad_reference(subject, reference)


def unknown_after(subject: Subject) -> Iterator[Problem]:
    """The steps named in `after`, and in a decision's branches, must exist."""
    for name, step in subject.steps.items():
        step_type = subject.step_type(name)
        for field in ("after", *(step_type.branches if step_type else ())):
            yield from _unknown_named(subject, name, field, step.get(field))


def _unknown_named(subject: Subject, name: str, field: str, value: Any) -> Iterator[Problem]:
    for index, other in enumerate(value if isinstance(value, list) else [value]):
        path = ("steps", name, field, index) if isinstance(value, list) else ("steps", name, field)
        if not isinstance(other, str):
            continue
        if other == name:
            yield subject.document.problem(path, "PL204", f"the step {name!r} cannot run after itself")
        elif not _is_there(subject, other):
            dashed = other.startswith("-") and other.lstrip("-") in subject.steps
            hint = "write a space after each dash" if dashed else _nearest(other, subject)
            yield subject.document.problem(path, "PL202", f"there is no step {other!r}", hint)


def dependency_cycle(subject: Subject) -> Iterator[Problem]:
    """Steps cannot wait for each other in a circle."""
    deciders = branch_deciders(subject.steps, {name: subject.step_type(name) for name in subject.steps})
    path = cycle({name: (*upstream, *deciders.get(name, ())) for name, upstream in subject.upstream.items()})
    if path:
        shown = " -> ".join(path if len(path) <= _SHOWN else [*path[: _SHOWN - 2], "...", path[-1]])
        message = f"the steps wait for each other in a circle: {shown}"
        yield subject.document.problem(
            ("steps", path[0]), "PL205", message, "take one of these references away", key=True
        )


def _bad_reference(subject: Subject, reference: Reference) -> Iterator[Problem]:
    def problem(code: str, message: str, hint: str = "") -> Problem:
        return subject.document.problem(reference.path, code, message, hint)

    if not reference.scope:
        yield problem("PL201", *_malformed(subject, reference))
    elif reference.inside_template:
        message = f"{reference.text} stands inside {{{{ }}}}"
        yield problem("PL201", message, "a reference is put in before Airflow renders: write it outside the braces")
    elif reference.path[0] == "defaults":
        yield problem("PL201", f"{reference.text} cannot be used in defaults", "write it in the step")
    elif reference.scope == reference.path[1]:
        yield problem("PL204", f"the step {reference.scope!r} refers to itself", "name the step that gives this")
    elif not _is_there(subject, reference.scope):
        first = reference.name.partition(".")[0]
        nested = reference.scope in ("step", "steps", "outputs", "tasks") and first in subject.steps
        hint = f"write ${{{reference.name}}}" if nested else _meant(reference, subject)
        yield problem("PL202", f"there is no step {reference.scope!r}", hint)
    else:
        yield from _unknown_output(subject, reference)


def _meant(reference: Reference, subject: Subject) -> str:
    """Parameters are Airflow's, and the word for variables is `vars`."""
    if reference.scope in ("param", "params"):
        return f'write "{{{{ params.{reference.name} }}}}"'
    if reference.scope in ("var", "variables") and reference.name in (subject.data.get("vars") or {}):
        return f"write ${{vars.{reference.name}}}"
    return _nearest(reference.scope, subject)


def _unknown_output(subject: Subject, reference: Reference) -> Iterator[Problem]:
    step_type = subject.step_type(reference.scope)
    if step_type is None:
        return
    fields = subject.fields(reference.scope)
    if step_type.output(reference.name, fields) is None:
        # Not the nearest alone: test_features for train_features would evaluate on what was trained on.
        outputs = step_type.output_names(fields)
        hint = f"it gives {', '.join(outputs)}" if outputs else "it gives nothing to refer to"
        message = f"the {step_type.name} step {reference.scope!r} has no output {reference.name!r}"
        if lacks := step_type.lacks(reference.name, fields):
            message = f"the {step_type.name} step {reference.scope!r} gives {reference.name!r} only {lacks}"
        yield subject.document.problem(reference.path, "PL203", message, hint)


def _malformed(subject: Subject, reference: Reference) -> tuple[str, str]:
    """(message, hint): the name of a step alone lacks one of its outputs, braces are missing or too many."""
    message = f"{reference.text!r} is not a reference"
    name = reference.text.strip("${} ")
    step_type = subject.step_type(name)
    if step_type and (outputs := step_type.output_names(subject.fields(name))):
        return message, f"write ${{{name}.{outputs[0]}}}; it gives {', '.join(outputs)}"
    rest = _text_at(subject.data, reference.path).partition("${")[2]
    if reference.text == "${" and rest.startswith("{"):
        return "a reference has one pair of braces", f"write ${{{rest.strip('{} ')}}}"
    if reference.text == "${" and "}" not in rest:
        return "the brace of a reference is not closed", f"write ${{{rest}}}"
    return message, _FORM


def _text_at(data: Any, path: DocumentPath) -> str:
    for key in path:
        data = data[key]
    return str(data)


def _is_there(subject: Subject, name: str) -> bool:
    """Whether a step is there, be it one that the schema has refused."""
    return name in subject.steps or (isinstance(subject.data.get("steps"), dict) and name in subject.data["steps"])


def _nearest(name: str, subject: Subject) -> str:
    return did_you_mean(name, subject.steps) or f"the steps are {', '.join(subject.steps)}"
