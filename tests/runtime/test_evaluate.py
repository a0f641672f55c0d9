"""evaluate, from what the built-in algorithms write to metrics that can be checked by hand."""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlpipelines.errors import StepError
from tests.runtime.support import Bucket

pytestmark = pytest.mark.airflow

THREE = "0\n1\n2\n1\n"
HITS = [0, 1, 2, 2]


def evaluated(
    bucket: Bucket, predictions: str | dict[str, str], labels: str, place: str = "p", **settings: Any
) -> dict[str, Any]:
    from mlpipelines.runtime.evaluate import evaluate

    objects = predictions if isinstance(predictions, dict) else {"p/test.csv.out": predictions}
    bucket.put("labels.csv", labels)
    for key, body in objects.items():
        bucket.put(key, body)
    places = {"predictions": bucket.uri(place), "labels": bucket.uri("labels.csv"), "output": bucket.uri("report/")}
    with warnings.catch_warnings():
        warnings.simplefilter("error", category=UserWarning)
        return evaluate(**places | {"pictures": False} | settings)


SCORES = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.1, 0.2, 0.7]]
FORMATS: dict[str, str] = {
    "csv": "0.0\n1.0\n2.0\n2.0\n",
    "csv, integers, no newline at the end": "0\n1\n2\n2",
    "csv, windows": "0\r\n1\r\n2\r\n2\r\n",
    "csv, quoted": '"0"\n"1"\n"2"\n"2"\n',
    "csv, all on one line": "0.0,1.0,2.0,2.0",
    "csv, probabilities": "\n".join(",".join(map(str, row)) for row in SCORES),
    "lists of probabilities by line": "\n".join(json.dumps(row) for row in SCORES),
    "a list of probabilities": json.dumps(SCORES),
    "a list": "[0, 1, 2, 2]",
    "lists by batch": "[0, 1]\n[2, 2]",
    "knn": json.dumps({"predictions": [{"predicted_label": float(n)} for n in HITS]}),
    "indented": json.dumps({"predictions": [{"predicted_label": n} for n in HITS]}, indent=2),
    "batches side by side": "".join(json.dumps({"predictions": [{"predicted_label": n}]}) for n in HITS),
    "batches by line": "\n".join(json.dumps({"predictions": [{"predicted_label": n}]}) for n in HITS),
    "linear learner": "\n".join(
        json.dumps({"score": s, "predicted_label": n}) for n, s in zip(HITS, SCORES, strict=True)
    ),
    "scores only": json.dumps({"predictions": [{"score": row} for row in SCORES]}),
    "predictions are lists": json.dumps({"predictions": SCORES}),
    "predictions are numbers": json.dumps({"predictions": HITS}),
    "labels in lists": "\n".join(json.dumps({"predicted_label": [n]}) for n in HITS),
}


@pytest.mark.parametrize("case", FORMATS)
def test_every_format_is_read(bucket: Bucket, case: str) -> None:
    result = evaluated(bucket, FORMATS[case], THREE)
    assert result["task"] == "classification"
    assert result["rows"] == 4
    assert result["metrics"]["accuracy"] == 0.75
    assert result["metrics"]["balanced_accuracy"] == pytest.approx(2.5 / 3)
    assert result["metrics"]["precision"] == pytest.approx(2.5 / 3)
    assert result["metrics"]["recall"] == pytest.approx(2.5 / 3)
    assert result["metrics"]["f1"] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert result["sample"][3] == {"prediction": "2", "label": "1"}


def test_the_report_says_all(bucket: Bucket) -> None:
    result = evaluated(bucket, "0\n1\n2\n3\n", THREE)
    assert result["report"] == bucket.uri("report/report.json")
    report = json.loads(bucket.get(result["report"]))
    assert report["confusion_matrix"]["classes"] == ["0", "1", "2", "3"]
    assert report["confusion_matrix"]["matrix"] == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert report["metrics"] == result["metrics"]
    assert (report["predictions"], report["labels"]) == (bucket.uri("p"), bucket.uri("labels.csv"))


