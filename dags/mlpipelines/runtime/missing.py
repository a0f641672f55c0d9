"""The author's `missing` setting -> for every column what happens to a missing value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlpipelines.errors import StepError, did_you_mean
from mlpipelines.runtime.columns import Columns

STATISTICS = ("mean", "median", "mode")
Setting = str | Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """`fill` is a statistic's name or the text that is put in."""

    action: Literal["error", "drop", "fill"]
    fill: str = ""

    @property
    def needs_scan(self) -> bool:
        return self.fill in STATISTICS


ERROR = Rule("error")


def missing_rules(source: str, setting: Setting, columns: Columns) -> dict[int, Rule]:
    """A rule for every used column, by its position."""
    if isinstance(setting, str) or (set(setting) == {"fill"} and "fill" not in columns.names):
        rule = _rule(source, setting)
        rules = dict.fromkeys(columns.used, rule)
        if columns.target is not None and rule.action == "fill":
            rules[columns.target] = ERROR
        return rules
    return dict.fromkeys(columns.used, ERROR) | _rules_of_columns(source, setting, columns)


def _rules_of_columns(source: str, setting: Mapping[str, Any], columns: Columns) -> dict[int, Rule]:
    used = {columns.names[position]: position for position in columns.used}
    rules = {}
    for name, value in setting.items():
        if name not in used:
            hint = did_you_mean(name, used) or f"the columns in use are {', '.join(used)}"
            raise StepError(f"{source}: `missing` names {name!r}, and there is no such column; {hint}")
        rules[used[name]] = _rule(source, value)
        if used[name] == columns.target and rules[used[name]].action == "fill":
            raise StepError(f"{source}: `missing` fills the target {name!r}; a label cannot be invented, use drop")
    return rules


def _rule(source: str, value: Any) -> Rule:
    if value in ("error", "drop"):
        return Rule(value)
    if isinstance(value, Mapping) and set(value) == {"fill"}:
        fill = str(value["fill"])
        if fill in STATISTICS or _is_number(fill):
            return Rule("fill", fill)
    raise StepError(
        f"{source}: `missing` is {value!r}; write error, drop, or {{fill: mean | median | mode | a number}}, "
        "or one of these for each column"
    )


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False
