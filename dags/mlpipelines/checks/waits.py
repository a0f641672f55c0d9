"""Steps that wait for a job: of another kind than they say, or by a name that AWS does not give."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.facts.shapes import is_template
from mlpipelines.references import whole_reference

#: Kinds of jobs whose names are made by AWS.
_OTHERWISE_NAMED = ("pipeline", "notebook_run", "notebook_job")


def wrong_kind(subject: Subject) -> Iterator[Problem]:
    """The kind of a job is that of the step that started it."""
    for name, fields in subject.of_type("wait"):
        reference = whole_reference(fields["job"])
        step_type = subject.step_type(reference[0]) if reference else None
        kind = step_type.schema.get("x-kind") if step_type else None
        if kind and kind != fields["kind"] and reference:
            article = "an" if kind[0] in "aeiou" else "a"
            message = f"{reference[0]!r} starts {article} {kind} job, not a {fields['kind']} job"
            yield subject.field_problem(name, ("kind",), "PL104", message, "leave `kind:` out")


def wrong_job(subject: Subject) -> Iterator[Problem]:
    """Executions of pipelines are known by their ARN, jobs by a name without underscores."""
    for name, fields in subject.of_type("wait"):
        job = fields["job"]
        if "${" in job or is_template(job):
            continue
        if fields["kind"] == "pipeline" and not job.startswith("arn:"):
            message = f"{job!r} is no ARN, and an execution of a pipeline has no other name"
            yield subject.field_problem(name, ("job",), "PL104", message, "usually it is ${<pipeline step>.arn}")
        elif fields["kind"] not in _OTHERWISE_NAMED and not job.replace("-", "").isalnum():
            message = f"{job!r} is not the name of a job"
            yield subject.field_problem(name, ("job",), "PL104", message, "AWS allows letters, digits and hyphens")
