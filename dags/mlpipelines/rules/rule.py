"""A rule: one mistake that `mlpipelines validate` finds, as people read about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
Verified = Literal["run", "model", "guide", "code", "data", "inferred"]


@dataclass(frozen=True)
class Rule:
    """`id` stands in reports and comments, `name` says the mistake in a few words with hyphens.

    `wrong` and `right` are pieces of pipeline files that are checked as they stand here: `steps:` without that line, or
    whole files; `# <-` marks the line of `wrong` that the rule is about. `source` says where the rule comes from, and
    `verified` how: `run` (seen with the real thing), `model` (AWS's API model), `guide` (AWS's documentation), `code`
    (the source of what runs), `data` (published tables), `inferred` (nobody says so: at most a warning).

    `fixed` rules cannot be ignored or lowered: nothing can be built from a file that breaks them.
    """

    id: str
    name: str
    severity: Severity
    what: str
    why: str = ""
    wrong: str = ""
    right: str = ""
    source: str = ""
    verified: Verified = "run"
    fixed: bool = False
