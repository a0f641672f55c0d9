"""Training code: what SageMaker's built-in algorithms do not take, and where it comes to lie."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.sources import CODE_CHANNEL

#: Built-in algorithms whose image runs a script of one's own as well.
_SCRIPTED = ("xgboost",)


def not_for_built_in(subject: Subject) -> Iterator[Problem]:
    """A built-in algorithm brings its own code."""
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


def taken_channel(subject: Subject) -> Iterator[Problem]:
    """Without a network the code comes as a channel of its own."""
    for name, (_, fields) in subject.merged.items():
        isolated = fields.get("network_isolation") and fields.get("entry_point")
        if isolated and CODE_CHANNEL in (fields.get("channels") or {}):
            message = f"the channel {CODE_CHANNEL!r} is the one that brings the script when there is no network"
            yield subject.field_problem(name, ("channels", CODE_CHANNEL), "PL105", message, "call it otherwise")
