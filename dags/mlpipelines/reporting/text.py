"""An outcome -> text for people: each problem with its line, a caret below the value, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from mlpipelines.errors import Problem
from mlpipelines.masking import mask_secrets
from mlpipelines.reporting.excerpt import excerpt
from mlpipelines.reporting.outcome import Outcome
from mlpipelines.reporting.printable import printable

#: (a piece of text, what it is) -> how it is shown
Paint = Callable[[str, str], str]

_COLOURS = {"error": "31;1", "warning": "33;1", "info": "36;1", "place": "1", "code": "2", "bar": "2", "fine": "32"}
#: What this rule finds is not shown once more.
_SECRETS = "SM130"
#: So much of a line tells whether there is a secret in it.
_NEAR = 5000


def text_report(outcome: Outcome, *, colour: bool = False, width: int = 120) -> str:
    """The report; no line of an excerpt is wider than `width`."""
    paint = _painted if colour else _plain
    blocks = ["\n".join(_problem(problem, outcome, paint, width)) + "\n" for problem in outcome.problems]
    summary = outcome.summary()
    return "\n".join([*blocks, summary if outcome.problems else paint(summary, "fine")])


def _problem(problem: Problem, outcome: Outcome, paint: Paint, width: int) -> list[str]:
    place = paint(f"{printable(problem.file)}:{problem.line}:{problem.column}:", "place")
    severity = paint(f"{problem.severity}:", problem.severity)
    lines = [f"{place} {severity} {printable(problem.message)} {paint(f'[{problem.code}]', 'code')}"]
    lines += _source(problem, outcome, paint, width)
    if problem.hint:
        lines.append(f"    {printable(problem.hint)}")
    return lines


def _source(problem: Problem, outcome: Outcome, paint: Paint, width: int) -> list[str]:
    """The line that the problem stands in and the caret below; nothing where that would show a secret."""
    line = outcome.sources.line(problem)
    if line is None or not line.strip() or problem.code == _SECRETS:
        return []
    near = line[max(0, problem.column - _NEAR) : problem.column + _NEAR]
    if mask_secrets(near) != near:
        return []
    number, end = f"{problem.line:>5}", outcome.sources.end(problem)
    shown, marks = excerpt(line, problem.column, end, width - len(number) - 3)
    bar = paint("|", "bar")
    return [f"{paint(number, 'bar')} {bar} {shown}", f"{' ' * len(number)} {bar} {paint(marks, problem.severity)}"]


def _plain(text: str, kind: str) -> str:
    return text


def _painted(text: str, kind: str) -> str:
    return f"\033[{_COLOURS[kind]}m{text}\033[0m"
