"""Small pieces without a server: names below a prefix, metrics in a log, formats of predictions, hyperparameters."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from mlpipelines.local.algorithms.contract import ClientError, split_content_type
from mlpipelines.local.algorithms.hyperparameters import Rule, read
from mlpipelines.local.algorithms.serving import Refused, respond
from mlpipelines.local.faults import ClientFault
from mlpipelines.local.jobs.metrics import Metrics
from mlpipelines.local.storage import relative_name, split_uri


@pytest.mark.parametrize(
    ("prefix", "key", "name"),
    [
        ("a/train.csv", "a/train.csv", "train.csv"),
        ("a/", "a/b/c.csv", "b/c.csv"),
        ("a", "a/b/c.csv", "b/c.csv"),
        ("a/tr", "a/train/x.csv", "train/x.csv"),
        ("a/tr", "a/train.csv", "train.csv"),
        ("", "a/b.csv", "a/b.csv"),
    ],
)
def test_names_below_a_prefix(prefix: str, key: str, name: str) -> None:
    assert relative_name(prefix, key) == name


def test_an_uri_of_another_kind_is_refused() -> None:
    assert split_uri("s3://b/k/l") == ("b", "k/l")
    assert split_uri("s3://b") == ("b", "")
    with pytest.raises(ClientFault, match="not an S3 URI"):
        split_uri("https://b/k")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("#quality_metric: host=algo-1, test accuracy <score>=0.93", {"test:accuracy": 0.93}),
        ("[9]\ttrain-rmse:0.5\tvalidation-rmse:1e-2", {"train:rmse": 0.5, "validation:rmse": 0.01}),
        ("[9]\ttrain-ndcg@5:1.0", {"train:ndcg@5": 1.0}),
        ("nothing here", {}),
    ],
)
def test_metrics_of_built_in_algorithms(line: str, found: dict[str, float]) -> None:
    metrics = Metrics([], built_in=True)
    metrics.read(line)
    assert {item["MetricName"]: item["Value"] for item in metrics.final} == found


def test_the_last_value_of_a_metric_counts_and_text_is_dropped() -> None:
    metrics = Metrics([{"Name": "loss", "Regex": "loss=([^;]+);"}], built_in=False)
    for line in ("loss=3;", "loss=2.5;", "loss=?;"):
        metrics.read(line)
    assert [item["Value"] for item in metrics.final] == [2.5]


def double(rows: Any) -> list[dict[str, Any]]:
    return [{"score": [float(row[0]), float(row[0]) * 2], "predicted_label": float(row[0])} for row in rows]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", "1,2\n3,4\n"),
        ("text/csv; charset=utf-8", "1,2\n3,4"),
        ("application/json", '{"instances": [{"features": [1, 2]}, {"data": {"features": {"values": [3, 4]}}}]}'),
        ("application/jsonlines", '{"features": [1, 2]}\n{"features": [3, 4]}\n'),
    ],
)
def test_requests_are_read_in_every_format(content_type: str, body: str) -> None:
    kind, text = respond(body.encode(), content_type, "", double)
    assert kind == "application/json"
    assert [item["predicted_label"] for item in json.loads(text)["predictions"]] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("accept", "text"),
    [
        ("application/jsonlines", '{"score": [1.0, 2.0], "predicted_label": 1.0}\n'),
        ("text/csv", "1.0,1.0,2.0\n"),
        ("application/json, */*", '{"predictions": [{"score": [1.0, 2.0], "predicted_label": 1.0}]}'),
    ],
)
def test_answers_are_written_in_every_format(accept: str, text: str) -> None:
    assert respond(b"1,2\n", "text/csv", accept, double)[1] == text


@pytest.mark.parametrize(
    ("content_type", "accept", "body", "status"),
    [("image/png", "", "1", 415), ("text/csv", "image/png", "1", 406), ("text/csv", "", "a", 400), ("", "", "1", 415)],
)
def test_what_cannot_be_read_or_written_is_refused(content_type: str, accept: str, body: str, status: int) -> None:
    with pytest.raises(Refused) as error:
        respond(body.encode(), content_type, accept, double)
    assert error.value.status == status


RULES = {
    "k": Rule(int, required=True, low=1),
    "rate": Rule(float, above=0, below=1, default=0.5),
    "auto": Rule(int, also=("auto",)),
}


def test_hyperparameters_become_values() -> None:
    assert read({"k": "3", "auto": "auto"}, RULES) == {"k": 3, "rate": 0.5, "auto": "auto"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "'k' is a required hyperparameter"),
        ({"k": "0"}, "it must be at least 1"),
        ({"k": "1.5"}, "which expects an integer"),
        ({"k": "1", "rate": "1"}, "it must be less than 1"),
        ({"k": "1", "rate": "nan"}, "it must be a number"),
        ({"k": "1", "other": "1"}, r"Additional hyperparameters are not allowed \('other' was unexpected\)"),
    ],
)
def test_wrong_hyperparameters_are_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        read(given, RULES)


def test_content_types_have_parameters() -> None:
    assert split_content_type("text/csv; label_size=0") == ("text/csv", {"label_size": "0"})


def test_linear_models_of_few_classes_never_predict_the_others() -> None:
    from mlpipelines.local.algorithms.linear_model import MULTICLASS, Linear, all_classes

    weights, bias = all_classes(np.array([0, 2]), 4, np.array([[1.0]]), np.array([0.0]))
    model = Linear(MULTICLASS, weights, bias)
    assert [item["predicted_label"] for item in model.predictions(np.array([[-5.0], [5.0]]))] == [0.0, 2.0]
