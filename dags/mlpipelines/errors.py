"""What goes wrong, as values (Problem) and as one exception tree.

PipelineError                 everything this package raises on purpose
├── InvalidPipeline           a pipeline file has problems; carries all of them
├── ProjectError              the project's folders or its own schemas and templates are not usable
└── StepError                 a step failed on the worker, with a reason its author can act on
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlpipelines.rules.rule import Severity


#: Comparing a word with more names than this takes too long for what it helps.
_COMPARED = 300
#: Characters of a message, and of a hint.
_LONGEST = 1000
_TRUTH = {**dict.fromkeys(("yes", "on", "1", "true"), "true"), **dict.fromkeys(("no", "off", "0", "false"), "false")}


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake at one place. `line` and `column` count from 1; `hint` may be empty; `code` is the id of a rule."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __post_init__(self) -> None:
        """Texts of authors stand in messages: nobody reads further than this."""
        if len(self.message) > _LONGEST:
            object.__setattr__(self, "message", f"{self.message[: _LONGEST - 4]} ...")
        if len(self.hint) > _LONGEST:
            object.__setattr__(self, "hint", f"{self.hint[: _LONGEST - 4]} ...")

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        kind = "" if self.severity == "error" else f"{self.severity}: "
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {kind}{self.message}{hint}"


class PipelineError(Exception):
    """Base of everything that this package raises on purpose."""


class InvalidPipeline(PipelineError):
    """A pipeline file has problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ProjectError(PipelineError):
    """The project's folders, schemas or templates are not usable."""


class StepError(PipelineError):
    """A step failed on the worker; the message says what its author can do."""


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`did you mean 'x'?` for the nearest candidate, or an empty text when none is near."""
    near = nearest(word, candidates)
    return f"did you mean {near!r}?" if near else ""


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that is most like a word: the same in other letters' case or order comes first. Empty: none is."""
    names = [name for name in candidates if isinstance(name, str)]
    lowered = {name.lower(): name for name in names}
    if word.lower() in lowered:
        return lowered[word.lower()]
    if len(names) > _COMPARED:
        return ""
    same = [name for name in names if len(name) == len(word) and sorted(name) == sorted(word)]
    near = same or difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return near[0] if near else ""


def meant_truth(text: str) -> str:
    """`true` or `false` for a word that means it to other tools; empty for all others."""
    return _TRUTH.get(text.lower(), "")


def shown(value: Any) -> str:
    """A value as messages show it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
