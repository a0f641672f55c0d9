"""The operator that decides which steps run next."""

from __future__ import annotations

import ast
import re
from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerConditionOperator

#: Numbers as people and JSON write them.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WORDS = ("true", "false", "none")


class ConditionOperator(SageMakerConditionOperator):
    """SageMakerConditionOperator without two ways of its own to the other branch.

    Its `in` takes a list that comes from a template: the provider looks for the value among the characters of the
    list's text. And a text is a number when it looks like one: the provider takes nan for a number, which is less than
    none and greater than none, and 1_000 as well.
    """

    @staticmethod
    def _cast(value: Any) -> Any:
        text = isinstance(value, str) and value.lower() not in _WORDS and not _NUMBER.fullmatch(value)
        return value if text else SageMakerConditionOperator._cast(value)

    def choose_branch(self, context: Any) -> list[str]:
        self.conditions = [_with_lists(condition) for condition in self.conditions]
        result: list[str] = super().choose_branch(context)
        return result


def _with_lists(condition: dict[str, Any]) -> dict[str, Any]:
    result = dict(condition)
    if isinstance(result.get("in_values"), str):
        result["in_values"] = _listed(result["in_values"])
    if "conditions" in result:
        result["conditions"] = [_with_lists(inner) for inner in result["conditions"]]
    return result


def _listed(text: str) -> list[Any]:
    """A list that was rendered to text. Raises ValueError when it is none."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = None
    if not isinstance(value, list | tuple | set):
        raise ValueError(f"`in` needs a list on its right side, not {text!r}")
    return list(value)
