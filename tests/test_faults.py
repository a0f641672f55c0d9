"""Single mistakes seeded into valid pipelines: each is told by its rule, at its line, and with next to nothing else.

A file of `cases/faults/lists/` is a mapping: `base` is a valid pipeline (its path in the repository), and `faults` are
the mistakes, each a mapping that changes the base's text in one way and says what must come of it:

    {was: "k: 3", now: "k: 0", rule: HP904}                a text that the base has once becomes another one
    {below: "  k: 3", add: "    x: 1", rule: HP901}        a line more, below the one that holds the text
    {gone: "k: 3", rule: HP902, at: "hyperparameters:"}    the line that holds the text is gone
    rule     the rule that must fire; `none`: nothing does, and `why` says what is wrong all the same
    at       a text of the changed file, whose line must be named when it is not the first one that has changed
    also     how many other problems may come with it, when more than one must

The faults were chosen by what people get wrong, before anybody looked which rules there are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from mlpipelines.errors import Problem
from mlpipelines.project import Project
from tests.conftest import CASES, ROOT, cases_project

LISTS = sorted((CASES / "faults" / "lists").glob("*.yaml"))
FIELDS = {"was", "now", "below", "add", "gone", "rule", "at", "also", "why"}
#: The share of the faults that must be caught at their line. It only goes up.
WANTED = 0.96


@dataclass(frozen=True)
class Fault:
    base: Path
    change: dict[str, Any]

    def __str__(self) -> str:
        change = self.change
        text = change.get("now") or change.get("add") or f"without {change.get('gone') or change.get('was')}"
        return f"{self.base.stem}: {' '.join(text.split())[:60]}"

    @property
    def rule(self) -> str:
        return str(self.change.get("rule", ""))

    @property
    def text(self) -> str:
        """The base with the fault in it."""
        base, change = _text(self.base), self.change
        place = change.get("was") or change.get("below") or change["gone"]
        assert base.count(place) == 1, f"{place!r} stands {base.count(place)} times in {self.base.name}"
        start = base.index(place)
        end = base.index("\n", start + len(place) - 1) + 1
        if "was" in change:
            return base[:start] + change["now"] + base[start + len(place) :]
        if "below" in change:
            return base[:end] + change["add"].rstrip("\n") + "\n" + base[end:]
        return base[: base.rfind("\n", 0, start) + 1] + base[end:]

    @property
    def line(self) -> int:
        """The line that must be named."""
        if at := self.change.get("at"):
            assert at in self.text, f"{at!r} is not in the changed file"
            return self.text[: self.text.index(at)].count("\n") + 1
        pairs = zip_longest(_text(self.base).splitlines(), self.text.splitlines())
        return next(number for number, (old, new) in enumerate(pairs, 1) if old != new)


@cache
def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _faults() -> Iterator[Fault]:
    for file in LISTS:
        listed = yaml.safe_load(file.read_text(encoding="utf-8"))
        for change in listed["faults"]:
            assert change.keys() <= FIELDS, f"{file.name}: {change.keys() - FIELDS}"
            yield Fault(ROOT / listed["base"], change)


FAULTS = list(_faults())


@cache
def _project_of(base: Path) -> Project:
    if base.parent == ROOT / "pipelines":
        return Project.find(base)
    return cases_project() if base.is_relative_to(CASES) else replace(cases_project(), callables=base.parent / "code")


@cache
def _found(fault_text: str, base: Path) -> tuple[Problem, ...]:
    """What validate says of a text in the place of its base."""
    project = _project_of(base)
    result = project._compile_safely(fault_text, project.name_of(base), base)
    return result if isinstance(result, tuple) else tuple(result.warnings)


def test_most_faults_are_caught(record_property: Callable[[str, object], None]) -> None:
    """The summary of the run shows what is recorded here."""
    missed = [fault for fault in FAULTS if fault.rule == "none"]
    caught = len(FAULTS) - len(missed)
    schema = sum(_is_refused_by_the_schema(fault.text) for fault in FAULTS)
    record_property(
        "faults",
        f"{len(FAULTS)} faults: {caught} caught at their line ({caught / len(FAULTS):.1%}); the JSON schema alone "
        f"refuses {schema} ({schema / len(FAULTS):.1%}). Not caught:\n"
        + "\n".join(f"  {fault}: {fault.change['why']}" for fault in missed),
    )
    assert caught / len(FAULTS) >= WANTED


def _is_refused_by_the_schema(text: str) -> bool:
    """What an editor or a checker of JSON schemas says, of files that any YAML parser reads."""
    try:
        data = yaml.safe_load(text)
        return not _editor_schema().is_valid(json.loads(json.dumps(data, default=str)))
    except (yaml.YAMLError, ValueError, TypeError):
        return True


@cache
def _editor_schema() -> Any:
    schema = json.loads((ROOT / "schemas" / "pipeline.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("base", sorted({fault.base for fault in FAULTS}), ids=lambda base: base.stem)
def test_a_base_has_no_problems(base: Path) -> None:
    assert _found(_text(base), base) == ()
    assert not _is_refused_by_the_schema(_text(base))


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.rule != "none"], ids=str)
def test_a_fault_is_told_by_its_rule_at_its_line(fault: Fault) -> None:
    problems = _found(fault.text, fault.base)
    told = "\n".join(map(str, problems)) or "nothing"
    assert (fault.rule, fault.line) in {(each.code, each.line) for each in problems}, told
    assert len(problems) <= 1 + fault.change.get("also", 1), told


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.rule == "none"], ids=str)
def test_a_fault_that_is_not_caught_says_why_it_is_one(fault: Fault) -> None:
    assert fault.change["why"]
    assert _found(fault.text, fault.base) == (), "it is caught now: name the rule"
