"""The tables of what templates may use are those of the Airflow that is installed."""

from __future__ import annotations

import inspect
import re

import pytest

from mlpipelines.macros import context

pytestmark = pytest.mark.airflow


def test_the_context_is_airflows() -> None:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    source = inspect.getsource(RuntimeTaskInstance.get_template_context)
    given = set(re.findall(r'^ +"([a-z_]+)":', source, re.M)) | set(re.findall(r'context\["([a-z_]+)"\]', source))
    assert given - {"json", "value"} == context.CONTEXT
    dated = source[source.index("if logical_date :=") :]
    needs = set(re.findall(r'^ +"([a-z_]+)":', dated, re.M)) - {"task_instance_key_str"}
    assert needs == context.NEEDS_LOGICAL_DATE


def test_what_is_not_there_while_templates_are_rendered_is_known_to_airflow() -> None:
    from airflow.sdk.definitions.context import KNOWN_CONTEXT_KEYS

    assert context.ELSEWHERE.keys() == KNOWN_CONTEXT_KEYS - context.CONTEXT


def test_the_attributes_are_airflows() -> None:
    import pendulum
    from airflow.sdk.api.datamodels._generated import DagRun
    from airflow.sdk.execution_time import macros
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
    from pydantic import BaseModel

    def public(names: object) -> set[str]:
        return {name for name in dir(names) if not name.startswith("_")}

    instance = (public(RuntimeTaskInstance) | set(RuntimeTaskInstance.model_fields)) - public(BaseModel)
    assert context.ATTRIBUTES["ti"] == instance
    assert context.ATTRIBUTES["dag_run"] == set(DagRun.model_fields)
    imported = {"Any", "TYPE_CHECKING", "annotations"}
    assert context.ATTRIBUTES["macros"] == public(macros) - imported
    assert context.ATTRIBUTES["logical_date"] >= public(pendulum.DateTime)


def test_the_filters_are_airflows() -> None:
    from airflow.sdk.definitions._internal.templater import FILTERS

    assert set(context.FILTERS) == set(FILTERS)


def test_what_is_removed_is_not_there() -> None:
    for name in context.REMOVED:
        holder, _, attribute = name.rpartition(".")
        assert attribute not in (context.ATTRIBUTES[holder] if holder else context.CONTEXT)
