"""A text that is one template -> the value that its expression has, not the text that it would print.

Jinja's own native environment reads what was printed as a Python literal, which makes 0.1 of "0.10"; here nothing is
printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlpipelines.errors import StepError


def is_expression(text: str, environment: Any) -> bool:
    """Whether a text is `{{ one expression }}` and nothing else."""
    from jinja2 import TemplateSyntaxError, nodes

    if not (text.startswith("{{") and text.endswith("}}")):
        return False
    try:
        body = environment.parse(text).body
    except TemplateSyntaxError:
        return False
    return len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1


def native_value(text: str, context: Mapping[str, Any], environment: Any) -> Any:
    """Raises StepError when the expression has no value."""
    from jinja2 import Undefined, UndefinedError

    # `{{-` and `-}}` take white space away from around a template.
    source = text[3 if text[2] in "-+" else 2 : -3 if text[-3] in "-+" else -2]
    try:
        value = environment.compile_expression(source, undefined_to_none=False)({**context, "result_of": _pulled})
    except UndefinedError as error:
        raise StepError(f"{text} has no value: {error}") from error
    if isinstance(value, Undefined):
        raise StepError(f"{text} has no value: nothing of this name was given; look at what the step before returned")
    return value


def _pulled(ti: Any, task_id: str) -> Any:
    """What a task gave as it is: a function may be called with None."""
    return ti.xcom_pull(task_ids=task_id)
