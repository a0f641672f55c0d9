"""Predictions in one object or many, and what stands beside them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpipelines.errors import StepError
from mlpipelines.runtime.evaluation import Settings, evaluation
from mlpipelines.runtime.predictions import PredictionReader, Predictions
from mlpipelines.runtime.truth import read_labels


def read(*objects: str, rows: int, field: str | None = None, column: int | None = None) -> Predictions:
    reader = PredictionReader(field, column)
    for number, text in enumerate(objects):
        reader.read(f"part{number}.out", text.encode(), rows)
    return reader.result()


def classes(found: Predictions) -> list[str]:
    assert found.values is not None
    names, codes = found.values.classes()
    return [names[code] for code in codes]


def test_a_column_of_joined_input_is_the_prediction() -> None:
    joined = "5.1,3.5,setosa\n4.9,3.0,virginica\n"
    assert classes(read(joined, rows=2, column=-1)) == ["setosa", "virginica"]
    assert classes(read(joined, rows=2, column=2)) == ["setosa", "virginica"]
    with pytest.raises(StepError, match=r"part0\.out, line 1: `prediction_column` is 3, and there are 3 columns"):
        read(joined, rows=2, column=3)
    with pytest.raises(StepError, match="`prediction_column: -1` is the last"):
        read(joined, rows=2)


def test_a_column_is_of_csv_and_a_field_of_json() -> None:
    with pytest.raises(StepError, match=r"this is JSON, where `prediction_column` names nothing"):
        read('{"score": 1}', rows=1, column=0)
    with pytest.raises(StepError, match=r"this is CSV, where `prediction_field` names nothing"):
        read("1\n", rows=1, field="score")


def test_a_field_may_hold_what_the_container_answered() -> None:
    joined = '{"features": [1, 2], "SageMakerOutput": {"predicted_label": 1, "score": 0.9}}'
    found = read(joined, rows=1, field="SageMakerOutput")
    assert (classes(found), found.scores.tolist()) == (["1"], [[0.9]])


def test_a_label_may_stand_before_the_scores() -> None:
    found = read("2,0.1,0.2,0.7\n0,0.5,0.3,0.2\n", rows=2)
    assert (classes(found), found.scores.tolist()) == (["2", "0"], [[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
    found = read("1,0.93\n0,0.1\n", rows=2)
    assert (classes(found), found.scores.tolist()) == (["1", "0"], [[0.93], [0.1]])


def test_shares_are_the_scores_of_the_classes() -> None:
    found = read("0,1\n1.0,0.0\n", rows=2)
    assert found.values is None
    assert found.scores.tolist() == [[0, 1], [1, 0]]


def test_clusters_and_anomaly_scores_are_read() -> None:
    clusters = {"predictions": [{"closest_cluster": 1.0, "distance_to_cluster": 3.5}]}
    assert classes(read(json.dumps(clusters), rows=1)) == ["1"]
    assert read(json.dumps({"scores": [{"score": 1.5}, {"score": 0.5}]}), rows=2).scores.tolist() == [[1.5], [0.5]]


def test_texts_may_come_after_numbers() -> None:
    assert classes(read("1\n2.0\n", "x\n1.0\n", rows=4)) == ["1", "2", "x", "1"]
    values = read_labels("labels", b"1\n2.5\nx\n1.0\n")
    names, codes = values.classes()
    assert [names[code] for code in codes] == ["1", "2.5", "x", "1"]


def test_rows_of_different_shapes_are_refused_where_they_begin() -> None:
    with pytest.raises(StepError, match=r"part1\.out, line 1: this prediction has other values.*3 and 2"):
        read("0.1,0.9\n0.2,0.8\n", "0.1,0.2,0.7\n", rows=3)


def test_what_is_cut_off_is_told_with_its_line() -> None:
    with pytest.raises(StepError, match=r"part0\.out, line 3: this is not JSON"):
        read('{"score": 1}\n{"score": 2}\n{"sco', rows=3)
    with pytest.raises(StepError, match=r"part0\.out, line 1: this is not JSON"):
        read('{"score": \n1', rows=3)


def test_a_document_may_have_many_lines_and_others_after_it() -> None:
    document = json.dumps({"predictions": [{"predicted_label": 1}]}, indent=1)
    assert classes(read(document + document + "\n" + document, rows=3)) == ["1", "1", "1"]


NUMBERS = st.one_of(
    st.floats().map(repr), st.integers(-1, 3).map(str), st.sampled_from(["", "a", "1.0", "1e308", "1_0"])
)
FIELDS = st.sampled_from(["score", "predicted_label", "predictions", "scores", "x"])
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(-1, 3), st.just("a")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=2)),
    max_leaves=6,
)


def lines(cells: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(cells, min_size=1, max_size=5).map("\n".join)


@given(
    lines(st.one_of(st.sampled_from("012"), NUMBERS)),
    st.one_of(
        lines(NUMBERS), lines(st.lists(NUMBERS, max_size=4).map(",".join)), lines(JSON.map(json.dumps)), st.text()
    ),
    st.sampled_from(["auto", "classification", "regression"]),
    st.sampled_from([None, 0.5]),
)
@settings(deadline=None, max_examples=400)
def test_whatever_is_compared_gives_a_report_or_a_reason(
    labels: str, predictions: str, task: str, threshold: float | None
) -> None:
    try:
        truth = read_labels("labels", labels.encode())
        found = read(predictions, rows=len(truth))
        if len(found) == len(truth):
            report, _ = evaluation(truth, found, Settings(task=task, threshold=threshold, pictures=False))
            json.dumps(report, allow_nan=False)
    except StepError:
        pass
