"""Hostile bytes -> what comes out of every command that reads a file; and nothing but that."""

from __future__ import annotations

import json
import os
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

from mlpipelines.errors import InvalidPipeline, Problem
from mlpipelines.graph.dot import dot
from mlpipelines.graph.mermaid import mermaid
from mlpipelines.graph.model import graph_of
from mlpipelines.graph.svg import svg
from mlpipelines.project import Compiled, Project
from mlpipelines.reporting import FORMATS, Outcome, report
from mlpipelines.reporting.sources import Sources
from tests.conftest import CASES

#: `MLPIPELINES_FUZZ=100` tries a hundred times as many examples, others with each run.
TIMES = int(os.environ.get("MLPIPELINES_FUZZ", "1"))
#: Seconds of the processor that a file of a case's size may take; what takes that long takes a file of a megabyte more.
MOST_SECONDS = 2
#: What no file may lead to: a defect of ours, in the checks or in the templates of the step types.
DEFECTS = frozenset(("PL501", "PL502"))
#: Changed seeds of what goes through the checks.
VALID = sorted((CASES / "valid").glob("*.yaml"))
SEEDS = [*VALID, *sorted((CASES / "invalid").glob("*.yaml")), *sorted((CASES / "real").rglob("*.yaml"))]


def examples(number: int) -> Callable[..., Any]:
    """So many examples: the same in each run, but for the long one."""
    return settings(
        max_examples=number * TIMES, derandomize=TIMES == 1, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


class Checking:
    """A project of one file, written anew for each example."""

    def __init__(self, root: Path) -> None:
        (root / "pipelines").mkdir(exist_ok=True)
        self.project = Project.at(root)
        self.file = root / "pipelines" / "hostile.yaml"

    def check(self, content: bytes) -> Compiled | list[Problem]:
        """What a file with this content becomes, or its problems."""
        self.file.write_bytes(content)
        started = time.thread_time()
        try:
            result = self.project.compile(self.file)
        except InvalidPipeline as error:
            self.sound(error.problems, content)
            return list(error.problems)
        finally:
            assert time.thread_time() - started < MOST_SECONDS
        self.sound(result.warnings, content)
        return result

    def sound(self, problems: Any, content: bytes) -> None:
        lines = content.decode("utf-8", errors="replace").count("\n") + 1
        for problem in problems:
            assert problem.code not in DEFECTS, str(problem)
            assert problem.line >= 1
            assert problem.column >= 1
            assert problem.line <= lines + content.count(b"\r") + 2 * content.count(b"\xc2\x85") + 9, str(problem)

    def report(self, result: Compiled | list[Problem], name: str = "") -> None:
        """Every report and every picture is what its readers can read."""
        problems = result.warnings if isinstance(result, Compiled) else result
        name = name or self.project.name_of(self.file)
        outcome = Outcome(problems, [name], Sources({name: self.file}))
        written = {form: report(outcome, form) for form in FORMATS}
        report(outcome, "text", colour=True, width=40)
        assert len(json.loads(written["json"])["problems"]) == len(problems)
        assert len(json.loads(written["sarif"])["runs"][0]["results"]) == len(problems)
        ElementTree.fromstring(written["junit"].encode("utf-8", errors="backslashreplace"))
        assert all(line.startswith("::") for line in written["github"].split("\n")[:-1])
        if isinstance(result, Compiled):
            graph = graph_of(result)
            assert mermaid(graph)
            assert dot(graph)
            ElementTree.fromstring(svg(graph))
            assert result.documentation
