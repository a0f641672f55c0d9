"""Links are stored and logged as soon as there is something to link, and never in the way of a job."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from mlpipelines.runtime import links
from mlpipelines.runtime.links import JOB_LINKS, show_resource

AWS = SimpleNamespace(
    partition="aws", region_name="us-east-2", endpoint_url="https://api.sagemaker.us-east-2.amazonaws.com"
)
CONTEXT = {"ti": SimpleNamespace(dag_id="d", task_id="t", run_id="r", map_index=-1)}


class Operator:
    log = logging.getLogger("operator")
    operator_extra_links = JOB_LINKS

    def __init__(self, meta: Any = AWS) -> None:
        self.hook = SimpleNamespace(conn=SimpleNamespace(meta=meta))


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found: dict[str, str] = {}

    class Store:
        @staticmethod
        def set(key: str, value: str, *, dag_id: str, task_id: str, run_id: str, map_index: int) -> None:
            assert key not in found, "once is enough"
            found[key] = value

        @staticmethod
        def get_value(*, ti_key: Any, key: str) -> str | None:
            return found.get(key)

    monkeypatch.setattr(links, "BaseXCom", Store)
    return found


def test_links_are_stored_and_logged_once(stored: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    operator = Operator()
    with caplog.at_level(logging.INFO, "operator"):
        show_resource(operator, CONTEXT, "TrainingJob", "iris")
        show_resource(operator, CONTEXT, "TrainingJob", "iris")
    assert list(stored) == ["_link_console", "_link_logs"]
    assert stored["_link_console"].endswith("#/jobs/iris")
    assert caplog.messages == [f"AWS console: {stored['_link_console']}", f"CloudWatch logs: {stored['_link_logs']}"]
    assert JOB_LINKS[1].get_link(operator, ti_key=None) == stored["_link_logs"]


def test_a_process_that_has_come_to_nothing_leaves_the_links_of_an_earlier_one(stored: dict[str, str]) -> None:
    show_resource(Operator(), CONTEXT, "TrainingJob", "iris")
    assert JOB_LINKS[0].get_link(Operator(), ti_key=None).endswith("#/jobs/iris")


def test_another_job_of_the_same_task_is_linked_in_its_place(stored: dict[str, str]) -> None:
    operator = Operator()
    show_resource(operator, CONTEXT, "TrainingJob", "iris")
    stored.clear()
    show_resource(operator, CONTEXT, "TrainingJob", "iris-2")
    assert stored["_link_console"].endswith("#/jobs/iris-2")


def test_a_local_endpoint_has_no_links(stored: dict[str, str]) -> None:
    operator = Operator(SimpleNamespace(partition="aws", region_name="us-east-2", endpoint_url="http://127.0.0.1:1"))
    show_resource(operator, CONTEXT, "TrainingJob", "iris")
    assert stored == {}
    assert JOB_LINKS[0].get_link(operator, ti_key=None) == ""


def test_links_that_cannot_be_stored_fail_no_task(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("the API server is away")

    monkeypatch.setattr("airflow.sdk.bases.xcom.BaseXCom.set", refuse)
    operator = Operator()
    show_resource(operator, CONTEXT, "TrainingJob", "iris")
    assert "the API server is away" in caplog.text
    assert JOB_LINKS[0].get_link(operator, ti_key=None).endswith("#/jobs/iris"), "Airflow stores it at the end"