def test_objects_under_a_prefix_are_joined_in_order_of_their_keys(bucket: Bucket) -> None:
    objects = {"p/b.csv.out": "2\n2\n", "p/a.csv.out": "0\n1\n", "p/a.manifest": "{", "p2/c.out": "9\n"}
    assert evaluated(bucket, objects, THREE)["metrics"]["accuracy"] == 0.75


def evaluated_by(bucket: Bucket, labels: str) -> dict[str, Any]:
    from mlpipelines.runtime.evaluate import evaluate

    predictions = bucket.put("p/test.csv.out", "0\n1\n2\n2\n")
    return evaluate(predictions=predictions, labels=bucket.uri(labels), output=bucket.uri("report"), pictures=False)


@pytest.mark.parametrize("labels", ["truth", "truth/"])
def test_labels_may_be_a_folder_of_files(bucket: Bucket, labels: str) -> None:
    for key, body in {"truth/b.csv": "2\n1\n", "truth/a.csv": "0\n1", "truth2/c.csv": "9\n"}.items():
        bucket.put(key, body)
    assert evaluated_by(bucket, labels)["metrics"]["accuracy"] == 0.75


def test_labels_that_are_nowhere_are_told(bucket: Bucket) -> None:
    with pytest.raises(
        StepError, match=r"^labels: there is no object s3://.*/nowhere, and none below it; did the step"
    ):
        evaluated_by(bucket, "nowhere")


def test_one_object_may_be_named(bucket: Bucket) -> None:
    objects = {"p/a.out": "0\n1\n2\n2\n", "p/b.out": "9\n"}
    assert evaluated(bucket, objects, THREE, place="p/a.out")["rows"] == 4


BINARY = "0\n1\n1\n0\n"


@pytest.mark.parametrize(
    ("predictions", "settings", "accuracy"),
    [
        ("0.2\n0.9\n0.4\n0.1\n", {}, 0.75),
        ("0.2\n0.9\n0.4\n0.1\n", {"threshold": 0.3}, 1.0),
        ("0.2\n0.9\n0.4\n0.1\n", {"threshold": "0.95"}, 0.5),
        ("0.8\n0.1\n0.6\n0.9\n", {"positive": "0"}, 0.75),
        ("\n".join(f'{{"score": {s}, "predicted_label": 0}}' for s in (0.2, 0.9, 0.4, 0.1)), {}, 0.5),
        ("\n".join(f'{{"score": {s}, "predicted_label": 0}}' for s in (0.2, 0.9, 0.4, 0.1)), {"threshold": 0.3}, 1.0),
        ("0.6,0.4\n0.1,0.9\n0.9,0.1\n0.9,0.1\n", {}, 0.75),
    ],
)
def test_scores_decide_between_two_classes(
    bucket: Bucket, predictions: str, settings: dict[str, Any], accuracy: float
) -> None:
    assert evaluated(bucket, predictions, BINARY, **settings)["metrics"]["accuracy"] == accuracy


def test_two_classes_are_measured_for_the_positive_one_unless_told_otherwise(bucket: Bucket) -> None:
    predictions = "0\n1\n0\n0\n"
    assert evaluated(bucket, predictions, BINARY)["metrics"]["recall"] == 0.5
    assert evaluated(bucket, predictions, BINARY, positive="0")["metrics"]["recall"] == 1.0
    assert evaluated(bucket, predictions, BINARY, average="macro")["metrics"]["recall"] == 0.75


def test_classes_may_be_texts(bucket: Bucket) -> None:
    assert evaluated(bucket, "yes\nno\nyes\n", "yes\nno\nno\n")["metrics"]["accuracy"] == pytest.approx(2 / 3)


def test_some_metrics_may_be_chosen(bucket: Bucket) -> None:
    assert evaluated(bucket, THREE, THREE, metrics=["f1", "accuracy"])["metrics"] == {"f1": 1.0, "accuracy": 1.0}


