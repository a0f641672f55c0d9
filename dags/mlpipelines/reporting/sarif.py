"""An outcome -> SARIF 2.1.0, which GitHub's code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from typing import Any
from urllib.parse import quote

from mlpipelines import __version__
from mlpipelines.errors import Problem
from mlpipelines.markdown import fenced
from mlpipelines.reporting.outcome import Outcome
from mlpipelines.rules import RULES, Rule, Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_ROOT = "%SRCROOT%"


def sarif_report(outcome: Outcome) -> str:
    """One run with the rules that were broken and a result for each problem."""
    ids = sorted({problem.code for problem in outcome.problems})
    rules = [_rule(RULES[id]) if id in RULES else {"id": id} for id in ids]
    driver = {"name": "mlpipelines", "version": __version__, "semanticVersion": __version__, "rules": rules}
    seen: Counter[str] = Counter()
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(problem, ids.index(problem.code), outcome, seen) for problem in outcome.problems],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    markdown = [rule.why or rule.what]
    markdown += ["Wrong:\n\n" + fenced(rule.wrong, "yaml")] if rule.wrong else []
    markdown += ["Right:\n\n" + fenced(rule.right, "yaml")] if rule.right else []
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": f"{rule.what} {rule.why}".strip()},
        "help": {"text": rule.why or rule.what, "markdown": "\n\n".join(markdown)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.name], "precision": "medium" if rule.verified == "inferred" else "high"},
    }


def _result(problem: Problem, index: int, outcome: Outcome, seen: Counter[str]) -> dict[str, Any]:
    region = {"startLine": problem.line, "startColumn": problem.column}
    if end := outcome.sources.end(problem):
        region["endColumn"] = end
    file = outcome.in_repository(problem.file)
    location = {
        "artifactLocation": {"uri": quote(os.fsencode(file)), **({} if file.startswith("/") else {"uriBaseId": _ROOT})},
        "region": region,
    }
    return {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": _LEVELS[problem.severity],
        "message": {"text": f"{problem.message} ({problem.hint})" if problem.hint else problem.message},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"mlpipelines/v1": _fingerprint(problem, file, outcome, seen)},
    }


def _fingerprint(problem: Problem, file: str, outcome: Outcome, seen: Counter[str]) -> str:
    """The same for the same mistake when lines above it come and go."""
    line = outcome.sources.line(problem) or ""
    digest = hashlib.sha256(f"{problem.code}\0{file}\0{line.strip()}".encode(errors="surrogateescape")).hexdigest()[:16]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
