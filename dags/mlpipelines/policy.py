"""Problems as the checks yield them -> problems as they are reported: with the severities of their rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mlpipelines.errors import Problem
from mlpipelines.rules import find_rule


def settle(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that are to be reported, each with its severity."""
    return [replace(problem, severity=find_rule(problem.code).severity) for problem in problems]