@pytest.mark.parametrize(
    "predictions",
    ["1.5\n2.5\n4.0\n", '{"predictions": [{"score": 1.5}, {"score": 2.5}, {"score": 4.0}]}', "[1.5,2.5,4]"],
)
def test_numbers_are_compared_as_numbers(bucket: Bucket, predictions: str) -> None:
    result = evaluated(bucket, predictions, "1.0\n2.0\n3.5\n")
    assert result["task"] == "regression"
    expected = {"mse": 0.25, "rmse": 0.5, "mae": 0.5, "median_absolute_error": 0.5}
    expected |= {"r2": 1 - 0.75 / (19 / 6), "mape": (0.5 + 0.25 + 0.5 / 3.5) / 3}
    assert result["metrics"] == pytest.approx(expected)
    assert result["sample"][0] == {"prediction": 1.5, "label": 1.0}


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        ("0\n1\n0\n", "classification"),
        ("0\n1\n2\n", "regression"),
        ("1.0\n2.0\n1.0\n", "classification"),
        ("0.5\n0.5\n0.5\n", "regression"),
        ("".join(f"{n}\n" for n in [*range(20), 0]), "classification"),
        ("".join(f"{n}\n" for n in [*range(21), 0]), "regression"),
        ("a\nb\n", "classification"),
    ],
)
def test_the_task_follows_from_the_labels(bucket: Bucket, labels: str, task: str) -> None:
    assert evaluated(bucket, labels, labels)["task"] == task


def test_metrics_may_decide_the_task(bucket: Bucket) -> None:
    assert evaluated(bucket, "1\n2\n", "1\n2\n", metrics=["f1"])["task"] == "classification"
    assert evaluated(bucket, "1\n1\n", "1\n1\n", metrics=["mae"])["task"] == "regression"


def test_r2_of_one_row_is_left_out(bucket: Bucket) -> None:
    result = evaluated(bucket, "1.5", "1.0", task="regression")
    assert set(result["metrics"]) == {"mse", "rmse", "mae", "mape", "median_absolute_error"}
    assert all(math.isfinite(value) for value in result["metrics"].values())


def test_a_field_may_be_named(bucket: Bucket) -> None:
    predictions = '{"outcome": 1, "score": 0}\n{"outcome": 0, "score": 1}\n'
    assert evaluated(bucket, predictions, "1\n0\n", task="classification", prediction_field="outcome")["metrics"][
        "accuracy"
    ] == 1.0  # fmt: skip


