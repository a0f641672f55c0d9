"""What authors ignore and projects lower -> the tasks, which look at their requests again when they send them.

A template may turn out to be what the checks would have refused before the deployment. So a task has the ids of the
rules that are no errors for it: those that the project lowers, and those that comments ignore in its step, or outside
of steps.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mlpipelines.controls import Controls
from mlpipelines.document import Document
from mlpipelines.policy import Policy
from mlpipelines.rules import RULES

_OUR_OPERATORS = "mlpipelines.runtime."
#: The families of the rules that look at requests.
_FAMILIES = ("SM", "HP")


def allow(
    tasks: Mapping[str, Any],
    senders: Collection[str],
    document: Document,
    policy: Policy,
    controls: Sequence[Controls],
) -> None:
    """Set `ignored_rules` of the tasks of `senders`, the steps that send requests."""
    allowed: dict[str, set[str]] = {"": set(policy.lowered)}
    if not allowed[""] and not any(comments.ignores for comments in controls):
        return
    places = _places(document)
    for comments in controls:
        for ignore in comments.ignores:
            step = _step_at(places, ignore.target) if comments.file == document.file else ""
            allowed.setdefault(step, set()).add(ignore.rule)
    for task_id, task in tasks.items():
        step = task.get("task_group_name", task_id)
        if step in senders and task["operator"].startswith(_OUR_OPERATORS):
            ids = allowed[""] | allowed.get(step, set())
            if found := sorted(id for id in ids if _is_refused(id)):
                task["ignored_rules"] = found


def _places(document: Document) -> list[tuple[int, str]]:
    """(line, name of the step that begins there; empty where another part of the file does), in order."""
    return sorted(
        (line, str(path[1]) if len(path) == 2 else "")
        for path, (line, _) in document.keys.items()
        if len(path) == 1 or (len(path) == 2 and path[0] == "steps")
    )


def _step_at(places: list[tuple[int, str]], line: int) -> str:
    index = bisect_right(places, line, key=lambda place: place[0])
    return places[index - 1][1] if index else ""


def _is_refused(id: str) -> bool:
    """Whether tasks refuse what breaks this rule."""
    return id.startswith(_FAMILIES) and RULES[id].severity == "error"
