"""Requests that a run has sent, held against those that a pipeline of the same purpose is known to send."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import CASES, ROOT

#: Text that stands for any text, everywhere the same: Airflow's templates, and <<names>> for what only a run knows.
_OPEN = re.compile(r"(\{\{.*?\}\}|<<.*?>>)")
Requests = Sequence[Mapping[str, Any]]


def assert_expected(pipeline: str, sent: Requests) -> dict[str, str]:
    """The requests are those of cases/real/<pipeline>.expected.json; gives what its templates stood for."""
    expected = json.loads((CASES / "real" / f"{pipeline}.expected.json").read_text(encoding="utf-8"))
    assert [call["action"] for call in sent] == [call["action"] for call in expected]
    bound: dict[str, str] = {}
    found = [
        f"{call['action']}{difference}"
        for call, wanted in zip(sent, expected, strict=True)
        for difference in differences(wanted["request"], call["request"], bound)
    ]
    assert found == []
    return bound


def assert_as_the_case_says(case: str, sent: Requests, folder: Path, *options: str) -> None:
    """The comparison that the case came with, where it is at hand."""
    cases = ROOT.parent / "shared" / "cases"
    if not (cases / "compare.py").is_file():
        return
    captured = folder / "captured.json"
    captured.write_text(json.dumps(sent))
    command = [sys.executable, str(cases / "compare.py"), str(cases / case / "expected.json"), str(captured), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "ok\n")


def differences(expected: Any, sent: Any, bound: dict[str, str], path: str = "") -> Iterator[str]:
    """Where two requests differ; `bound` keeps what templates stand for."""
    if isinstance(expected, dict) and isinstance(sent, dict):
        yield from (f"{path}.{key}" for key in expected.keys() ^ sent.keys())
        for key in expected.keys() & sent.keys():
            yield from differences(expected[key], sent[key], bound, f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(sent, list) and len(expected) == len(sent):
        for index, pair in enumerate(zip(expected, sent, strict=True)):
            yield from differences(*pair, bound, f"{path}[{index}]")
    elif not _is_same(expected, sent, bound):
        yield f"{path}: {sent!r} instead of {expected!r}"


def _is_same(expected: Any, sent: Any, bound: dict[str, str]) -> bool:
    if not (isinstance(expected, str) and isinstance(sent, str)):
        return bool(expected == sent) and type(expected) is type(sent)
    parts = _OPEN.split(expected)
    templates, texts = parts[1::2], parts[::2]
    match = re.fullmatch("(.+?)".join(map(re.escape, texts)), sent, re.DOTALL)
    return match is not None and all(
        bound.setdefault(template, text) == text for template, text in zip(templates, match.groups(), strict=True)
    )
