"""The tables of what templates may use are those of the Airflow that is installed."""

from __future__ import annotations

import inspect
import re
from types import SimpleNamespace

import pytest

from mlpipelines.macros import context
from mlpipelines.macros.rendering import outcomes
from mlpipelines.macros.values import UNKNOWN
from tests.test_rendering import CASES, RUN

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


KNOWN = [text for text, becomes in CASES.items() if UNKNOWN not in "".join(becomes) and "job_name" not in text]


@pytest.mark.parametrize("text", KNOWN)
def test_a_template_becomes_what_airflow_makes_of_it(text: str) -> None:
    """For one run; of a template that decides, airflow takes one of the ways."""
    import pendulum
    from airflow.sdk.definitions._internal.templater import create_template_env

    date = pendulum.datetime(2026, 11, 21, 4, 55)
    run_id = f"scheduled__{date.isoformat()}"
    ti = SimpleNamespace(dag_id="iris_knn", task_id="train_model", run_id=run_id, try_number=1)
    environment = create_template_env()
    texts = {name: environment.filters[name](date) for name in context.FILTERS}
    dates = dict.fromkeys(("logical_date", "data_interval_start", "data_interval_end"), date)
    dag_run = SimpleNamespace(run_id=run_id, run_after=date, **dates)
    given = {"ti": ti, "task": ti, "dag": ti, "dag_run": dag_run, "run_id": run_id, "params": RUN.params}
    if "{{ not" not in text:
        assert environment.from_string(text).render({**given, **texts, **dates}) in outcomes(text, RUN, "train_model")


@pytest.mark.parametrize("name", sorted(context.ELSEWHERE))
def test_what_is_not_in_the_context_fails_when_it_is_rendered(name: str) -> None:
    from airflow.sdk.definitions._internal.templater import create_template_env
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        create_template_env().from_string(f"{{{{ {name} }}}}").render({})
