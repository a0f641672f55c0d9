"""A difference -> blocks of lines, each with a sign, from which every format for people is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlpipelines.diff.changes import Change
from mlpipelines.diff.compare import Difference, PipelineDiff
from mlpipelines.diff.grouping import Group, Shared, grouped

#: Longer values are cut in the middle; JSON has them whole.
_LONGEST = 160
_MOST_NAMES = 8
_MOST_LINES = 50
_MOST_PROBLEMS = 5


@dataclass(frozen=True)
class Line:
    """`sign`: + comes, - goes, ~ changes from `text` to `new`, ! is invalid, a blank: more of it, none: a heading."""

    sign: str
    text: str
    new: str = ""
    member: str = ""


@dataclass(frozen=True)
class Block:
    """What is told together: `title` names one pipeline or several."""

    title: str
    lines: tuple[Line, ...]
    sign: str = ""


def blocks(difference: Difference) -> Iterator[Block]:
    """Files, shared changes, single pipelines, new and gone ones, invalid ones."""
    if difference.files:
        signs = {"new": "+", "gone": "-", "changed": "~"}
        yield Block(
            "Files", tuple(Line(signs[what], f"{file} {what}") for file, what in difference.files[:_MOST_LINES])
        )
    changed = [pipeline for pipeline in difference.pipelines if pipeline.state in ("changed", "same")]
    for group in grouped(changed):
        yield Block(_title(group), tuple(_group_lines(group)), "~")
    for pipeline in changed:
        if not pipeline.changes:
            yield Block(pipeline.name, tuple(_moves(pipeline)), "~")
    for state, sign in (("new", "+"), ("gone", "-")):
        lines = [Line(sign, _size(pipeline)) for pipeline in difference.pipelines if pipeline.state == state]
        if lines:
            more = [Line(" ", f"and {len(lines) - _MOST_LINES} more")] if len(lines) > _MOST_LINES else []
            yield Block(state.capitalize(), (*lines[:_MOST_LINES], *more))
    yield from _broken(difference)


def summary(difference: Difference) -> str:
    """`1 new, 2 changed` or `no differences`."""
    words = {"new": "new", "gone": "gone", "changed": "changed", "same": "moved", "broken": "invalid"}
    states = [pipeline.state for pipeline in difference.pipelines]
    counts = [f"{states.count(state)} {word}" for state, word in words.items() if state in states]
    if not counts:
        return "no pipeline changes" if difference.files else "no differences"
    return f"{len(states)} {'pipeline' if len(states) == 1 else 'pipelines'}: {', '.join(counts)}"


def _size(pipeline: PipelineDiff) -> str:
    steps = "1 step" if pipeline.steps == 1 else f"{pipeline.steps} steps"
    return f"{pipeline.name}: {pipeline.file}, {steps}"


def _title(group: Group) -> str:
    names = [pipeline.name for pipeline in group.pipelines]
    if len(names) == 1:
        return names[0]
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names if more < 2 else names[:_MOST_NAMES])
    return f"{len(names)} pipelines: {shown}" + (f" and {more} more" if more > 1 else "")


def _group_lines(group: Group) -> Iterator[Line]:
    if len(group.pipelines) == 1:
        yield from _moves(group.pipelines[0])
    by_heading: dict[str, list[Shared]] = {}
    for shared in group.changes:
        by_heading.setdefault(_heading(shared), []).append(shared)
    for heading, all_shared in by_heading.items():
        yield Line("", heading)
        yield from (_line(shared.change) for shared in all_shared)


def _moves(pipeline: PipelineDiff) -> Iterator[Line]:
    if pipeline.old_file:
        yield Line("~", pipeline.old_file, pipeline.file, "file")
    if pipeline.old_name != pipeline.name:
        yield Line("~", pipeline.old_name, pipeline.name, "DAG id")


def _heading(shared: Shared) -> str:
    change = shared.change
    if change.kind == "step":
        return "steps"
    if not shared.steps:
        return "DAG"
    where = f": {change.where}" if change.kind == "request" else ""
    if len(shared.steps) == 1:
        return f"{shared.steps[0]}{where}"
    if len(shared.steps) <= 3:
        return f"{', '.join(shared.steps)}{where}"
    return f"{shared.count} steps{where}"


def _line(change: Change) -> Line:
    if change.kind == "step":
        text = f"{change.step} ({change.where})"
        return Line("-", text) if change.new is None else Line("+", f"{text}, {change.new}")
    if change.kind == "edge":
        return Line("-", f"waits for {change.where}") if change.new is None else Line("+", f"waits for {change.where}")
    if change.old is None or change.new is None:
        text = f"{change.path}: {_cut(change.new if change.old is None else change.old)}"
        return Line("+" if change.old is None else "-", text)
    return Line("~", *_cut_alike(change.old, change.new), change.path)


def _cut(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"


def _cut_alike(old: str, new: str) -> tuple[str, str]:
    """Both texts short enough, and cut where what differs is still to be seen."""
    if len(old) <= _LONGEST and len(new) <= _LONGEST:
        return old, new
    pairs = enumerate(zip(old, new, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))
    start = max(0, same - 40)
    lead = "... " if start else ""
    return lead + _cut(old[start:]), lead + _cut(new[start:])


def _broken(difference: Difference) -> Iterator[Block]:
    """Invalid pipelines; those with the same problems together, as when the defaults are at fault."""
    together: dict[tuple[str, tuple[str, ...]], list[PipelineDiff]] = {}
    for pipeline in difference.pipelines:
        if pipeline.state == "broken":
            told = tuple(str(problem) for problem in pipeline.problems)
            together.setdefault((_verdict(pipeline, difference), told), []).append(pipeline)
    for (verdict, problems), pipelines in together.items():
        more = len(problems) - _MOST_PROBLEMS
        lines = [Line("!", verdict), *(Line(" ", problem) for problem in problems[:_MOST_PROBLEMS])]
        lines += [Line(" ", f"and {more} more")] if more > 0 else []
        yield Block(_title(Group(tuple(pipelines), ())), tuple(lines), "!")


def _verdict(pipeline: PipelineDiff, difference: Difference) -> str:
    words = {
        ("absent", "invalid"): "new, and invalid",
        ("valid", "invalid"): f"no longer valid in {difference.new}",
        ("invalid", "invalid"): "invalid on both sides, so nothing is compared",
        ("invalid", "valid"): f"valid now; it was invalid in {difference.old}, so nothing is compared",
        ("invalid", "absent"): f"gone; it was invalid in {difference.old}",
    }
    return words[pipeline.before, pipeline.now]
