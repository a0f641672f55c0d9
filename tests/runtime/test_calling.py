"""A team's function as a step: what it is called with, what its result becomes, what goes wrong."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import pathlib
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlpipelines.errors import StepError
from mlpipelines.runtime.returning import plain_result

pytestmark = pytest.mark.airflow

OWN = """
import functools
from airflow.sdk.exceptions import AirflowSkipException
from mlpipelines.errors import StepError


def given(first, second=2, *, third=None):
    return {"first": first, "second": second, "third": third}


def with_context(bucket, params, run_id, region, connection=None):
    return [bucket, params, run_id, region, connection]


def everything(**rest):
    return sorted(rest)


def all_positional(*rest, one):
    return [len(rest), one]


def by_position(value, /):
    return value


async def later():
    return 1


def broken():
    raise KeyError("colour")


def refuses():
    raise StepError("no model is approved yet")


def wrong():
    raise ValueError("k must be odd")


def skips():
    raise AirflowSkipException("nothing new")


def decorate(function):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        return {"wrapped": function(*args, **kwargs)}
    return wrapped


@decorate
def decorated(first):
    return first


def number():
    return 3
"""


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The team's package, with a module of this test's."""
    import callables

    (tmp_path / "called.py").write_text(OWN)
    monkeypatch.setattr(callables, "__path__", [*callables.__path__, str(tmp_path)])
    yield
    sys.modules.pop("callables.called", None)


class TaskInstance:
    """Gives what other tasks returned, as Airflow's does."""

    def __init__(self, results: dict[str, Any]) -> None:
        self.results = results

    def xcom_pull(self, task_ids: str) -> Any:
        return self.results.get(task_ids)


def ran(function: str, arguments: dict[str, Any] | None = None, /, **values: Any) -> Any:
    """The result of the operator, its fields rendered as Airflow does before it runs."""
    from airflow.sdk import DAG

    from mlpipelines.runtime.calling import FunctionOperator

    with DAG("dag", user_defined_macros={"doubled": lambda number: number * 2}):
        operator = FunctionOperator(
            task_id="task", function=f"called.{function}", arguments=arguments, region="eu-west-1"
        )
    context: Any = values
    operator.render_template_fields(context)
    return operator.execute(context)


LOOKUP = {"lookup": {"request": {"A": [1, None, {"B": "0.10"}]}, "text": "0.10", "yes": True, "number": 3}}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (0.1, 0.1),
        ("0.10", "0.10"),
        (None, None),
        ([1, {"a": True}], [1, {"a": True}]),
        ("{{ ti.xcom_pull(task_ids='lookup')['request'] }}", LOOKUP["lookup"]["request"]),
        ("{{ ti.xcom_pull(task_ids='lookup')['text'] }}", "0.10"),
        ("{{ ti.xcom_pull(task_ids='lookup')['yes'] }}", True),
        ("{{- ti.xcom_pull(task_ids='lookup')['number'] -}}", 3),
        ({"deep": ["{{ ti.xcom_pull(task_ids='lookup')['number'] }}"]}, {"deep": [3]}),
        ("k={{ ti.xcom_pull(task_ids='lookup')['number'] }}", "k=3"),
        ("{{ ti.xcom_pull(task_ids='lookup')['number'] }}{{ params.k }}", "35"),
        ("{{ params.k }}", 5),
        ("{{ doubled(params.k) }}", 10),
        ("{{ '}}' }}", "}}"),
        ("{{ -5 }}", -5),
        ("{{- -params.k -}}", -5),
        ("{% if params.k %}yes{% endif %}", "yes"),
    ],
)
def test_arguments_arrive_as_what_they_are(written: Any, value: Any) -> None:
    found = ran("given", {"first": written}, ti=TaskInstance(LOOKUP), params={"k": 5})["first"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["{{ ti.xcom_pull(task_ids='lookup')['gone'] }}", "{{ nobody }}"])
def test_a_reference_to_nothing_says_so(text: str) -> None:
    with pytest.raises(StepError, match="has no value"):
        ran("given", {"first": text}, ti=TaskInstance(LOOKUP))


def test_parameters_that_are_not_given_come_from_airflow() -> None:
    result = ran("with_context", {"bucket": "b", "connection": "own"}, params={"k": 3}, run_id="r", ti=None)
    assert result == {"result": ["b", {"k": 3}, "r", "eu-west-1", "own"]}
    assert ran("everything", {"a": 1, "b": 2}, params={}, run_id="r") == {"result": ["a", "b"]}
    assert ran("all_positional", {"one": 1}) == {"result": [0, 1]}


def test_a_decorated_function_is_called_as_it_is() -> None:
    assert ran("decorated", {"first": 1}) == {"wrapped": 1}


def test_what_is_no_mapping_is_called_result() -> None:
    assert ran("number") == {"result": 3}


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        ("given", {}, "missing a required argument: 'first'"),
        ("given", {"first": 1, "forth": 2}, "unexpected keyword argument 'forth'.*called.given.first, second=2"),
        ("by_position", {"value": 1}, "positional"),
        ("later", {}, "async def"),
        ("gone", {}, "`function` 'called.gone': .*defines no function 'gone'"),
        ("broken", {}, "`function` 'called.broken' failed: KeyError: 'colour' \\(called.py, line [0-9]+\\)$"),
        ("refuses", {}, "^no model is approved yet$"),
    ],
)
def test_what_goes_wrong_is_explained(function: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(StepError, match=words):
        ran(function, arguments)


def test_errors_that_were_meant_stay_what_they_are() -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(ValueError, match=r"^k must be odd$"):
        ran("wrong")
    with pytest.raises(AirflowSkipException, match="nothing new"):
        ran("skips")


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Choice:
    arn: str
    score: Any


@pytest.mark.parametrize(
    ("returned", "plain"),
    [
        (None, None),
        (True, True),
        ({"a": (1, 2.5)}, {"a": [1, 2.5]}),
        ({1: "a"}, {"1": "a"}),
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1, 2]]), [[1, 2]]),
        ({"a": np.float32(0.5)}, {"a": 0.5}),
        (decimal.Decimal("1.5"), 1.5),
        (datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.UTC), "2026-01-02T03:00:00+00:00"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
        (datetime.timedelta(minutes=1), 60.0),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        ({"b", "a"}, ["a", "b"]),
        (Colour.RED, "red"),
        (Choice("arn", np.int8(1)), {"arn": "arn", "score": 1}),
    ],
)
def test_results_become_plain_data(returned: Any, plain: Any) -> None:
    found = plain_result("called.f", returned)
    assert (found, type(found)) == (plain, type(plain))


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (object(), "called.f returned object, which Airflow cannot keep"),
        ({"a": [pd.DataFrame()]}, r"returned pandas.DataFrame at a\[0\].*write it to S3"),
        ({"a": {"b": b"x"}}, "returned bytes at a.b"),
        ({"a": float("nan")}, "returned nan at a"),
        ({"a": {("x", 1): 1}}, r"a mapping at a with the key \('x', 1\)"),
        (iter([]), "list_iterator"),
        ("x" * 1_000_001, "returned 1.0 MB"),
    ],
)
def test_results_that_cannot_be_kept_are_refused(returned: Any, words: str) -> None:
    with pytest.raises(StepError, match=words):
        plain_result("called.f", returned)
