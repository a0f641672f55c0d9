"""Changes of single pipelines -> groups of pipelines with the same changes: a new default is told once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlpipelines.diff.changes import Change
from mlpipelines.diff.compare import PipelineDiff

#: What stands in texts for the name of any pipeline and of any step.
PIPELINE, STEP = "<pipeline>", "<step>"


@dataclass(frozen=True)
class Shared:
    """A change with the steps that have it; none: it is the DAG's."""

    change: Change
    steps: tuple[str, ...]
    count: int
    """In how many places of all pipelines together."""


@dataclass(frozen=True)
class Group:
    """Changes that exactly these pipelines have."""

    pipelines: tuple[PipelineDiff, ...]
    changes: tuple[Shared, ...]


def grouped(pipelines: Sequence[PipelineDiff]) -> list[Group]:
    """Every change once: those of most pipelines first, those of a single one by its name last."""
    where: dict[Change, dict[int, list[str]]] = {}
    for number, pipeline in enumerate(pipelines):
        for change in pipeline.changes:
            where.setdefault(_plain(change, pipeline.name), {}).setdefault(number, []).append(change.step)
    groups: dict[tuple[int, ...], list[Shared]] = {}
    for change, places in where.items():
        if len(places) == 1:
            ((number, _),) = places.items()
            groups.setdefault((number,), [])
        else:
            steps = [step for found in places.values() for step in found]
            groups.setdefault(tuple(places), []).append(Shared(change, _distinct(steps), len(steps)))
    for (number, *others), shared in groups.items():
        if not others:
            shared += _own(pipelines[number], where)
    found = [Group(tuple(pipelines[number] for number in numbers), tuple(own)) for numbers, own in groups.items()]
    return sorted(found, key=lambda group: (-len(group.pipelines), group.pipelines[0].name))


def _own(pipeline: PipelineDiff, where: dict[Change, dict[int, list[str]]]) -> list[Shared]:
    """The changes that no other pipeline has, as they are."""
    own = [change for change in pipeline.changes if len(where[_plain(change, pipeline.name)]) == 1]
    return [Shared(change, (change.step,) if change.step else (), 1) for change in own]


def _distinct(steps: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step for step in steps if step))


def _plain(change: Change, pipeline: str) -> Change:
    """The change without the names of its pipeline and step. A step that comes or goes keeps its name."""
    if change.kind in ("step", "edge"):
        return change
    texts = (_without(text, pipeline, change.step) for text in (change.old, change.new))
    return Change("<step>" if change.step else "", change.kind, change.where, change.path, *texts)


def _without(text: str | None, pipeline: str, step: str) -> str | None:
    """Where results of a pipeline lie has both names in it: s3://bucket/<pipeline>/.../<step>."""
    if text is None or "/" not in text:
        return text
    for name, stand_in in ((pipeline, PIPELINE), (step, STEP)):
        if name:
            text = re.sub(rf"(?<=/){re.escape(name)}(?=/|$)", stand_in, text)
    return text
