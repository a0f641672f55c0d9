"""The text of a file -> what its comments ignore: `# mlpipelines: ignore[SM812] reason`.

At the end of a line such a comment is for the problems of that line, on a line of its own for the next line that is
more than a comment, and before the first content for the whole file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.policy import near_rule
from mlpipelines.rules import find_rule

Position = tuple[int, int]

#: Lines as YAML counts them.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: How many mistakes in comments are reported of one file.
_MAX_PROBLEMS = 100
#: How many rules one comment can ignore: there are no more.
_MAX_RULES = 500
#: How many comments are looked at in one line, where quotes may hold what looks like them.
_MOST_IN_LINE = 20
_WHOLE_FILE = 0
_MARKER = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*mlpipelines[ \t]*:[ \t]*([A-Za-z_-]*)((?:(?![ \t]#[ \t]*mlpipelines).)*)")
_RULES = re.compile(r"[ \t]*\[([^\]]*)\](.*)")
_ALSO_SAID = ("disable", "noqa", "off", "skip", "suppress")
_FORM = "write # mlpipelines: ignore[SM812] and then the reason"


@dataclass(frozen=True)
class Ignore:
    """One rule that is ignored. `line` and `column` are those of its id; `target` is a line, 0 the whole file."""

    rule: str
    line: int
    column: int
    target: int
    known: bool
    """Whether what stands there is known before the task runs; if not, what is ignored may be found then."""


class Controls:
    """What the comments of one file ignore; `problems` are the mistakes in them."""

    def __init__(self, file: str, ignores: Iterable[Ignore] = (), problems: Iterable[Problem] = ()) -> None:
        self.file = file
        self.ignores = tuple(ignores)
        self.problems = tuple(problems)
        self._targets = {(ignore.rule, ignore.target) for ignore in self.ignores}

    def cover(self, problem: Problem) -> bool:
        """Whether a problem of this file is ignored."""
        targets = self._targets
        return bool(targets) and ((problem.code, problem.line) in targets or (problem.code, _WHOLE_FILE) in targets)

    def unused(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """What is ignored without having been found; `problems` are all there are, ignored or not."""
        own = [problem for problem in problems if problem.file == self.file]
        found = {(problem.code, line) for problem in own for line in (problem.line, _WHOLE_FILE)}
        for ignore in self.ignores:
            if (ignore.rule, ignore.target) not in found and ignore.known:
                where = {_WHOLE_FILE: "in this file", ignore.line: "in this line"}
                message = f"{ignore.rule} finds nothing {where.get(ignore.target, 'in the next line')}"
                yield Problem(self.file, ignore.line, ignore.column, "PL905", message, "take the comment away")


def read_controls(text: str, file: str) -> Controls:
    """What the comments in a YAML text ignore."""
    if "mlpipelines" not in text:
        return Controls(file)
    lines = LINE_BREAK.split(text)
    found = {(number, match.start() + 1): match for number, line in enumerate(lines, 1) for match in _markers(line)}
    reader = _Reader(file, lines)
    for place in sorted(found.keys() - _in_scalars(text, sorted(found))):
        reader.read(place[0], found[place])
        if len(reader.problems) >= _MAX_PROBLEMS:
            break
    return Controls(file, reader.ignores, reader.problems)


def _markers(line: str) -> list[re.Match[str]]:
    """The comment of a line that may be for us; a `#` before it may lie within quotes."""
    return list(islice(_MARKER.finditer(line), _MOST_IN_LINE)) if "mlpipelines" in line else []


class _Reader:
    """Reads one comment after another."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file, self.lines = file, lines
        self.ignores: list[Ignore] = []
        self.problems: list[Problem] = []
        self.first = next((number for number, line in enumerate(lines, 1) if _is_content(line)), len(lines) + 1)

    @cached_property
    def following(self) -> list[int]:
        """For each line the next one with content; one that there is not, when there is none."""
        result = [len(self.lines) + 1]
        for number in range(len(self.lines), 0, -1):
            result.append(number if _is_content(self.lines[number - 1]) else result[-1])
        return result[::-1]

    def read(self, line: int, comment: re.Match[str]) -> None:
        column, (word, rest) = comment.start() + 1, comment.groups()
        listed = _RULES.match(rest)
        if word != "ignore":
            if listed or word in _ALSO_SAID or did_you_mean(word, ["ignore"]):
                self.report(line, column, "PL901", f"{word!r} is nothing that a comment can ask for", _FORM)
            return
        if not listed or not listed[1].strip():
            self.report(line, column, "PL901", "this comment does not say which rule is to be ignored", _FORM)
            return
        if not re.search(r"\w", listed[2]):
            message = "nothing says why this is ignored"
            self.report(line, column, "PL902", message, f"write the reason behind [{listed[1].strip()}]")
        start = comment.start(2) + listed.start(1) + 1
        target = self.target(line, comment.start())
        text = self.lines[target - 1] if 0 < target <= len(self.lines) else ""
        known = "{{" not in text and "${" not in text
        for name in islice(re.finditer(r"[^,\s][^,]*", listed[1]), _MAX_RULES):
            self.ignore(name[0].strip(), line, start + name.start(), target, known=known)

    def target(self, line: int, column: int) -> int:
        """The line that a comment is for; one that there is not, when nothing follows."""
        if line < self.first:
            return _WHOLE_FILE
        if self.lines[line - 1][:column].strip():
            return line
        return self.following[line]

    def ignore(self, name: str, line: int, column: int, target: int, *, known: bool) -> None:
        try:
            rule = find_rule(name)
        except KeyError:
            hint = near_rule(name) or "`mlpipelines rules` lists them all"
            self.report(line, column, "PL903", f"there is no rule {name!r}", hint)
            return
        if rule.fixed:
            message = f"{name} cannot be ignored: nothing can be built from a file that breaks it"
            self.report(line, column, "PL904", message, f"`mlpipelines explain {rule.id}` says what to do")
            return
        self.ignores.append(Ignore(rule.id, line, column, target, known))

    def report(self, line: int, column: int, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem(self.file, line, column, code, message, hint))


def _is_content(line: str) -> bool:
    """Whether a line is more than a comment, a directive or the mark of a document's start."""
    bare = line.strip("\ufeff \t")
    return bool(bare) and not bare.startswith(("#", "%")) and bare.split(" #")[0].strip() != "---"


def _in_scalars(text: str, places: Sequence[Position]) -> set[Position]:
    """Those of the places that lie within quotes or a block of text: there `#` starts no comment."""
    import yaml

    inside: set[Position] = set()
    tokens = yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if places else ()
    try:
        for token in tokens:
            if isinstance(token, yaml.ScalarToken) and token.style:
                first, last = _extent(token)
                inside.update(places[bisect_left(places, first) : bisect_left(places, last)])
    except yaml.YAMLError:  # comments change nothing of what is said of such a file
        pass
    return inside


def _extent(token: Any) -> tuple[Position, Position]:
    """Where no comment can stand: from the scalar's start, or below the line of `|`, which may have one, to its end."""
    start, end = token.start_mark, token.end_mark
    first = (start.line + 2, 0) if token.style in "|>" else (start.line + 1, start.column + 1)
    return first, (end.line + 1, end.column + 1)
