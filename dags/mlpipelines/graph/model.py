"""A compiled pipeline -> Graph: its steps, and for each pair of them what one waits for of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlpipelines.document import parse_document
from mlpipelines.model import Step
from mlpipelines.project import Compiled
from mlpipelines.references import find_references
from mlpipelines.variables import expand_variables

#: What decides goes by these words in every picture.
_BRANCHES = {"then": "true", "else": "false"}


@dataclass(frozen=True)
class Node:
    """A step. `kind`: job (AWS runs one), resource (AWS keeps one), decision, or task (runs on the worker)."""

    name: str
    type: str
    kind: str = "task"
    description: str = ""
    tasks: tuple[str, ...] = ()
    """The tasks of a step that is a group of them."""


@dataclass(frozen=True)
class Edge:
    """`kind`: data (`labels` are the outputs that are used), branch (true, false), or after (nothing is used)."""

    source: str
    target: str
    kind: str = "data"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    description: str = ""


def graph_of(compiled: Compiled) -> Graph:
    """The graph of a valid pipeline, in the order of its file."""
    pipeline = compiled.pipeline
    document, _ = expand_variables(parse_document(pipeline.source, pipeline.name))
    steps: Mapping[str, Any] = document.data["steps"]
    nodes = tuple(_node(step, compiled.config["tasks"]) for step in pipeline.steps)
    edges = tuple(edge for step in pipeline.steps for edge in _edges(step, pipeline.steps, steps))
    return Graph(pipeline.name, nodes, edges, pipeline.description or "")


def _node(step: Step, tasks: Mapping[str, Any]) -> Node:
    group = tuple(task for task, config in tasks.items() if config.get("task_group_name") == step.name)
    return Node(step.name, step.type.name, _kind(step), step.fields.get("description") or "", group)


def _kind(step: Step) -> str:
    if step.type.branches:
        return "decision"
    if any(action.endswith("Job") for action in step.type.requests):
        return "job"
    return "resource" if step.type.requests else "task"


def _edges(step: Step, steps: tuple[Step, ...], data: Mapping[str, Any]) -> Iterator[Edge]:
    """The edges that end at `step`: one for each step that it waits for."""
    used: dict[str, dict[str, None]] = {}
    for reference in find_references(data[step.name]):
        used.setdefault(reference.scope, {})[reference.name] = None
    by_name = {other.name: other for other in steps}
    for name in step.upstream:
        branches = _branches(by_name[name], step.name, data[name])
        outputs = tuple(used.get(name, ()))
        kind = "branch" if branches else "data" if outputs else "after"
        yield Edge(name, step.name, kind, (*branches, *outputs))


def _branches(decider: Step, step: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """By which answers of `decider` the step runs."""
    named = {field: data.get(field) for field in decider.type.branches}
    return tuple(
        _BRANCHES.get(field, field)
        for field, value in named.items()
        if step in (value if isinstance(value, list) else [value])
    )
