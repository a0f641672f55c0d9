"""Processing steps: results of outputs that are not there, and names that are taken."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean


def unknown_result(subject: Subject) -> Iterator[Problem]:
    """A result is read from one of the step's outputs, when the job has ended."""
    for name, fields in subject.of_type("process"):
        if fields["results"] and fields["wait"] is False:
            message = "nothing is read back from a job that is not waited for"
            yield subject.field_problem(name, ("results",), "AF17", message, "write `wait: true`")
        outputs = fields["outputs"] or {}
        for result, where in (fields["results"] or {}).items():
            if where["file"].startswith("/"):
                message = "this is a place in the container, and the file's name in the output is wanted"
                hint = f"write {where['file'].rsplit('/', 1)[1]}"
                yield subject.field_problem(name, ("results", result, "file"), "AF17", message, hint)
            if where["output"] not in outputs:
                hint = did_you_mean(where["output"], outputs)
                hint = hint or (f"the outputs are {', '.join(outputs)}" if outputs else "write `outputs:`")
                message = f"the step {name!r} has no output {where['output']!r}"
                yield subject.field_problem(name, ("results", result, "output"), "AF17", message, hint)


def taken_name(subject: Subject) -> Iterator[Problem]:
    """The script is an input of its own, and lies beside the outputs."""
    for name, fields in subject.of_type("process"):
        if fields["script"] and "code" in (fields["inputs"] or {}):
            message = "the input 'code' is the one that brings the script"
            yield subject.field_problem(name, ("inputs", "code"), "PL105", message, "call it otherwise")
        outputs = fields["outputs"] or {}
        if fields["script"] and "code" in outputs and outputs["code"]["uri"] is None:
            message = "the output 'code' would lie in S3 where the script does"
            yield subject.field_problem(name, ("outputs", "code"), "PL105", message, "call it otherwise")
