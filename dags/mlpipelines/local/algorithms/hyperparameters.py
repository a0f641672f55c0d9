"""Hyperparameters as text -> checked values, refused in the words of SageMaker's algorithms."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mlpipelines.local.algorithms.contract import ClientError


@dataclass(frozen=True)
class Rule:
    """One hyperparameter: its type, its limits (`above`/`below` exclude the limit), its default."""

    type: type = str
    required: bool = False
    default: Any = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: Collection[str] = ()
    also: Collection[str] = ()


def read(given: Mapping[str, str], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Every hyperparameter of `rules` with its value (numbers as numbers) or default. Raises ClientError.

    Names that begin with `_` are SageMaker's own, such as what a job is tuned for; they are always accepted.
    """
    given = {name: text for name, text in given.items() if not name.startswith("_")}
    if unknown := sorted(set(given) - set(rules)):
        raise ClientError(
            f"Additional hyperparameters are not allowed ('{unknown[0]}' was unexpected); there are "
            f"{', '.join(sorted(rules))}"
        )
    if missing := [name for name, rule in rules.items() if rule.required and name not in given]:
        raise ClientError(f"'{missing[0]}' is a required hyperparameter")
    return {name: _value(name, given[name], rule) if name in given else rule.default for name, rule in rules.items()}


def read_list(name: str, text: str, items: Collection[str]) -> list[str]:
    """A hyperparameter that is a list in JSON, such as `["msd", "ssd"]`. Raises ClientError."""
    try:
        wanted = json.loads(text)
    except ValueError:
        wanted = [text]
    if not isinstance(wanted, list) or not wanted or (wrong := [item for item in wanted if item not in items]):
        shown = f"'{text}'" if not isinstance(wanted, list) or not wanted else f"'{wrong[0]}'"
        raise ClientError(
            f"The value {shown} is not valid for the '{name}' hyperparameter which expects a list of: "
            f"{', '.join(repr(item) for item in items)}"
        )
    return [str(item) for item in wanted]


def _value(name: str, text: str, rule: Rule) -> Any:
    text = str(text).strip().strip('"')
    if text in rule.also:
        return text
    if rule.choices and text not in rule.choices:
        raise ClientError(
            f"The value '{text}' is not valid for the '{name}' hyperparameter which expects one of the following: "
            f"{', '.join(repr(choice) for choice in rule.choices)}"
        )
    if rule.type is str:
        return text
    if rule.type is bool:
        return text == "true"
    try:
        number = rule.type(text)
    except ValueError:
        expected = "an integer" if rule.type is int else "a number"
        raise ClientError(
            f"The value '{text}' is not valid for the '{name}' hyperparameter which expects {expected}"
        ) from None
    if reason := _outside(number, rule):
        raise ClientError(f"The value '{text}' is not valid for the '{name}' hyperparameter: it must be {reason}")
    return number


def _outside(number: float, rule: Rule) -> str:
    if number != number:
        return "a number"
    if rule.low is not None and number < rule.low:
        return f"at least {rule.low}"
    if rule.high is not None and number > rule.high:
        return f"at most {rule.high}"
    if rule.above is not None and number <= rule.above:
        return f"greater than {rule.above}"
    if rule.below is not None and number >= rule.below:
        return f"less than {rule.below}"
    return ""
