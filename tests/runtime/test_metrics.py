"""The measures are those of scikit-learn, whatever the numbers."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from mlpipelines.runtime.decisions import Decided
from mlpipelines.runtime.metrics import (
    CLASSIFICATION,
    REGRESSION,
    class_table,
    confusion_matrix,
    decisive_metrics,
    regression_metrics,
    wanted_metrics,
)
from mlpipelines.runtime.predictions import PredictionReader
from mlpipelines.runtime.scores import ClassScores, NoScores, class_scores, curve
from mlpipelines.runtime.truth import read_labels
from tests.conftest import ROOT

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)
AVERAGES = ("macro", "weighted")


@given(PAIRS, st.sampled_from(AVERAGES))
@settings(deadline=None)
def test_decisions_are_measured_as_scikit_learn_does(pairs: list[tuple[int, int]], average: str) -> None:
    truth, decided = (np.array(side) for side in zip(*pairs, strict=True))
    present = sorted({*truth.tolist(), *decided.tolist()})
    found = Decided([str(n) for n in present], np.searchsorted(present, truth), np.searchsorted(present, decided))
    names = ["accuracy", "balanced_accuracy", "precision", "recall", "f1"]
    table = class_table(found)
    ours = decisive_metrics(table, len(truth), names, average, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"average": average, "zero_division": 0.0}
        theirs = {
            "accuracy": sklearn.accuracy_score(truth, decided),
            "balanced_accuracy": sklearn.balanced_accuracy_score(truth, decided),
            "precision": sklearn.precision_score(truth, decided, **options),
            "recall": sklearn.recall_score(truth, decided, **options),
            "f1": sklearn.f1_score(truth, decided, **options),
        }
        rows = sklearn.precision_recall_fscore_support(truth, decided, labels=present, zero_division=0.0)
        matrix = sklearn.confusion_matrix(truth, decided, labels=present)
    assert ours == pytest.approx(theirs)
    assert [list(row.values()) for row in table.values()] == [pytest.approx(row) for row in zip(*rows, strict=True)]
    assert confusion_matrix(found).tolist() == matrix.tolist()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=60))
@settings(deadline=None)
def test_curves_are_measured_as_scikit_learn_does(pairs: list[tuple[bool, int]]) -> None:
    truth, scores = np.array([row for row, _ in pairs]), np.array([score / 10 for _, score in pairs])
    if truth.any() and not truth.all():
        found = curve(truth, scores)
        assert found.roc_auc == pytest.approx(sklearn.roc_auc_score(truth, scores))
        assert found.pr_auc == pytest.approx(sklearn.average_precision_score(truth, scores))
        x, y, _ = sklearn.roc_curve(truth, scores, drop_intermediate=False)
        assert found.false_positives.tolist() == pytest.approx(x)
        assert found.true_positives.tolist() == pytest.approx(y)


@pytest.mark.parametrize("weighted", [False, True])
def test_several_classes_are_measured_one_against_the_rest(weighted: bool) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 500)
    columns = rng.dirichlet([1, 2, 1, 1], 500)
    found = ClassScores(list("0123"), truth, columns, None)
    average = "weighted" if weighted else "macro"
    theirs = sklearn.roc_auc_score(truth, columns, multi_class="ovr", average=average)
    assert found.mean("roc_auc", weighted) == pytest.approx(theirs)
    one_hot = np.eye(4)[truth]
    assert found.mean("pr_auc", weighted) == pytest.approx(
        sklearn.average_precision_score(one_hot, columns, average=average)
    )
    assert found.log_loss() == pytest.approx(sklearn.log_loss(truth, columns))


def test_a_class_that_no_row_has_is_left_out_of_the_mean() -> None:
    truth, columns = (
        np.array([0, 0, 1, 1]),
        np.array([[0.6, 0.2, 0.2], [0.3, 0.4, 0.3], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]]),
    )
    found = ClassScores(list("012"), truth, columns, None)
    pair = [sklearn.roc_auc_score(truth == at, columns[:, at]) for at in (0, 1)]
    assert found.mean("roc_auc", False) == pytest.approx(sum(pair) / 2)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=30))
@settings(deadline=None)
def test_numbers_are_measured_as_scikit_learn_does(pairs: list[tuple[int, int]]) -> None:
    labels, values = (np.array(side, float) for side in zip(*pairs, strict=True))
    ours, missing = regression_metrics(labels, values, wanted_metrics("regression", None))
    theirs = {
        "mse": sklearn.mean_squared_error(labels, values),
        "rmse": sklearn.root_mean_squared_error(labels, values),
        "mae": sklearn.mean_absolute_error(labels, values),
        "median_absolute_error": sklearn.median_absolute_error(labels, values),
    }
    theirs |= {"r2": sklearn.r2_score(labels, values)} if len(pairs) > 1 else {}
    theirs |= {"mape": sklearn.mean_absolute_percentage_error(labels, values)} if (labels != 0).all() else {}
    assert ours == pytest.approx(theirs)
    assert set(missing) == {"r2", "mape"} - set(theirs)


def test_a_curve_of_many_rows_is_thinned_and_its_area_is_not() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(200_000) < 0.3
    scores = np.where(truth, rng.normal(1, 1, 200_000), rng.normal(0, 1, 200_000))
    found = curve(truth, scores)
    assert 500 < len(found.false_positives) <= 1001
    assert (found.false_positives[0], found.true_positives[0]) == (0, 0)
    assert (found.false_positives[-1], found.true_positives[-1]) == (1, 1)
    assert found.roc_auc == pytest.approx(sklearn.roc_auc_score(truth, scores))
    assert np.trapezoid(found.true_positives, found.false_positives) == pytest.approx(found.roc_auc, abs=1e-3)


def test_the_schema_lists_what_is_computed() -> None:
    schema = json.loads((ROOT / "schemas" / "steps" / "evaluate.schema.json").read_text())
    of_task: dict[str, list[str]] = {}
    for name, output in schema["x-outputs"].items():
        of_task.setdefault(output.get("task", ""), []).append(name)
    assert of_task["classification"] == list(CLASSIFICATION)
    assert of_task["regression"] == list(REGRESSION)
    assert schema["properties"]["metrics"]["items"]["enum"] == [*CLASSIFICATION, *REGRESSION]
    taken = schema["properties"]["custom_metrics"]["propertyNames"]["allOf"][1]["not"]["enum"]
    assert set(taken) == {name for name in schema["x-outputs"] if not name.startswith("<")}


def scores_of(
    predictions: str, labels: str, threshold: float | None = None, positive: str | None = None
) -> ClassScores:
    reader, truth = PredictionReader(), read_labels("labels", labels.encode())
    reader.read("p.out", predictions.encode(), len(truth))
    return class_scores(truth, reader.result(), threshold, positive)


BINARY = "0\n1\n1\n0\n"
LINEAR = [{"score": s, "predicted_label": int(s > 0.5)} for s in (0.2, 0.9, 0.4, 0.1)]


@pytest.mark.parametrize(
    ("predictions", "positive", "area"),
    [
        ("0.2\n0.9\n0.15\n0.1\n", None, 0.75),
        ("0.8\n0.1\n0.85\n0.9\n", "0", 0.75),
        ("0.8,0.2\n0.1,0.9\n0.85,0.15\n0.9,0.1\n", None, 0.75),
        ("0.8,0.2\n0.1,0.9\n0.85,0.15\n0.9,0.1\n", "0", 0.75),
        ("0,0.2\n1,0.9\n0,0.15\n0,0.1\n", None, 0.75),
        ("\n".join(map(json.dumps, LINEAR)), None, 1.0),
        ("\n".join(map(json.dumps, LINEAR)), "0", 1.0),
        ("-1.5\n3.5\n-2.5\n-3.5\n", None, 0.75),
        (json.dumps({"scores": [{"score": s} for s in (1.2, 3.9, 1.1, 1.0)]}), None, 0.75),
    ],
)
def test_scores_are_found_in_every_format(predictions: str, positive: str | None, area: float) -> None:
    assert scores_of(predictions, BINARY, positive=positive).mean("roc_auc", False) == area


@pytest.mark.parametrize(
    ("predictions", "labels", "reason"),
    [
        ("0\n1\n1\n0\n", BINARY, "classes without scores"),
        ("yes\nno\nno\nyes\n", "yes\nno\nyes\nno\n", "classes without scores"),
        ("0.1\n0.2\n0.3\n", "0\n1\n2\n", "3 classes"),
        ("0.1,0.9\n0.9,0.1\n", "1\n2\n", "the class '2'"),
        ("0.1\n0.2\n", "1\n1\n", "all labels are of one class"),
    ],
)
def test_what_scores_do_not_say_has_a_reason(predictions: str, labels: str, reason: str) -> None:
    with pytest.raises(NoScores, match=reason):
        _ = scores_of(predictions, labels).curves


def test_scores_that_are_no_probabilities_have_no_log_loss() -> None:
    with pytest.raises(NoScores, match="not between 0 and 1"):
        scores_of("-1.5\n3.5\n-2.5\n-3.5\n", BINARY).log_loss()
    with pytest.raises(NoScores, match="add up to 1"):
        scores_of("[0.9, 0.9]\n[0.1, 0.9]\n[0.1, 0.3]\n[0.1, 0.3]\n", BINARY).log_loss()
