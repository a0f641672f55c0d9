"""Values without quotes that are read as they should be, and may not be what their author meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.document import Document, DocumentPath
from mlpipelines.errors import Problem

#: How much of a value is shown.
_SHOWN = 60
#: Fields whose values are dates, or become parts of whatever: there a date is what is expected.
_DATES = (("start_date",), ("end_date",), ("vars",), ("params",))


def doubtful_scalars(subject: Subject) -> Iterator[Problem]:
    """Words and numbers that readers of YAML 1.1 see otherwise, and lists whose dashes lack a space."""
    return doubts(subject.document)


def doubts(document: Document) -> Iterator[Problem]:
    """The same for any document."""
    for path, (rule, (line, column)) in document.doubtful.items():
        if rule != "YM10" or path[:1] not in _DATES:
            text = document.raw.get(path) or _at(document.data, path)
            message, hint = _words(rule, text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
            yield Problem(document.file, line, column, rule, message, hint)


def _words(rule: str, text: str) -> tuple[str, str]:
    """(message, hint)"""
    if rule == "YM03":
        meant = "true" if text.lower() in ("yes", "on") else "false"
        return f"{text} is a word here, and {meant} to readers of YAML 1.1", f'write {meant}, or "{text}" for the word'
    if rule == "YM04":
        digits = text.replace("_", "")
        sign = "-" if digits.startswith("-") else ""
        plain = sign + (digits.lstrip("+-0") or "0") if digits.lstrip("+-").isdigit() else ""
        hint = f'write {plain}, or "{text}" for the text' if plain else f'put it in quotes: "{text}"'
        if digits != text or not plain:
            return f"{text} is a text here, and a number to readers of YAML 1.1", hint
        return f"{text} is {int(text, 8)} to readers of YAML 1.1, and not here", hint
    if rule == "YM09":
        return "a dash without a space after it begins no item of a list", "write a space after each dash"
    return f"{text} is a text here, and a date to readers of YAML 1.1", f'put it in quotes: "{text}"'


def _at(data: Any, path: DocumentPath) -> Any:
    for key in path:
        data = data[key]
    return data
