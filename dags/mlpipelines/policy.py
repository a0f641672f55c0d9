"""Problems as the checks yield them -> problems as they are reported: with the severities that the project wants.

The table `[tool.mlpipelines.rules]` of the project's `pyproject.toml` sets them, by a rule's id, its name, or a family:
`SM812 = "error"`, `new-instance-type = "off"`, `AF = "warning"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from mlpipelines.errors import Problem, did_you_mean
from mlpipelines.rules import RULES, Rule, Severity, find_rule

if TYPE_CHECKING:
    from mlpipelines.controls import Controls

Setting = Literal["error", "warning", "info", "off"]
_SETTINGS: tuple[Setting, ...] = get_args(Setting)
_FAMILY = re.compile(r"[A-Z]{2}[0-9]?")


@dataclass(frozen=True)
class Policy:
    """`settings` are those that a project has made, by the rules' ids; `mistakes` say what is wrong in its file."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    mistakes: tuple[Problem, ...] = ()

    def severity(self, rule: Rule) -> Setting:
        return self.settings.get(rule.id, rule.severity)

    @property
    def lowered(self) -> list[str]:
        """The ids of the error-level rules that are no errors in this project."""
        return sorted(id for id, setting in self.settings.items() if setting != "error" == RULES[id].severity)

    def settle(self, problems: Iterable[Problem], controls: Mapping[str, Controls] | None = None) -> list[Problem]:
        """The problems that are to be reported, each with its severity; `controls` are the comments of their files."""
        return list(self._settled(problems, controls or {}))

    def _settled(self, problems: Iterable[Problem], controls: Mapping[str, Controls]) -> Iterator[Problem]:
        for problem in problems:
            severity = self.severity(find_rule(problem.code))
            comments = controls.get(problem.file)
            if severity != "off" and not (comments and comments.cover(problem)):
                yield replace(problem, severity=severity)


def read_policy(file: Path) -> Policy:
    """The settings in a file, as far as they can be understood; without a file there are none."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Policy()
    except (OSError, ValueError) as error:
        return Policy(mistakes=(_mistake(file.name, 1, f"this file cannot be read: {error}"),))
    if not re.search(r"^\s*\[?tool\b", text, re.MULTILINE) or "mlpipelines" not in text:
        return Policy()  # reading TOML takes longer than checking a pipeline
    import tomllib

    try:
        table = tomllib.loads(text).get("tool", {}).get("mlpipelines", {})
    except tomllib.TOMLDecodeError as error:
        return Policy(mistakes=(_mistake(file.name, 1, f"this is not valid TOML: {error}"),))
    reader = _Reader(file.name, text)
    reader.read(table)
    return Policy(reader.settings(), tuple(reader.mistakes))


class _Reader:
    """Understands the table `[tool.mlpipelines]`, and collects what it does not understand."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines = file, text.splitlines()
        self.families: dict[str, Setting] = {}
        self.rules: dict[str, Setting] = {}
        self.mistakes: list[Problem] = []

    def read(self, table: Any) -> None:
        if not isinstance(table, dict):
            self.wrong("mlpipelines", "tool.mlpipelines must be a table")
            return
        for key in table.keys() - {"rules"}:
            self.wrong(key, f"tool.mlpipelines has no setting {key!r}", did_you_mean(key, ["rules"]))
        rules = table.get("rules", {})
        if not isinstance(rules, dict):
            self.wrong("rules", "tool.mlpipelines.rules must be a table of rules and severities")
            return
        for key, value in rules.items():
            self.setting(key, value)

    def setting(self, key: str, value: Any) -> None:
        if value not in _SETTINGS:
            hint = did_you_mean(value, _SETTINGS) if isinstance(value, str) else ""
            self.wrong(key, f"{key} = {value!r}: it can be {', '.join(_SETTINGS)}", hint)
        elif rules := family(key):
            if all(rule.fixed for rule in rules) and value != "error":
                self.wrong(key, f"the rules {key.upper()} are fixed: nothing can be built from files that break them")
            self.families[key.upper()] = value
        else:
            self.rule(key, value)

    def rule(self, key: str, value: Setting) -> None:
        try:
            rule = find_rule(key)
        except KeyError:
            self.wrong(key, f"there is no rule {key!r}", near_rule(key) or "`mlpipelines rules` lists them all")
            return
        if rule.fixed and value != "error":
            self.wrong(key, f"{key} stays an error: nothing can be built from a file that breaks it")
        elif self.rules.get(rule.id, value) != value:
            self.wrong(key, f"{rule.id} ({rule.name}) is set twice")
        else:
            self.rules[rule.id] = value

    def settings(self) -> dict[str, Setting]:
        """By rule: what names it alone goes before its family, and `SM8` before `SM`."""
        result: dict[str, Setting] = {}
        for name in sorted(self.families, key=len):
            result |= {rule.id: self.families[name] for rule in family(name) if not rule.fixed}
        return result | self.rules

    def wrong(self, key: str, message: str, hint: str = "") -> None:
        place = re.compile(rf"""\s*\[?["']?(?:[\w.-]+\.)?["']?{re.escape(key)}["']?\s*[=\].]""")
        lines = [number for number, line in enumerate(self.lines, 1) if place.match(line)]
        self.mistakes.append(_mistake(self.file, lines[-1] if lines else 1, message, hint))


def _mistake(file: str, line: int, message: str, hint: str = "") -> Problem:
    """No rule is about settings: nothing could set its severity."""
    return Problem(file, line, 1, "settings", message, hint)


def family(word: str) -> list[Rule]:
    """The rules that `AF` or `SM8` stands for; none when a word is no family."""
    if not _FAMILY.fullmatch(word.upper()):
        return []
    length = len(word) + 2 if len(word) == 3 else 0
    return [rule for rule in RULES.values() if rule.id.startswith(word.upper()) and len(rule.id) >= length]


def near_rule(word: str) -> str:
    """`did you mean ...?` for an id or a name, or an empty text."""
    ids = did_you_mean(word.upper(), [id for id in RULES if id[:2] == word[:2].upper()])
    return ids or did_you_mean(word, [rule.name for rule in RULES.values()])


__all__ = ["Policy", "Setting", "Severity", "family", "near_rule", "read_policy"]
