"""Two compiled pipelines -> what changes from one to the other: arguments of the DAG, steps, dependencies, requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlpipelines.diff.members import Member, differences
from mlpipelines.model import Pipeline, Step
from mlpipelines.project import Compiled
from mlpipelines.references import output_expression

#: Of the DAG: what is made of other things, which are shown themselves.
_NOT_SHOWN = ("doc_md", "tasks", "task_groups", "user_defined_macros")
#: Of a task: what follows from its request, its step, or its dependencies.
_TASK_NOT_SHOWN = ("dependencies", "max_attempts", "task_group_name")
_DAG = ""


@dataclass(frozen=True, order=True)
class Change:
    """`step` is empty for the DAG. `kind`: argument (of DAG or task), request, step, edge.

    `where` is the AWS action of a request, the type of a step, or the step that is waited for. `old` and `new` are None
    where there is nothing: a new step has no old, a dependency that goes has no new.
    """

    step: str
    kind: str
    where: str
    path: str
    old: str | None
    new: str | None


def changes(old: Compiled, new: Compiled) -> list[Change]:
    """Every change, in the order of the new file. A new DAG id alone is none: it is in many names."""
    before = _readable(old, new.pipeline.name)
    after = _readable(new, new.pipeline.name)
    found = [*_dag_changes(before, after)]
    olds = {step.name: step for step in old.pipeline.steps}
    news = {step.name: step for step in new.pipeline.steps}
    kept = {name for name, step in news.items() if name in olds and olds[name].type.name == step.type.name}
    found += [_step(step, new=True) for name, step in news.items() if name not in kept]
    found += [_step(step, new=False) for name, step in olds.items() if name not in kept]
    for name in news:
        if name in kept:
            found += _edge_changes(olds[name], news[name], kept)
            found += _step_changes(olds[name], news[name], before, after)
    return found


def _step(step: Step, *, new: bool) -> Change:
    waits = f"after {', '.join(step.upstream)}" if step.upstream else "at once"
    return Change(step.name, "step", step.type.name, "", None if new else waits, waits if new else None)


def _readable(compiled: Compiled, name: str) -> dict[str, Any]:
    """The configuration in the author's words: references as they are written, and the DAG's id as `name`."""
    words = _references(compiled.pipeline)
    own = re.compile(rf"(?<![\w-]){re.escape(compiled.pipeline.name)}(?![\w-])")
    rename = compiled.pipeline.name != name

    def text(value: str) -> str:
        if "{{" in value:
            for expression, reference in words.items():
                value = value.replace(expression, reference)
        return own.sub(lambda _: name, value) if rename else value

    result: dict[str, Any] = _mapped(compiled.config, text)
    return result


def _references(pipeline: Pipeline) -> dict[str, str]:
    """{Airflow's template: the reference that it was made of}"""
    result = {}
    for step in pipeline.steps:
        task = f"{step.name}.{step.name}_{step.type.result_task}" if step.type.result_task else step.name
        for output, value in step.outputs.items():
            result[output_expression(task, value)] = f"${{{step.name}.{output}}}"
    return result


def _mapped(value: Any, text: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(child, text) for key, child in value.items()}
    if isinstance(value, list):
        return [_mapped(child, text) for child in value]
    return text(value) if isinstance(value, str) else value


def _dag_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    shown = [{key: value for key, value in config.items() if key not in _NOT_SHOWN} for config in (old, new)]
    for member in differences(*shown):
        yield _change(_DAG, "argument", "", member)


def _edge_changes(old: Step, new: Step, kept: set[str]) -> Iterator[Change]:
    """Those between steps that are on both sides; a step that comes or goes brings its own."""
    for name in new.upstream:
        if name not in old.upstream and name in kept:
            yield Change(new.name, "edge", name, "", None, name)
    for name in old.upstream:
        if name not in new.upstream and name in kept:
            yield Change(new.name, "edge", name, "", name, None)


def _step_changes(old: Step, new: Step, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    was, will = _Tasks.of(old, before), _Tasks.of(new, after)
    for member in differences(was.arguments, will.arguments):
        yield _change(new.name, "argument", "", member)
    for action in dict.fromkeys((*will.requests, *was.requests)):
        for member in differences(was.requests.get(action, {}), will.requests.get(action, {})):
            yield _change(new.name, "request", action, member)


def _change(step: str, kind: str, where: str, member: Member) -> Change:
    return Change(step, kind, where, member.path, member.old, member.new)


@dataclass(frozen=True)
class _Tasks:
    """The tasks of a step: what is sent to AWS, and everything else."""

    arguments: dict[str, Any]
    requests: dict[str, Any]

    @classmethod
    def of(cls, step: Step, config: Mapping[str, Any]) -> _Tasks:
        arguments: dict[str, Any] = {}
        requests: dict[str, Any] = {}
        for task_id, task in config["tasks"].items():
            if task_id != step.name and task.get("task_group_name") != step.name:
                continue
            task = {key: value for key, value in task.items() if key not in _TASK_NOT_SHOWN}
            task |= task.pop("op_kwargs", None) or {}
            for action, place in step.type.requests.items():
                found = _cut(task, place.split("."))
                requests |= {action: found} if found is not None else {}
            arguments |= task if task_id == step.name else {task_id: task}
        return cls(arguments, requests)


def _cut(task: dict[str, Any], place: list[str]) -> Any:
    """Take a request out of its task."""
    *outer, last = place
    for key in outer:
        inner = task.get(key)
        if not isinstance(inner, dict):
            return None
        task[key] = task = dict(inner)
    return task.pop(last, None)
