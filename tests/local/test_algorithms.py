"""The built-in algorithms through the API: train, load the artifact, predict."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.support import Server, csv_text, training_request

KNN = {"k": "3", "feature_dim": "4", "sample_size": "150", "predictor_type": "classifier"}
LINEAR = {"predictor_type": "multiclass_classifier", "num_classes": "3"}
BOOST = {"num_round": "20", "objective": "multi:softmax", "num_class": "3", "max_depth": "3"}

Iris = tuple[list[list[float]], list[list[float]]]


def accuracy(predicted: list[float], iris: Iris) -> float:
    labels = [row[0] for row in iris[1]]
    assert len(predicted) == len(labels)
    return sum(one == other for one, other in zip(predicted, labels, strict=True)) / len(labels)


def trained(server: Server, name: str, image: str, channels: dict[str, str], **values: str) -> dict[str, Any]:
    job = server.train(name, image, hyperparameters=values, channels=channels)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    server.create_model(name, image, job["ModelArtifacts"]["S3ModelArtifacts"])
    return job


def predictions(server: Server, name: str, model: str, uri: str, **more: Any) -> str:
    job = server.transform(name, model, uri, **more)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    return server.get(f"{name}/test.csv.out")


def metrics(job: dict[str, Any]) -> dict[str, float]:
    return {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}


@pytest.fixture(scope="module")
def knn(server: Server, iris_uri: dict[str, str]) -> dict[str, Any]:
    """The training job of a model that is called `knn` too."""
    return trained(server, "knn", "knn", {"train": iris_uri["train"], "test": iris_uri["test"]}, **KNN)


def test_knn_classifies_iris(server: Server, knn: dict[str, Any], iris: Iris, iris_uri: dict[str, str]) -> None:
    out = predictions(server, "knn-out", "knn", iris_uri["features"])
    predicted = [item["predicted_label"] for item in json.loads(out)["predictions"]]
    assert accuracy(predicted, iris) >= 0.9
    assert metrics(knn)["test:accuracy"] == pytest.approx(accuracy(predicted, iris))


@pytest.mark.usefixtures("knn")
def test_knn_answers_in_jsonlines_and_csv(server: Server, iris: Iris, iris_uri: dict[str, str]) -> None:
    lines = predictions(server, "knn-lines", "knn", iris_uri["features"], output={"Accept": "application/jsonlines"})
    text = predictions(server, "knn-csv", "knn", iris_uri["features"], output={"Accept": "text/csv"})
    from_lines = [json.loads(line)["predicted_label"] for line in lines.splitlines()]
    assert from_lines == [float(line) for line in text.splitlines()]
    assert accuracy(from_lines, iris) >= 0.9


@pytest.mark.parametrize("metric", ["COSINE", "INNER_PRODUCT"])
def test_knn_honours_the_index_metric(server: Server, metric: str) -> None:
    """(10, 1) points where (1, 0.1) does; (1.5, 1.5) is nearer to (1, 1), (10, 1) gives the largest product."""
    train = server.put(f"metric/{metric}/train.csv", csv_text([(0, 10, 1), (1, 1, 1), (2, 0, -5)]))
    server.put(f"metric/{metric}/test.csv", csv_text([(1.5, 1.5)]))
    values = {**KNN, "k": "1", "feature_dim": "2", "index_metric": metric}
    name = f"metric-{metric.lower().replace('_', '-')}"
    trained(server, name, "knn", {"train": train}, **values)
    out = predictions(server, f"{name}-out", name, f"s3://lab/metric/{metric}/test.csv", output={"Accept": "text/csv"})
    assert float(out) == {"COSINE": 1, "INNER_PRODUCT": 0}[metric]


def test_knn_samples_the_same_rows_every_time(server: Server, iris_uri: dict[str, str]) -> None:
    values = {**KNN, "sample_size": "30"}
    for name in ("sample-1", "sample-2"):
        trained(server, name, "knn", {"train": iris_uri["train"]}, **values)
    first, second = (
        predictions(server, f"{name}-out", name, iris_uri["features"]) for name in ("sample-1", "sample-2")
    )
    assert first == second


def test_linear_learner_classifies_iris(server: Server, iris: Iris, iris_uri: dict[str, str]) -> None:
    channels = {"train": iris_uri["train"], "validation": iris_uri["test"]}
    job = trained(server, "linear", "linear-learner:1", channels, **LINEAR, epochs="3")
    out = predictions(server, "linear-out", "linear", iris_uri["features"])
    answers = json.loads(out)["predictions"]
    assert accuracy([item["predicted_label"] for item in answers], iris) >= 0.9
    assert sum(answers[0]["score"]) == pytest.approx(1)
    assert metrics(job)["validation:multiclass_accuracy"] >= 0.9
    log = server.log("Training", "linear")
    assert any("simulated by scikit-learn" in line for line in log)
    assert any("without effect here: epochs" in line for line in log)


@pytest.mark.parametrize(
    ("kind", "metric", "members"),
    [
        ("binary_classifier", "train:binary_classification_accuracy", {"score", "predicted_label"}),
        ("regressor", "train:rmse", {"score"}),
    ],
)
def test_linear_learner_answers_like_the_real_one(
    server: Server, iris_uri: dict[str, str], kind: str, metric: str, members: set[str]
) -> None:
    name = kind.replace("_", "-")
    job = trained(server, name, "linear-learner", {"train": iris_uri["binary"]}, predictor_type=kind, wd="0.01")
    assert metric in metrics(job)
    out = predictions(server, f"{name}-out", name, iris_uri["features"])
    assert set(json.loads(out)["predictions"][0]) == members


def test_xgboost_classifies_iris(server: Server, iris: Iris, iris_uri: dict[str, str]) -> None:
    channels = {"train": iris_uri["train"], "validation": iris_uri["test"]}
    values = {**BOOST, "eval_metric": "merror,accuracy", "early_stopping_rounds": "10"}
    job = trained(server, "boost", "sagemaker-xgboost:1.7-1", channels, **values)
    out = predictions(server, "boost-out", "boost", iris_uri["features"], output={"AssembleWith": "Line"})
    assert accuracy([float(line) for line in out.splitlines()], iris) >= 0.9
    assert {"train:merror", "validation:merror", "validation:accuracy"} <= set(metrics(job))
    assert any(line.startswith("[0]\ttrain-merror:") for line in server.log("Training", "boost"))


def test_xgboost_gives_a_probability_for_each_class(server: Server, iris_uri: dict[str, str]) -> None:
    trained(server, "soft", "xgboost", {"train": iris_uri["train"]}, **{**BOOST, "objective": "multi:softprob"})
    out = predictions(server, "soft-out", "soft", iris_uri["features"])
    rows = [[float(cell) for cell in line.split(",")] for line in out.splitlines()]
    assert all(len(row) == 3 and sum(row) == pytest.approx(1, abs=1e-5) for row in rows)


def test_xgboost_reads_libsvm(server: Server) -> None:
    uri = server.put("libsvm/train.libsvm", "".join(f"{n % 2} 0:{n % 2} 2:{n}\n" for n in range(20)))
    narrow = server.put("libsvm/validation.libsvm", "0 0:0\n1 0:1\n")
    channels = {"train": uri, "validation": narrow}
    request = training_request("libsvm", "xgboost", hyperparameters={"num_round": "2"}, channels=channels)
    for source in request["InputDataConfig"]:
        source["ContentType"] = "text/libsvm"
    server.sagemaker.create_training_job(**request)
    job = server.await_training("libsvm")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")


def test_xgboost_reads_empty_cells_as_missing(server: Server) -> None:
    uri = server.put("gaps/train.csv", "1,,2\n0,3,\n1,1,1\n0,2,2\n")
    server.put("gaps/test.csv", ",2\n3,\n")
    trained(server, "gaps", "xgboost", {"train": uri}, num_round="1", objective="reg:squarederror")
    out = predictions(server, "gaps-out", "gaps", "s3://lab/gaps/test.csv")
    assert len([float(line) for line in out.splitlines()]) == 2


FAULTS = [
    ("knn", {**KNN, "k": "many"}, "The value 'many' is not valid for the 'k' hyperparameter which expects an integer"),
    ("knn", {**KNN, "predictor_type": "guess"}, "expects one of the following: 'classifier', 'regressor'"),
    ("knn", {**KNN, "kernel": "x"}, "Additional hyperparameters are not allowed ('kernel' was unexpected)"),
    ("knn", {"k": "3", "feature_dim": "4", "predictor_type": "classifier"}, "'sample_size' is a required"),
    ("knn", {**KNN, "feature_dim": "9"}, "has 4 features, but feature_dim is 9"),
    ("knn", {**KNN, "k": "300"}, "there are only 105 points"),
    ("knn", {**KNN, "dimension_reduction_type": "fjlt"}, "fjlt is not simulated locally"),
    ("linear-learner", {"predictor_type": "binary_classifier"}, "needs the labels 0 to 1"),
    ("linear-learner", {"predictor_type": "multiclass_classifier"}, "'num_classes' is a required hyperparameter"),
    ("linear-learner", {"predictor_type": "regressor", "loss": "huber_loss"}, "huber_loss is not simulated locally"),
    ("xgboost", {"objective": "reg:squarederror"}, "'num_round' is a required hyperparameter"),
    ("xgboost", {"num_round": "2", "tree": "oak"}, "Extraneous hyperparameter found: tree"),
    ("xgboost", {"num_round": "2", "objective": "multi:softmax"}, "Require input for parameter 'num_class'"),
    ("xgboost", {"num_round": "2", "objective": "binary:logistic"}, "XGB train call failed with exception"),
]


def test_wrong_hyperparameters_are_the_clients_fault(server: Server, iris_uri: dict[str, str]) -> None:
    for number, (image, values, _) in enumerate(FAULTS):
        request = training_request(
            f"fault-{number}", image, hyperparameters=values, channels={"train": iris_uri["train"]}
        )
        server.sagemaker.create_training_job(**request)
    for number, (_, _, reason) in enumerate(FAULTS):
        job = server.await_training(f"fault-{number}")
        assert job["TrainingJobStatus"] == "Failed"
        assert job["FailureReason"].startswith("ClientError: ")
        assert job["FailureReason"].endswith(", exit code: 2")
        assert reason in job["FailureReason"]


DATA_FAULTS = [
    ("a,b\n1,2\n", "'a' in row 1, column 1 is not a number (SageMaker's algorithms want no header)"),
    ("1,2,3\n1,2\n", "row 2 has 2 columns, the rows before it have 3"),
    ("1,2\n1,nan\n", "a missing or infinite value in row 2, column 2"),
    ("\n", "there are no rows"),
]


def test_unreadable_data_is_the_clients_fault(server: Server) -> None:
    values = {**KNN, "feature_dim": "1", "k": "1"}
    for number, (text, _) in enumerate(DATA_FAULTS):
        uri = server.put(f"bad/{number}.csv", text)
        server.sagemaker.create_training_job(
            **training_request(f"data-{number}", "knn", hyperparameters=values, channels={"train": uri})
        )
    for number, (_, reason) in enumerate(DATA_FAULTS):
        job = server.await_training(f"data-{number}")
        assert job["FailureReason"].startswith(f"ClientError: Unable to read data channel 'train'. File {number}.csv")
        assert reason in job["FailureReason"]


def test_a_channel_without_content_type_says_what_to_set(server: Server, iris_uri: dict[str, str]) -> None:
    request = training_request("untyped", "knn", hyperparameters=KNN, channels={"train": iris_uri["train"]})
    del request["InputDataConfig"][0]["ContentType"]
    server.sagemaker.create_training_job(**request)
    assert "Set the channel's ContentType to text/csv" in server.await_training("untyped")["FailureReason"]


REFUSED_INPUT = [
    ({"ContentType": "image/png"}, "415: content type 'image/png' is not supported"),
    ({"ContentType": "text/csv"}, "400: unable to evaluate payload provided: the payload has 5 features"),
]


@pytest.mark.usefixtures("knn")
def test_input_that_the_model_cannot_read_fails_the_transform(server: Server, iris_uri: dict[str, str]) -> None:
    for number, (source, reason) in enumerate(REFUSED_INPUT):
        job = server.transform(f"strict-{number}", "knn", iris_uri["test"], source=source)
        assert job["TransformJobStatus"] == "Failed"
        assert job["FailureReason"].startswith("ClientError: ")
        assert reason in job["FailureReason"]
        assert server.keys(f"strict-{number}/") == []


def test_an_artifact_of_another_algorithm_fails_the_transform(server: Server, iris_uri: dict[str, str]) -> None:
    job = server.train("other", "xgboost", hyperparameters=BOOST, channels={"train": iris_uri["train"]})
    server.create_model("other", "knn", job["ModelArtifacts"]["S3ModelArtifacts"])
    reason = server.transform("other-out", "other", iris_uri["features"])["FailureReason"]
    assert "the model artifact has no file model_algo-1" in reason
