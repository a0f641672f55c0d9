"""Training code and metrics: what SageMaker's built-in algorithms do not take, and expressions that match nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.sources import CODE_CHANNEL

#: Built-in algorithms whose image runs a script of one's own as well.
_SCRIPTED = ("xgboost",)


def not_for_built_in(subject: Subject) -> Iterator[Problem]:
    """A built-in algorithm brings its own code and its own metrics."""
    for name, (_, fields) in subject.merged.items():
        algorithm = None if fields.get("image") else fields.get("algorithm")
        if not algorithm or (algorithm in _SCRIPTED and fields.get("entry_point")):
            continue
        for field in ("entry_point", "source"):
            if fields.get(field):
                message = f"the built-in algorithm {algorithm} runs no script"
                hint = "give the `image:` of a framework, such as pytorch-training"
                yield subject.field_problem(name, (field,), "PL408", message, hint)
                break
        if "channels" in fields and fields.get("metrics"):
            message = f"the built-in algorithm {algorithm} has its own metrics, and AWS takes no others"
            yield subject.field_problem(name, ("metrics",), "PL405", message, "take `metrics:` away")


def taken_channel(subject: Subject) -> Iterator[Problem]:
    """Without a network the code comes as a channel of its own."""
    for name, (_, fields) in subject.merged.items():
        isolated = fields.get("network_isolation") and fields.get("entry_point")
        if isolated and CODE_CHANNEL in (fields.get("channels") or {}):
            message = f"the channel {CODE_CHANNEL!r} is the one that brings the script when there is no network"
            yield subject.field_problem(name, ("channels", CODE_CHANNEL), "PL105", message, "call it otherwise")


def bad_expressions(subject: Subject) -> Iterator[Problem]:
    """The value of a metric is what the group of its regular expression matches."""
    for name, (_, fields) in subject.merged.items():
        if "channels" not in fields or not isinstance(fields.get("metrics"), dict):
            continue
        for metric, expression in fields["metrics"].items():
            message, hint = _mistake(expression or "")
            if message:
                yield subject.field_problem(name, ("metrics", metric), "PL405", message, hint)


def _mistake(expression: str) -> tuple[str, str]:
    """(message, hint); both empty when there is none."""
    try:
        if re.compile(expression).groups:
            return "", ""
    except re.error as error:
        return f"this is not a regular expression: {error}", ""
    return "this has no group: nothing would be read", "put the number in parentheses, such as loss=([0-9.]+)"
