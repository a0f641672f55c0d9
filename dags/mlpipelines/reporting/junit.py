"""An outcome -> JUnit XML, as Jenkins and GitLab read it: a test case for each file.

A case has one failure with all problems that fail the check, since GitLab reads no second one; the others are its
output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from mlpipelines.errors import Problem
from mlpipelines.reporting.outcome import Outcome

#: What no XML 1.0 document may hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(outcome: Outcome) -> str:
    by_file: dict[str, list[Problem]] = {file: [] for file in outcome.files}
    for problem in outcome.problems:
        by_file.setdefault(problem.file, []).append(problem)
    failures = sum(any(map(outcome.is_failure, problems)) for problems in by_file.values())
    counts = f'tests="{len(by_file)}" failures="{failures}" errors="0" skipped="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="mlpipelines" {counts}>']
    lines += [f'  <testsuite name="mlpipelines validate" {counts}>']
    for file, problems in by_file.items():
        lines += _case(file, problems, outcome)
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"])


def _case(file: str, problems: list[Problem], outcome: Outcome) -> Iterator[str]:
    name = _attribute(outcome.in_repository(file))
    head = f'    <testcase name={name} classname="mlpipelines.validate" file={name}'
    if not problems:
        yield f"{head}/>"
        return
    failures = [problem for problem in problems if outcome.is_failure(problem)]
    others = [problem for problem in problems if not outcome.is_failure(problem)]
    yield f'{head} line="{problems[0].line}">'
    if failures:
        message = failures[0].message if len(failures) == 1 else f"{len(failures)} problems"
        kinds = ", ".join(dict.fromkeys(problem.code for problem in failures))
        yield f"      <failure message={_attribute(message)} type={_attribute(kinds)}>{_text(failures)}</failure>"
    if others:
        yield f"      <system-out>{_text(others)}</system-out>"
    yield "    </testcase>"


def _text(problems: Iterable[Problem]) -> str:
    return escape(_clean("\n".join(map(_line, problems))))


def _line(problem: Problem) -> str:
    hint = f"\n    {problem.hint}" if problem.hint else ""
    place = f"{problem.file}:{problem.line}:{problem.column}"
    return f"{place}: {problem.severity}: {problem.message} [{problem.code}]{hint}"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text).replace("\n", " "))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
