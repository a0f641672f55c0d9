"""The operator that decides which steps run next."""

from __future__ import annotations

import ast
from typing import Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerConditionOperator


class ConditionOperator(SageMakerConditionOperator):
    """SageMakerConditionOperator whose `in` takes a list that comes from a template: the provider looks for the value
    among the characters of the list's text, and quietly takes the other branch."""

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
