"""Metrics of training that other steps refer to: whether the built-in algorithm measures them."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.dataflow.origins import Fields, of_type, plain_algorithm
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.facts.algorithms import algorithm_facts

_START = "metrics."
#: Metrics of these channels are measured when they are given.
_MEASURED_ON = ("validation", "test")


def unmeasured_metric(subject: Subject) -> Iterator[Problem]:
    """A metric that a step waits for, of an algorithm that does not give it."""
    for reference in subject.references:
        if reference.name.startswith(_START) and reference.scope in subject.merged:
            step_type, fields = subject.merged[reference.scope]
            found = of_type(subject, fields.get("job"), "train") if step_type.name == "wait" else None
            training = found or ((reference.scope, fields) if step_type.name == "train" else None)
            mistake = _mistake(*training, reference.name.removeprefix(_START)) if training else None
            if mistake:
                yield subject.document.problem(reference.path, "DF09", *mistake)


def unmeasured_objective(subject: Subject) -> Iterator[Problem]:
    """A search for the best value of a metric on a channel that its jobs do not have."""
    for name, fields in subject.searches:
        for field in ("maximize", "minimize"):
            metric, channels = fields[field], fields["channels"]
            channel = metric.partition(":")[0] if metric else ""
            if channel in _MEASURED_ON and channels and channel not in channels and plain_algorithm(fields):
                message = f"{metric} is measured on the channel {channel!r}, which the search does not have"
                hint = f"give it one: `{channel}: ${{<prepare step>.{channel}}}`"
                yield subject.field_problem(name, (field,), "DF09", message, hint)


def _mistake(step: str, fields: Fields, metric: str) -> tuple[str, str] | None:
    """(message, hint)"""
    kind = plain_algorithm(fields)
    known = (algorithm_facts(kind) or {}).get("metrics") if kind else None
    if not known or not fields["channels"]:
        return None
    channel = metric.partition(":")[0]
    if channel in _MEASURED_ON and channel not in fields["channels"]:
        message = f"{metric} is measured on the channel {channel!r}, which {step!r} does not have"
        return message, f"give it one: `{channel}: ${{<prepare step>.{channel}}}`"
    if metric in known:
        return None
    near = _nearest(metric, known)
    if near or ":" not in metric:
        return f"{kind} gives no metric {metric!r}", near or f"it gives {', '.join(known[:6])}"
    return None


def _nearest(metric: str, known: list[str]) -> str:
    """Algorithms give more metrics than those that are known: only what is nearly one of these is taken for it."""
    start, colon, name = metric.rpartition(":")
    names = {each.removeprefix(start + colon): each for each in known if each.startswith(start + colon)}
    ends = names if colon else {each.rpartition(":")[2]: each for each in reversed(known)}
    near = did_you_mean(name, ends).partition("'")[2].partition("'")[0]
    return f"did you mean {ends[near]!r}?" if near else ""
