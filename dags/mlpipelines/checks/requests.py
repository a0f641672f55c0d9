"""Rendered AWS requests -> what SageMaker's API would refuse, at the author's field that led there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from mlpipelines.aws.refusals import in_words, refusals, refusals_of_machine
from mlpipelines.aws.served import model_problems
from mlpipelines.checks.places import author_path, is_about_name
from mlpipelines.checks.rendered import run_of, template_check
from mlpipelines.checks.served import named_models
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.facts.shapes import ShapeProblem, is_template
from mlpipelines.render import Request
from mlpipelines.step_types import StepType

#: So many kinds of machines of a step are looked at.
_MOST_MACHINES = 50


def unknown_wrapper(subject: Subject) -> Iterator[Problem]:
    """`request:` of a step that sends several requests says which of them each piece belongs to."""
    for name, (step_type, fields) in subject.merged.items():
        wrappers = [wrapper for action in step_type.requests if (wrapper := step_type.wrapper(action))]
        for key in fields.get("request") or () if wrappers else ():
            if key not in wrappers:
                hint = f"this step sends several requests: write the piece below {' or '.join(wrappers)}"
                hint = did_you_mean(key, wrappers) or hint
                message = f"{key!r} is not one of this step's requests"
                yield subject.field_problem(name, ("request", key), "PL101", message, hint)


def refused_requests(subject: Subject, requests: list[Request]) -> Iterator[Problem]:
    """Everything that the API would refuse in the requests of a pipeline."""
    seen: set[tuple[tuple[str, int, int], str]] = set()
    run, models = run_of(subject), named_models(subject, requests)
    for request in requests:
        step_type = subject.merged[request.step][0]
        templates = template_check(run, request.step)
        region = _region(subject.merged[request.step][1])
        problems = refusals(request.action, request.data, step_type.also(request.action), templates, region)
        problems += model_problems(request.action, request.data, models)
        places = (_place(subject, request, step_type, problem) for problem in problems)
        alternatives = () if any(map(_is_of_size, problems)) else _alternatives(subject, request, step_type)
        for problem in chain(places, alternatives):
            place = (problem.file, problem.line, problem.column)
            if (place, problem.code) not in seen:  # one field may set members of two requests
                seen.add((place, problem.code))
                yield problem


def _alternatives(subject: Subject, request: Request, step_type: StepType) -> Iterator[Problem]:
    """The same for the machines that are asked for when AWS has none of the first kind."""
    machines = subject.merged[request.step][1].get("instance_type")
    if step_type.instance is None or not isinstance(machines, list):
        return
    path, region = tuple(step_type.instance.split(".")), _region(subject.merged[request.step][1])
    for index, machine in enumerate(machines[1:_MOST_MACHINES], 1):
        for problem in refusals_of_machine(request.action, request.data, path, machine, region):
            field = ("instance_type", index)
            yield subject.field_problem(request.step, field, problem.code, problem.message, problem.hint)


def _is_of_size(problem: ShapeProblem) -> bool:
    """Whether more stands in a request than AWS takes: to look at all of it for each machine would take too long."""
    return problem.kind == "length" and isinstance(problem.value, dict | list)


def _region(fields: dict[str, Any]) -> str:
    """Where a step's requests go; empty when only the run knows."""
    region = fields.get("region")
    return region if isinstance(region, str) and not is_template(region) else ""


def _place(subject: Subject, request: Request, step_type: StepType, problem: ShapeProblem) -> Problem:
    message = in_words(request.action, problem)
    wrapper = step_type.wrapper(request.action)
    at_request = ("steps", request.step, "request", *([wrapper] if wrapper else []), *problem.path)
    if problem.path and subject.document.has(at_request):
        found = subject.document.problem(at_request, problem.code, message, problem.hint, key=problem.kind == "unknown")
    else:
        path = author_path(
            step_type, subject.merged[request.step][1], (wrapper, *problem.path) if wrapper else problem.path
        )
        hint = problem.hint or _to_give(step_type, subject.merged[request.step][1], problem)
        found = subject.field_problem(request.step, path, problem.code, message, hint, key=is_about_name(problem))
    return found


def _to_give(step_type: StepType, fields: dict[str, Any], problem: ShapeProblem) -> str:
    """The author's field for a member that is missing."""
    if problem.kind != "required":
        return ""
    field = author_path(step_type, fields, (*problem.path, problem.value))[-1:]
    return f"give `{field[0]}:`" if field and field[0] != problem.value else ""
