"""An outcome -> workflow commands, which GitHub Actions show as annotations of a pull request."""

from __future__ import annotations

from mlpipelines.errors import Problem
from mlpipelines.reporting.outcome import Outcome
from mlpipelines.rules import RULES, Severity

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github_report(outcome: Outcome) -> str:
    """A command for each problem, and the summary. GitHub shows ten of each kind for a step of a workflow."""
    return "\n".join([*(_command(problem, outcome) for problem in outcome.problems), outcome.summary()])


def _command(problem: Problem, outcome: Outcome) -> str:
    rule = RULES.get(problem.code)
    properties = {
        "file": outcome.in_repository(problem.file),
        "line": problem.line,
        "col": problem.column,
        "endColumn": outcome.sources.end(problem),
        "title": f"{problem.code} {rule.name}" if rule else problem.code,
    }
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    message = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return f"::{_COMMANDS[problem.severity]} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
