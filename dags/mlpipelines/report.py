"""Problems -> text for people, JSON for programs, annotations for GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from mlpipelines.errors import Problem

FORMATS = ("text", "json", "github")


def report(problems: Iterable[Problem], files: int, form: str) -> str:
    """The report in one of FORMATS; `files` is how many were checked."""
    problems = list(problems)
    return {"text": _text, "json": _json, "github": _github}[form](problems, files)


def summary(problems: list[Problem], files: int) -> str:
    """One line: `3 files checked: 1 error, 2 warnings in 2 files`."""
    checked = f"{files} {'file' if files == 1 else 'files'} checked"
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if not problems:
        return f"{checked}: no problems"
    counts = [_count(errors, "error")] if errors else []
    counts += [_count(warnings, "warning")] if warnings else []
    return f"{checked}: {', '.join(counts)} in {_count(len({problem.file for problem in problems}), 'file')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _text(problems: list[Problem], files: int) -> str:
    lines = []
    for problem in problems:
        place = f"{problem.file}:{problem.line}:{problem.column}"
        lines.append(f"{place}: {problem.severity}: {problem.message} [{problem.code}]")
        if problem.hint:
            lines.append(f"    {problem.hint}")
    return "\n".join([*lines, summary(problems, files)])


def _json(problems: list[Problem], files: int) -> str:
    return json.dumps({"files": files, "problems": [asdict(problem) for problem in problems]}, indent=2)


def _github(problems: list[Problem], files: int) -> str:
    lines = [
        f"::{problem.severity} file={_property(problem.file)},line={problem.line},col={problem.column},"
        f"title={_property(problem.code)}::{_data(problem.message + (f' ({problem.hint})' if problem.hint else ''))}"
        for problem in problems
    ]
    return "\n".join([*lines, summary(problems, files)])


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
