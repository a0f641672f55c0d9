"""A team's own function follows or replaces the built-in processing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlpipelines.errors import StepError
from tests.runtime.support import Bucket, prepared, text

pytestmark = pytest.mark.airflow

OWN = """
import pandas as pd


def doubled(frame):
    assert list(frame.columns) == ["y", "a", "b"], list(frame.columns)
    assert frame["y"].tolist() == [0, 1, 1, 0]
    return frame.assign(c=frame["a"] * 2)


def raw(frame):
    assert frame["y"].tolist() == ["p", "q", "q", "p"]
    assert frame["a"].dtype == "float64" and frame["b"].dtype == "int64"
    return frame[["a"]].assign(y=(frame["y"] == "q"))


def as_it_is(frame):
    return frame


def no_frame(frame):
    return 3


def empty(frame):
    return frame.iloc[:0]


def without_target(frame):
    return frame.drop(columns="y")


def with_gaps(frame):
    return frame.assign(a=[1.0, None, 2.0, 3.0])


def with_text(frame):
    return frame.assign(a=["1", "2", "three", "4"])


def with_infinity(frame):
    return frame.assign(a=frame["a"] / 0)


def broken(frame):
    return frame["colour"]


def _hidden(frame):
    return frame
"""
DATA = text("a,b,y", "0.10,1,p", "0.2,2,q", "0.3,3,q", "1e-3,4,p")


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The team's package, with a module of this test's."""
    import callables

    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "needy.py").write_text("import a_package_that_nobody_has")
    monkeypatch.setattr(callables, "__path__", [*callables.__path__, str(tmp_path)])
    yield
    for name in ("callables.own", "callables.needy"):
        sys.modules.pop(name, None)


def run(bucket: Bucket, function: str, **settings: Any) -> dict[str, Any]:
    return prepared(bucket, DATA, callable=function, shuffle=False, split={"all": 1}, **settings)


def test_after_gets_the_processed_frame(bucket: Bucket) -> None:
    summary = run(bucket, "own.doubled", classes="auto")
    assert summary["columns"] == ["a", "b", "c"]
    assert summary["classes"] == {"p": 0, "q": 1}
    assert bucket.lines(summary["all"]) == ["0,0.1,1,0.2", "1,0.2,2,0.4", "1,0.3,3,0.6", "0,0.001,4,0.002"]


def test_instead_gets_the_frame_as_read(bucket: Bucket) -> None:
    summary = run(bucket, "own.raw", callable_mode="instead")
    assert bucket.lines(summary["all"]) == ["0,0.1", "1,0.2", "1,0.3", "0,0.001"]
    assert summary["classes"] is None


def test_the_result_is_stratified_like_any_other(bucket: Bucket) -> None:
    data = text("a,y", *(f"{n},{'pq'[n % 2]}" for n in range(20)))
    settings = {"callable": "own.as_it_is", "classes": "auto", "seed": 4}
    summary = prepared(bucket, data, split={"train": 0.5, "test": 0.5}, **settings)
    assert sorted(bucket.lines(summary["train_labels"])) == ["0"] * 5 + ["1"] * 5


def test_floats_survive_the_frame(bucket: Bucket) -> None:
    numbers = ["0.1", "1e-07", "123456789.12345679", "5e-324", "1.7976931348623157e+308", "0.30000000000000004"]
    data = text("a,y", *(f"{number},1" for number in numbers))
    summary = prepared(bucket, data, callable="own.as_it_is", shuffle=False, split={"all": 1})
    assert [float(line) for line in bucket.lines(summary["all_features"])] == [float(number) for number in numbers]


def test_the_examples_work(bucket: Bucket) -> None:
    assert run(bucket, "example.add_ratio", classes="auto")["columns"] == ["a", "b", "a_ratio"]
    data = text("a,y", "1,1", "1,1", "2,1")
    assert prepared(bucket, data, callable="example.without_duplicates", callable_mode="instead")["rows"] == 2


def test_the_examples_choose_and_measure() -> None:
    import numpy as np

    from callables import example

    assert example.choose(100, params={}) == {"settings": {"k": 10}}
    assert example.choose(100, params={"k": 5}) == {"settings": {"k": 5}}
    with pytest.raises(ValueError, match="2 rows are too few"):
        example.choose(2, params={})
    assert example.cost(np.array([1, 1, 0]), np.array([0, 1, 1])) == 11.0


@pytest.mark.parametrize(
    ("function", "settings", "parts"),
    [
        ("own.no_frame", {}, ("returned int, not a DataFrame",)),
        ("own.empty", {}, ("returned no rows",)),
        ("own.without_target", {}, ("the result of own.without_target", "'y'", "no such column")),
        ("own.with_gaps", {}, ("row 2", "'a'", "missing")),
        ("own.with_text", {}, ("row 3", "'a'", "'three'")),
        ("own.with_infinity", {}, ("row 1", "'a'", "finite")),
        ("own.broken", {}, ("failed: KeyError", "colour")),
        ("own.missing", {}, ("defines no function 'missing'",)),
        ("own.doublet", {}, ("did you mean 'doubled'?",)),
        ("own.pd", {}, ("defines no function 'pd'",)),
        ("own._hidden", {}, ("write module.function",)),
        ("nowhere.function", {}, ("no module dags/callables/nowhere.py",)),
        ("needy.function", {}, ("needs 'a_package_that_nobody_has'",)),
        ("os.system", {}, ("no module",)),
        ("system", {}, ("write module.function",)),
        ("own.raw", {"callable_mode": "instead", "classes": "auto"}, ("`classes` would do nothing",)),
        ("own.raw", {"callable_mode": "instead", "missing": "drop"}, ("`missing` would do nothing",)),
    ],
)
def test_what_goes_wrong_is_explained(
    bucket: Bucket, function: str, settings: dict[str, Any], parts: tuple[str, ...]
) -> None:
    with pytest.raises(StepError) as caught:
        run(bucket, function, **{"classes": "auto"} | settings if "callable_mode" not in settings else settings)
    for part in parts:
        assert part in str(caught.value)
    assert bucket.listing() == ["in/data.csv"]
