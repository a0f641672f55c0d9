"""An outcome -> JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from mlpipelines.errors import Problem
from mlpipelines.reporting.outcome import Outcome
from mlpipelines.rules import RULES


def json_report(outcome: Outcome) -> str:
    """`end_column` is where the value ends, if that is in the same line; columns count characters from 1."""
    counts = {f"{severity}s": outcome.count(severity) for severity in ("error", "warning", "info")}
    problems = [_problem(problem, outcome) for problem in outcome.problems]
    return json.dumps({"files": len(outcome.files), **counts, "problems": problems}, indent=2)


def _problem(problem: Problem, outcome: Outcome) -> dict[str, Any]:
    rule = RULES.get(problem.code)
    end = outcome.sources.end(problem)
    return {**asdict(problem), "end_column": end, "rule": rule.name if rule else None}
