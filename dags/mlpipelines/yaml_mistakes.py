"""What YAML's parser cannot read -> one problem in the author's words, at the place to mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from mlpipelines.errors import Problem

UNQUOTED = ("`{{ ... }}` without quotes is not text in YAML", 'put the whole value in double quotes: "{{ ... }}"')
_CONFLICT = re.compile(r"^(<{7} |={7}$|>{7} )", re.M)
_KEY = re.compile(r"\s*(?:- )?[\w.-]+:\S")
#: (what the parser says, what it means, what to write)
_REASONS = (
    ("block sequence entries", "a list cannot begin in the line of its key", "begin it in the next line"),
    ("expected node content", "a value is missing before this", ""),
    ("incompatible YAML", "this version of YAML is not known", "take the line away"),
    ("comment or line break", "nothing may follow `|` or `>` in their line", "begin the text in the next line"),
    ("<document start>", "nothing may follow the pipeline", "check the indentation of this line"),
    ("<block end>", "this does not go on what stands before it", "check its indentation"),
    ("tag", "a tag (`!`) cannot be read here, and none is allowed", "put the value in quotes"),
)
_ESCAPE = re.compile("escape|hexdecimal")
#: Looking further back for lines that are indented alike would cost more than it tells.
_BACK = 1000


@dataclass(frozen=True)
class Found:
    """One explanation; line and column count from 1 and are those of the parser when they are 0."""

    code: str
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class _Mistake:
    """Where the parser gave up, and why."""

    text: str
    reason: str
    context: str
    line: int
    column: int
    opened: int
    """The line in which the quote or bracket was opened that the parser was in."""

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines() or [""]

    @property
    def source(self) -> str:
        return self.lines[min(self.line, len(self.lines)) - 1]

    @property
    def near(self) -> list[str]:
        """The line and the one before it."""
        return self.lines[max(0, self.line - 2) : self.line]

    @property
    def before(self) -> tuple[int, str]:
        """(number, text) of the last line before that holds anything; (0, "") when there is none."""
        numbers = range(self.line - 1, max(0, self.line - _BACK), -1)
        number = next((n for n in numbers if self.lines[n - 1].split("#")[0].strip()), 0)
        return number, self.lines[number - 1].split(" #")[0].rstrip() if number else ""


def syntax_problem(text: str, file: str, error: yaml.YAMLError) -> Problem:
    """The most telling explanation of an error."""
    mistake = _mistake(text, error)
    found = next(filter(None, (explain(mistake) for explain in _EXPLANATIONS)), None)
    found = found or Found("YM11", f"this is not valid YAML: {mistake.reason}")
    column = found.column or min(mistake.column, len(mistake.source) + 1)
    return Problem(file, found.line or mistake.line, column, found.code, found.message, found.hint)


def _mistake(text: str, error: yaml.YAMLError) -> _Mistake:
    context, opening = str(getattr(error, "context", None)), getattr(error, "context_mark", None)
    mark = getattr(error, "problem_mark", None) or opening
    if "quoted scalar" in context and not _ESCAPE.search(str(error)):
        mark = opening  # where the quote was opened, not where the file ends
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    reason: Any = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    return _Mistake(text, str(reason).split("\n")[0], context, line, column, opening.line + 1 if opening else line)


def _conflict(mistake: _Mistake) -> Found | None:
    mark = _CONFLICT.search(mistake.text)
    if mark is None:
        return None
    line = mistake.text.count("\n", 0, mark.start()) + 1
    return Found("YM22", "a conflict that git has left stands here", "choose one side and delete the marks", line, 1)


def _space(mistake: _Mistake) -> Found | None:
    if any("\u00a0" in text for text in mistake.near):
        return Found("YM05", "a non-breaking space (U+00A0) stands in or before this line", "type a plain space")
    if "\\t" in mistake.reason or "tab" in mistake.reason or any(re.match(r"\s*\t", text) for text in mistake.near):
        return Found("YM05", "a tab is used for indentation", "YAML wants spaces")
    return None


def _braces(mistake: _Mistake) -> Found | None:
    if any(re.search(r"(:|-|,|\[)\s+\{\{", text) for text in mistake.near):
        return Found("YM02", *UNQUOTED)
    if mistake.source.lstrip().startswith("{%"):
        return Found("YM02", "a template is part of a value, and nothing else", "use a step of type condition")
    inside = "expected ','" in mistake.reason or "flow" in mistake.reason
    if inside and mistake.source[mistake.column - 1 :].startswith("{{"):
        return Found("YM02", *UNQUOTED)
    if inside and any(re.search(r"[:,\[{]\s{0,20}\$\{", text) for text in mistake.near):
        return Found("YM23", "inside { } and [ ] a reference needs quotes", 'write "${step.output}"')
    return None


def _second_colon(mistake: _Mistake) -> Found | None:
    if "mapping values are not allowed" not in mistake.reason:
        return None
    number, before = mistake.before
    if ": " in mistake.source[: mistake.column - 1] or not number:
        hint = "quote the text that contains it, or check the indentation"
        return Found("YM11", "a second `: ` stands in this line", hint)
    column = len(before) - len(before.lstrip()) + 1
    if re.match(r"\s*-[^\s-]", before):
        return Found("YM11", "a space is missing after the dash", "write `- key: value`", number, column)
    if _KEY.match(before) and ": " not in before:
        return Found("YM18", "a space is missing after the colon", "write `key: value`", number, column)
    if ":" not in before:
        return Found("YM11", "`key: value` is expected here", "write a colon and a space after the key", number, column)
    message = "this line is indented further than the one before it, which has a value already"
    return Found("YM11", message, "begin both in the same column", column=_indent(mistake.source) + 1)


def _no_key(mistake: _Mistake) -> Found | None:
    if not re.search("could not find expected ':'|did not find expected (key|'-')", mistake.reason):
        return None
    indent = _indent(mistake.source)
    if indent < mistake.column - 1 and "could not" not in mistake.reason:
        if number := _odd_quote(mistake):
            message = f"a quote is opened here, and the next one stands in line {mistake.line} only"
            return Found("YM11", message, "close it", number, mistake.lines[number - 1].rindex('"') + 1)
        hint = "is a quote or a bracket missing further up?"
        return Found("YM11", "nothing may follow a closing quote or bracket", hint)
    if "could not" in mistake.reason and mistake.opened < mistake.line:
        begun = mistake.lines[mistake.opened - 1]
        if _KEY.match(begun) and ": " not in begun:
            hint = "write `key: value`"
            return Found("YM18", "a space is missing after the colon", hint, mistake.opened, _indent(begun) + 1)
        hint = "write a colon and a space after the key"
        return Found("YM11", "`key: value` is expected here", hint, mistake.opened, _indent(begun) + 1)
    if mistake.source.lstrip().startswith("- "):
        return Found("YM11", "an item of a list stands where `key: value` is expected", "indent it below its key")
    if "'-'" in mistake.reason and indent == _indent(mistake.lines[mistake.opened - 1]):
        return Found("YM11", "an item of a list is expected here", "begin it with a dash, or check the indentation")
    lines = mistake.lines[max(0, mistake.line - _BACK) : mistake.line - 1]
    if indent not in {_indent(line) for line in lines if line.strip()}:
        message = f"this line begins in column {indent + 1}, and no line before it does"
        return Found("YM11", message, "begin it in the column of those that it belongs to")
    hint = "check the colon and the indentation of this line and of the one before"
    return Found("YM11", "`key: value` is expected here", hint)


def _odd_quote(mistake: _Mistake) -> int:
    """The last line before with one double quote too many; 0: there is none."""
    numbers = range(mistake.line - 1, max(0, mistake.line - _BACK), -1)
    return next((number for number in numbers if mistake.lines[number - 1].count('"') % 2), 0)


def _character(mistake: _Mistake) -> Found | None:
    if "alphabetic or numeric character" in mistake.reason:
        return Found("YM11", "a value cannot start with `*` or `&`", "put the value in quotes")
    if _ESCAPE.search(mistake.reason):
        return Found("YM11", "a backslash in double quotes begins a special character", "use single quotes")
    if mistake.source[mistake.column - 1 : mistake.column] in ("]", "}") and "expected" in mistake.reason:
        return Found("YM11", "this bracket has not been opened") if "flow" not in mistake.context else None
    if "special characters" in mistake.reason or "control char" in mistake.reason:
        return Found("YM12", "a control character stands here")
    if "that cannot start any token" in mistake.reason:
        character = mistake.source[mistake.column - 1 : mistake.column]
        return Found("YM11", f"a value cannot start with {character}", "put the value in quotes")
    return None


def _others(mistake: _Mistake) -> Found | None:
    """What the parser says in its own words."""
    for reason, message, hint in _REASONS:
        if reason in mistake.reason:
            return Found("YM11", message, hint)
    return None


def _unclosed(mistake: _Mistake) -> Found | None:
    if "quoted scalar" in mistake.reason + mistake.context or "unexpected end of stream" in mistake.reason:
        return Found("YM11", "a quote is opened and never closed")
    at_end = mistake.line > len(mistake.lines) and "flow" in mistake.context
    if "expected ',' or" not in mistake.reason and not at_end:
        return None
    hint = f"the bracket opened in line {mistake.opened} is still open" if mistake.opened < mistake.line else ""
    if not hint and mistake.source[mistake.column - 1 : mistake.column] == ":":
        hint = "quote the text that contains `: `"
    return Found("YM11", "a comma or a closing bracket is missing before this", hint)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


#: Most telling first.
_EXPLANATIONS: tuple[Callable[[_Mistake], Found | None], ...] = (
    _conflict,
    _space,
    _braces,
    _second_colon,
    _character,
    _no_key,
    _unclosed,
    _others,
)
