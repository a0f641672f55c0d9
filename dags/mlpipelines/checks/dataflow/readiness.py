"""What a job makes, used before the job has ended."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.references import Reference, whole_reference


def used_too_soon(subject: Subject) -> Iterator[Problem]:
    """A step takes what a job writes that nobody has waited for."""
    for reference in subject.references:
        step_type, fields = subject.merged.get(reference.scope, (None, {}))
        if step_type and fields.get("wait") is False and _is_needed(subject, reference):
            kind = step_type.output_kind(reference.name, fields)
            written = kind in ("data", "artifact") or (kind is None and step_type.name == "process")
            if written and not _is_waited_for(subject, reference):
                message = (
                    f"{reference.scope!r} does not wait for its job (`wait: false`), so {reference.text} is not there"
                )
                hint = f"wait first: a step {{type: wait, job: ${{{reference.scope}.name}}}}, and `after:` it here"
                yield subject.document.problem(reference.path, "DF18", message, hint)


def newest_too_soon(subject: Subject) -> Iterator[Problem]:
    """The newest version is looked up beside the step that registers a newer one."""
    registering = {fields["group"]: name for name, fields in subject.of_type("register")}
    for name, fields in subject.of_type("latest_model") if registering else ():
        other = registering.get(fields["group"])
        if other and not (_is_before(subject, other, name) or _is_before(subject, name, other)):
            message = f"this runs beside {other!r}, and may find the version before that one"
            yield subject.field_problem(name, ("group",), "DF19", message, f"write `after: {other}`")


def _is_before(subject: Subject, first: str, then: str) -> bool:
    todo, seen = [then], {then}
    while todo:
        more = set(subject.upstream.get(todo.pop(), ())) - seen
        if first in more:
            return True
        seen |= more
        todo += more
    return False


def _is_needed(subject: Subject, reference: Reference) -> bool:
    """Whether the task that refers cannot do without what it refers to."""
    _, step, *path = reference.path if len(reference.path) > 2 else ("", "")
    return step in subject.merged and bool(subject.merged[str(step)][0].wanted_kinds(tuple(path)))


def _is_waited_for(subject: Subject, reference: Reference) -> bool:
    """Whether a `wait` step for the job comes before the step that refers to it."""
    todo, seen = [str(reference.path[1])], set()
    while todo:
        step = todo.pop()
        step_type, fields = subject.merged[step]
        scope = whole_reference(fields["job"]) if step_type.name == "wait" else None
        if scope and scope[0] == reference.scope:
            return True
        seen.add(step)
        todo += [other for other in subject.upstream.get(step, ()) if other not in seen]
    return False
