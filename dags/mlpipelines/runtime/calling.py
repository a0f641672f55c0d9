"""The task of a `python` step: calls a function of dags/callables, and makes plain data of what it returns."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from mlpipelines.errors import PipelineError, StepError
from mlpipelines.runtime.functions import load_function
from mlpipelines.runtime.native import is_expression, native_value
from mlpipelines.runtime.returning import plain_result


class FunctionOperator(BaseOperator):
    """Calls `callables.<function>` with the arguments.

    A text that is one template and nothing else arrives as the value that it stands for: a number stays a number, a
    mapping a mapping. Other texts are rendered as everywhere. A parameter that `arguments` do not give is taken from
    Airflow's context (`ti`, `dag_run`, `params`, ...), or is `connection` or `region`.
    """

    template_fields = ("arguments", "connection", "region")
    template_fields_renderers = {"arguments": "json"}  # noqa: RUF012 - Airflow's attribute
    ui_color = "#ffefeb"

    def __init__(
        self,
        *,
        function: str,
        arguments: Mapping[str, Any] | None = None,
        connection: str | None = None,
        region: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.arguments = dict(arguments or {})
        self.connection, self.region = connection, region

    def render_template(self, content: Any, context: Any, jinja_env: Any = None, seen_oids: Any = None) -> Any:
        environment = jinja_env or self.get_template_env()
        if isinstance(content, str) and is_expression(content, environment):
            return native_value(content, context, environment)
        return super().render_template(content, context, environment, seen_oids)

    def execute(self, context: Any) -> Any:
        offered = {**context, "connection": self.connection, "region": self.region}
        result = plain_result(self.function, call(self.function, self.arguments, offered))
        self.log.info("%s returned %s", self.function, result)
        return result if isinstance(result, dict) else {"result": result}


def call(path: str, arguments: Mapping[str, Any], offered: Mapping[str, Any]) -> Any:
    """What the function makes of the arguments, and of what it wants besides of all that is offered."""
    function = load_function(path, "function")
    given = _given(path, function, arguments, offered)
    try:
        return function(**given)
    except (PipelineError, AirflowException, ValueError):
        raise  # these were written for their reader, or tell Airflow what to do
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise StepError(f"`function` {path!r} failed: {reason}{_place(function, error)}") from error


def _place(function: Callable[..., Any], error: BaseException) -> str:
    """The last line of the function's own file that led to the error."""
    file = inspect.unwrap(function).__code__.co_filename if inspect.isroutine(function) else ""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" ({Path(file).name}, line {lines[-1]})" if lines else ""


def _given(
    path: str, function: Callable[..., Any], arguments: Mapping[str, Any], offered: Mapping[str, Any]
) -> dict[str, Any]:
    if inspect.iscoroutinefunction(function):
        raise StepError(f"`function` {path!r} is an `async def`, which nobody would wait for; write `def`")
    signature = inspect.signature(function)
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    wanted = [name for name, parameter in signature.parameters.items() if parameter.kind in by_name]
    given = {name: offered[name] for name in wanted if name in offered} | dict(arguments)
    try:
        signature.bind(**given)
    except TypeError as error:
        raise StepError(f"`function` {path!r} cannot be called: {error}; it is {path}{signature}") from error
    return given