BAD: dict[str, tuple[str | dict[str, str], str, dict[str, Any], tuple[str, ...]]] = {
    "unequal counts": ("1\n0\n1\n", "1\n0\n", {}, ("3 predictions in s3://", "2 labels in s3://", "labels.csv")),
    "no labels": ("1\n", "\n", {}, ("there are no labels",)),
    "no predictions": ("\n", "1\n", {}, ("no predictions in it",)),
    "no objects": ({"p/x.csv": "1"}, "1\n", {}, ("no predictions (objects ending in .out)",)),
    "a label is missing": ("1\n0\n", "1\nnan\n", {}, ("labels.csv, line 2", "'nan'")),
    "a prediction is missing": ("1\nNaN\n", "1\n0\n", {}, ("line 2", "'NaN'")),
    "a prediction is null": ('{"predictions": [{"score": null}]}', "1\n", {}, ("record 1", "None")),
    "a prediction is infinite": ('{"score": Infinity}', "1\n", {}, ("record 1", "Infinity")),
    "labels with features": ("1\n", "1,5.1,3.5\n", {}, ("line 1", "<part>_labels")),
    "no known field": ('{"outcome": 1}', "1\n", {}, ("outcome", "`prediction_field`")),
    "no such field": ('{"score": 1}', "1\n", {"prediction_field": "x"}, ("no field 'x'", "score")),
    "json cut off": ('{"predictions": [{"sco', "1\n", {}, ("JSON", "cut off")),
    "input beside the prediction": (
        "5.1,3.5,1\n4.9,3.0,0\n",
        "1\n0\n",
        {"task": "classification"},
        ("no probabilities",),
    ),
    "scores for three classes": ("0.1\n0.2\n0.3\n0.4\n", THREE, {}, ("one score per row", "3 classes")),
    "texts in a regression": ("a\nb\n", "1.5\n2.5\n", {}, ("prediction of row 1", "'a'")),
    "an unknown metric": ("1\n0\n", "1\n0\n", {"metrics": ["acuracy"]}, ("'acuracy'", "did you mean 'accuracy'?")),
    "a metric of the other task": (
        "1.5\n2.5\n",
        "1.5\n2.5\n",
        {"metrics": ["f1"], "task": "regression"},
        ("'f1'", "rmse"),
    ),
    "binary of three": (THREE, THREE, {"average": "binary"}, ("two classes", "3")),
    "no such positive": ("1\n0\n1\n", "1\n0\n1\n", {"positive": "yes"}, ("'yes'", "0, 1")),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_evaluated_is_explained(bucket: Bucket, case: str) -> None:
    predictions, labels, settings, parts = BAD[case]
    with pytest.raises(StepError) as caught:
        evaluated(bucket, predictions, labels, **settings)
    for part in parts:
        assert part in str(caught.value)
    assert "report/report.json" not in bucket.listing()


def test_a_missing_object_is_named(bucket: Bucket) -> None:
    with pytest.raises(StepError, match=r"gone\.out.*no such object"):
        evaluated(bucket, "1\n", "1\n", place="gone.out")


def test_the_report_is_encrypted_with_the_key(bucket: Bucket) -> None:
    evaluated(bucket, THREE, THREE, kms_key="alias/data")
    assert bucket.encryption("report/report.json") == ("aws:kms", "alias/data")


MEASURED = "1.2\n1.9\n0.8\n2.2\n"


@pytest.mark.parametrize(
    "predictions", [MEASURED, json.dumps({"predictions": [{"score": float(line)} for line in MEASURED.split()]})]
)
def test_numbers_that_are_no_scores_are_measured(bucket: Bucket, predictions: str) -> None:
    result = evaluated(bucket, predictions, "1\n2\n1\n2\n")
    assert result["task"] == "regression"
    assert result["metrics"]["mae"] == pytest.approx(0.175)


@pytest.mark.parametrize("settings", [{"task": "classification"}, {"metrics": ["f1"]}])
def test_numbers_that_are_no_scores_decide_nothing_without_a_threshold(
    bucket: Bucket, settings: dict[str, Any]
) -> None:
    with pytest.raises(StepError, match=r"such as 1\.2.*`task: regression`.*`threshold`"):
        evaluated(bucket, MEASURED, "1\n2\n1\n2\n", **settings)
    assert evaluated(bucket, MEASURED, "1\n2\n1\n2\n", threshold=1.5, **settings)["task"] == "classification"


def test_texts_are_classes_whatever_the_predictions_are(bucket: Bucket) -> None:
    with pytest.raises(StepError, match="neither classes nor scores"):
        evaluated(bucket, MEASURED, "no\nyes\nno\nyes\n")
    result = evaluated(bucket, "-1.5\n2.5\n0.5\n-3.5\n", "no\nyes\nno\nyes\n", threshold=0)
    assert (result["task"], result["metrics"]["accuracy"]) == ("classification", 0.5)


def test_the_folder_stands_in_for_an_object_that_is_not_there(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    objects = {"run/b.csv.out": "2\n2\n", "run/a.csv.out": "0\n1\n", "run/a.manifest": "{", "other/c.out": "9\n"}
    result = evaluated(bucket, objects, THREE, place="run/v1.2.out")
    assert result["metrics"]["accuracy"] == 0.75
    assert "run/v1.2.out does not exist; reading all objects ending in .out below" in caplog.text
    assert json.loads(bucket.get(result["report"]))["predictions"] == bucket.uri("run/")


@pytest.mark.parametrize("place", ["gone/v1.2.out", "v1.2.out"])
def test_nothing_stands_in_for_an_object_without_others_beside_it(bucket: Bucket, place: str) -> None:
    with pytest.raises(StepError, match=r"v1\.2\.out: there is no such object"):
        evaluated(bucket, {"gone/a.csv": "1\n", "p/a.out": "1\n"}, "1\n", place=place)


@pytest.mark.parametrize("positive", ["1", " 1", 1, 1.0, "1.0"])
def test_a_positive_number_may_be_written_as_text(bucket: Bucket, positive: str | float) -> None:
    result = evaluated(bucket, "2\n1\n2\n2\n", "1\n1.0\n2\n2\n", positive=positive)
    assert result["metrics"]["recall"] == 0.5
    assert evaluated(bucket, "2\n1\n2\n2\n", "1\n1.0\n2\n2\n")["metrics"]["recall"] == 1.0


def test_a_positive_class_may_be_a_text(bucket: Bucket) -> None:
    assert evaluated(bucket, "a\nb\nb\n", "a\na\nb\n", positive="a")["metrics"]["recall"] == 0.5


PROBABLE = "0.2\n0.9\n0.15\n0.1\n"


def test_scores_give_more_metrics_and_a_curve(bucket: Bucket) -> None:
    result = evaluated(bucket, PROBABLE, BINARY, pictures=True)
    assert result["metrics"]["roc_auc"] == 0.75
    assert result["metrics"]["pr_auc"] == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert result["metrics"]["log_loss"] == pytest.approx(
        -(math.log(0.8) + math.log(0.9) + math.log(0.15) + math.log(0.9)) / 4
    )
    assert result["pictures"] == {
        "confusion_matrix": bucket.uri("report/confusion_matrix.png"),
        "roc_curve": bucket.uri("report/roc_curve.png"),
    }
    assert json.loads(bucket.get(result["report"]))["pictures"] == result["pictures"]


def test_pictures_are_shown_by_a_browser_and_encrypted_with_the_key(bucket: Bucket) -> None:
    evaluated(bucket, PROBABLE, BINARY, kms_key="alias/data", pictures=True)
    head = bucket.client.head_object(Bucket=bucket.name, Key="report/roc_curve.png")
    assert (head["ContentType"], head["SSEKMSKeyId"]) == ("image/png", "alias/data")


def test_pictures_may_be_left_out(bucket: Bucket) -> None:
    result = evaluated(bucket, PROBABLE, BINARY, pictures=False)
    assert result["pictures"] == {}
    assert [key for key in bucket.listing() if key.startswith("report/")] == ["report/report.json"]


def test_each_class_is_measured(bucket: Bucket) -> None:
    result = evaluated(bucket, "0\n1\n2\n2\n", THREE)
    assert result["classes"] == {
        "0": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
        "1": {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2},
        "2": {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1},
    }


def test_many_classes_stay_out_of_the_database(bucket: Bucket) -> None:
    labels = "".join(f"c{n}\n" for n in range(1200))
    result = evaluated(bucket, labels, labels, pictures=True)
    assert "classes" not in result
    assert result["pictures"] == {}
    report = json.loads(bucket.get(result["report"]))
    assert len(report["classes"]) == 1200
    assert "confusion_matrix" not in report


def test_metrics_that_need_scores_are_left_out_with_a_reason(bucket: Bucket) -> None:
    result = evaluated(bucket, THREE, THREE)
    assert "roc_auc" not in result["metrics"]
    assert json.loads(bucket.get(result["report"]))["not_computed"] == dict.fromkeys(
        ["roc_auc", "pr_auc", "log_loss"], "the predictions are classes without scores"
    )


@pytest.mark.parametrize(
    ("predictions", "labels", "metric", "reason"),
    [
        (THREE, THREE, "roc_auc", "classes without scores"),
        ("-2.5\n3.5\n1.5\n-1.5\n", BINARY, "log_loss", "not between 0 and 1"),
        ("1.5\n2.5\n", "0.0\n2.0\n", "mape", "a label is 0"),
        ("1.5\n", "2.0\n", "r2", "a single row"),
    ],
)
def test_a_metric_that_is_asked_for_must_be_there(
    bucket: Bucket, predictions: str, labels: str, metric: str, reason: str
) -> None:
    with pytest.raises(StepError, match=f"`metrics` asks for {metric}, which cannot be computed: .*{reason}"):
        evaluated(bucket, predictions, labels, metrics=[metric])


def test_scores_of_any_range_are_ranked_without_a_threshold(bucket: Bucket) -> None:
    anomalies = json.dumps({"scores": [{"score": s} for s in (1.2, 3.9, 1.1, 1.0)]})
    result = evaluated(bucket, anomalies, BINARY, metrics=["roc_auc"], pictures=True)
    assert result["metrics"] == {"roc_auc": 0.75}
    assert set(result["pictures"]) == {"roc_curve"}
    assert result["sample"][1] == {"prediction": 3.9, "label": "1"}


def test_several_scores_are_no_decision_between_texts(bucket: Bucket) -> None:
    with pytest.raises(StepError, match=r"texts such as 'yes'.*2 scores a row"):
        evaluated(bucket, "0.1,0.9\n0.8,0.2\n", "yes\nno\n")


def test_a_joined_column_is_compared(bucket: Bucket) -> None:
    joined = "5.1,3.5,0\n4.9,3.0,1\n4.7,3.2,1\n4.6,3.1,0\n"
    assert evaluated(bucket, joined, BINARY, prediction_column=-1)["metrics"]["accuracy"] == 1.0


OWN = """
import numpy as np
from mlpipelines.errors import StepError


def cost(labels, predictions):
    assert labels.dtype == predictions.dtype == np.int64
    return (labels != predictions).sum() * 2.5


def ranked(labels, scores, *, weight=2):
    return np.float32(scores[labels == 1].mean() * weight)


def everything(**given):
    return len(given)


def without_scores(scores):
    return scores is None


def of_texts(labels, predictions):
    return float((labels == "yes").mean())


def wide(scores):
    return scores.shape[1]


def of_numbers(labels, predictions):
    return abs(labels - predictions).max()


def nothing(labels):
    return None


def infinite(labels):
    return 1 / np.float64(0)


def broken(labels):
    raise KeyError("colour")


def refuses(labels):
    raise StepError("too few rows")


def demanding(labels, weights):
    return 1
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The team's package, with a module of this test's."""
    import callables

    (tmp_path / "measures.py").write_text(OWN)
    monkeypatch.setattr(callables, "__path__", [*callables.__path__, str(tmp_path)])
    yield
    sys.modules.pop("callables.measures", None)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("function", "predictions", "labels", "value"),
    [
        ("cost", "0\n1\n0\n0\n", BINARY, 2.5),
        ("ranked", PROBABLE, BINARY, 1.05),
        ("everything", PROBABLE, BINARY, 3),
        ("without_scores", "0\n1\n0\n0\n", BINARY, 1),
        ("of_texts", "yes\nno\n", "yes\nyes\n", 1),
        ("wide", FORMATS["csv, probabilities"], THREE, 3),
        ("of_numbers", "1.5\n2.75\n", "1.0\n2.0\n", 0.75),
        ("everything", "1.5\n2.75\n", "1.0\n2.0\n", 3),
    ],
)
def test_a_function_of_ones_own_measures(
    bucket: Bucket, function: str, predictions: str, labels: str, value: float
) -> None:
    result = evaluated(bucket, predictions, labels, custom_metrics={"mine": f"measures.{function}"})
    assert result["metrics"]["mine"] == pytest.approx(value)
    assert type(result["metrics"]["mine"]) is float
    assert "mine" in json.loads(bucket.get(result["report"]))["metrics"]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("nothing", "returned NoneType, not a number"),
        ("infinite", "returned inf; return a finite number"),
        ("broken", "failed: KeyError: 'colour'"),
        ("refuses", "'mine' .measures.refuses.: too few rows"),
        ("demanding", "failed: TypeError: .*'weights'"),
        ("gone", "defines no function 'gone'"),
    ],
)
def test_a_function_that_does_not_measure_fails_the_step(bucket: Bucket, function: str, words: str) -> None:
    with pytest.raises(StepError, match=words), np.errstate(divide="ignore"):
        evaluated(bucket, PROBABLE, BINARY, custom_metrics={"mine": f"measures.{function}"})
    assert "report/report.json" not in bucket.listing()


@pytest.mark.usefixtures("own")
def test_metrics_of_ones_own_stand_beside_those_that_are_listed(bucket: Bucket) -> None:
    found = {"mine": "measures.cost"}
    result = evaluated(bucket, "0\n1\n0\n0\n", BINARY, metrics=["accuracy"], custom_metrics=found)
    assert result["metrics"] == {"accuracy": 0.75, "mine": 2.5}
