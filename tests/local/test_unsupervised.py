"""Algorithms that need no labels: they find what is there, answer in AWS's shapes, and refuse what AWS refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.local.support import Server, channel, csv_text, training_request

UNLABELLED = "text/csv;label_size=0"
GENERATOR = np.random.default_rng(5)
#: Three heaps of points around (0, 0), (10, 0) and (0, 10).
HEAPS = np.concatenate([GENERATOR.normal(size=(60, 2)) + center for center in ([0, 0], [10, 0], [0, 10])])
#: A line in three dimensions, with a little noise, away from the origin.
LINE = GENERATOR.normal(size=(80, 1)) * [[3.0, 4.0, 0.0]] + GENERATOR.normal(size=(80, 3)) * 0.01 + [[5.0, 0.0, 1.0]]
KMEANS = {"k": "3", "feature_dim": "2"}
PCA = {"num_components": "2", "feature_dim": "3", "mini_batch_size": "50"}
FOREST = {"feature_dim": "2", "num_trees": "50"}


def train(
    server: Server,
    name: str,
    image: str,
    data: dict[str, Any],
    values: dict[str, str],
    kinds: dict[str, str] | None = None,
) -> dict[str, Any]:
    """`data` are the rows of each channel, `kinds` content types other than that of rows without label."""
    sources = [
        channel(key, server.put(f"{name}/{key}.csv", csv_text(rows.tolist())), (kinds or {}).get(key, UNLABELLED))
        for key, rows in data.items()
    ]
    request = training_request(name, image, hyperparameters=values, InputDataConfig=sources)
    server.sagemaker.create_training_job(**request)
    return server.await_training(name)


def model(server: Server, name: str, image: str, *arguments: Any) -> dict[str, float]:
    """Trains a model of the same name; the final metrics."""
    job = train(server, name, image, *arguments)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    server.create_model(name, image, job["ModelArtifacts"]["S3ModelArtifacts"])
    return {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}


def answer(server: Server, name: str, rows: Any, accept: str = "application/json") -> str:
    server.put(f"{name}/in/rows.csv", csv_text(rows))
    out = f"{name}-{accept.rpartition('/')[2]}"
    job = server.transform(out, name, f"s3://lab/{name}/in/", output={"Accept": accept})
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    return server.get(f"{out}/rows.csv.out")


def test_kmeans_finds_heaps(server: Server) -> None:
    data = {"train": HEAPS, "test": HEAPS[::2]}
    values = {**KMEANS, "eval_metrics": '["msd", "ssd"]', "epochs": "3"}
    metrics = model(server, "heaps", "kmeans:1", data, values)
    assert 1 < metrics["test:msd"] < 3
    assert metrics["test:ssd"] == pytest.approx(metrics["test:msd"] * 90)
    assert {"train:msd", "train:ssd"} <= set(metrics)
    corners = [[0, 0], [10, 0], [0, 10], [0, 13]]
    predictions = json.loads(answer(server, "heaps", corners))["predictions"]
    assert set(predictions[0]) == {"closest_cluster", "distance_to_cluster"}
    clusters = [item["closest_cluster"] for item in predictions]
    assert len(set(clusters[:3])) == 3
    assert clusters[2] == clusters[3]
    assert all(item["distance_to_cluster"] < 0.5 for item in predictions[:3])
    assert predictions[3]["distance_to_cluster"] == pytest.approx(3, abs=0.5)
    lines = [line.split(",") for line in answer(server, "heaps", corners, "text/csv").splitlines()]
    assert [(float(cluster), float(distance)) for cluster, distance in lines] == [
        (item["closest_cluster"], item["distance_to_cluster"]) for item in predictions
    ]
    assert "simulated: without effect here: epochs" in server.log("Training", "heaps")


def test_a_first_column_is_the_label_unless_said_otherwise(server: Server) -> None:
    labelled = np.column_stack([np.full(len(HEAPS), 7), HEAPS])
    assert "train:msd" in model(server, "labelled", "kmeans", {"train": labelled}, KMEANS, {"train": "text/csv"})
    job = train(server, "forgotten", "kmeans", {"train": HEAPS}, KMEANS, {"train": "text/csv"})
    assert "Data without labels has the ContentType text/csv;label_size=0" in job["FailureReason"]


@pytest.mark.parametrize("mode", ["regular", "randomized"])
def test_pca_finds_the_line(server: Server, mode: str) -> None:
    model(server, f"line-{mode}", "pca:1", {"train": LINE, "test": LINE}, {**PCA, "algorithm_mode": mode})
    middle = LINE.mean(axis=0)
    rows = [middle.tolist(), (middle + np.array([3, 4, 0])).tolist()]
    projections = json.loads(answer(server, f"line-{mode}", rows))["projections"]
    assert projections[0]["projection"] == pytest.approx([0, 0], abs=1e-6)
    # The strongest component is the last one, as in the answers of SageMaker's own.
    assert projections[1]["projection"] == pytest.approx([0, 5], abs=0.05)
    line = json.loads(answer(server, f"line-{mode}", rows[1:], "application/jsonlines"))
    assert line == projections[1]


def test_pca_can_leave_the_mean_where_it_is(server: Server) -> None:
    values = {**PCA, "num_components": "3", "subtract_mean": "false"}
    model(server, "uncentered", "pca", {"train": LINE}, values)
    projection = json.loads(answer(server, "uncentered", [[1, 2, 3]]))["projections"][0]["projection"]
    assert np.linalg.norm(projection) == pytest.approx(14**0.5)


@pytest.mark.parametrize("image", ["randomcutforest:1", "random-cut-forest"])
def test_a_forest_tells_outliers(server: Server, image: str) -> None:
    name = image.partition(":")[0]
    heap, outliers = HEAPS[:60], np.array([[9.0, 9.0], [-8.0, 3.0], [20.0, -20.0]])
    test = np.column_stack([[0] * 30 + [1] * 3, np.concatenate([heap[:30], outliers])])
    metrics = model(server, name, image, {"train": heap, "test": test}, FOREST, {"test": "text/csv;label_size=1"})
    assert set(metrics) == {"test:accuracy", "test:precision", "test:recall", "test:f1"}
    assert metrics["test:recall"] == 1
    assert metrics["test:f1"] >= 0.75
    scores = [item["score"] for item in json.loads(answer(server, name, [[0, 0], [4, 4], [20, 20]]))["scores"]]
    assert 0 < scores[0] < 1 < scores[1] < scores[2]
    lines = answer(server, name, [[0, 0], [4, 4], [20, 20]], "application/jsonlines").splitlines()
    assert [json.loads(line) for line in lines] == [{"score": score} for score in scores]
    log = server.log("Training", name)
    assert any(line.startswith("simulated by our own random cut forest: 50 trees of 60 of 60 points") for line in log)


FAULTS = [
    ("kmeans", {**KMEANS, "k": "500"}, "k is 500, but there are only 180 points"),
    ("kmeans", {"k": "3"}, "'feature_dim' is a required hyperparameter"),
    ("kmeans", {**KMEANS, "feature_dim": "5"}, "has 2 features, but feature_dim is 5"),
    ("kmeans", {**KMEANS, "eval_metrics": '["mse"]'}, "The value 'mse' is not valid for the 'eval_metrics'"),
    ("kmeans", {**KMEANS, "n_init": "3"}, "Additional hyperparameters are not allowed ('n_init' was unexpected)"),
    ("pca", {"num_components": "2", "feature_dim": "2"}, "'mini_batch_size' is a required hyperparameter"),
    ("pca", {**PCA, "feature_dim": "2", "num_components": "3"}, "must not be greater than feature_dim (2)"),
    ("pca", {**PCA, "feature_dim": "2", "algorithm_mode": "exact"}, "one of the following: 'regular', 'randomized'"),
    ("randomcutforest", {**FOREST, "num_trees": "10"}, "The value '10' is not valid for the 'num_trees'"),
    ("randomcutforest", {**FOREST, "num_samples_per_tree": "4096"}, "it must be at most 2048"),
]


def test_wrong_hyperparameters_are_the_clients_fault(server: Server) -> None:
    source = channel("train", server.put("faults/train.csv", csv_text(HEAPS.tolist())), UNLABELLED)
    for number, (image, values, _) in enumerate(FAULTS):
        request = training_request(f"unfit-{number}", image, hyperparameters=values, InputDataConfig=[source])
        server.sagemaker.create_training_job(**request)
    for number, (_, _, reason) in enumerate(FAULTS):
        job = server.await_training(f"unfit-{number}")
        assert job["FailureReason"].startswith("ClientError: ")
        assert reason in job["FailureReason"]


def test_a_forest_wants_no_labels_to_train_and_some_to_test(server: Server) -> None:
    for number, (data, kinds, reason) in enumerate(
        [
            ({"train": HEAPS}, {"train": "text/csv"}, "the algorithm needs text/csv;label_size=0 here"),
            ({"train": HEAPS, "test": HEAPS}, {}, "the algorithm needs text/csv;label_size=1 here"),
        ]
    ):
        job = train(server, f"labels-{number}", "randomcutforest", data, FOREST, kinds)
        assert reason in job["FailureReason"]


def test_an_artifact_of_another_algorithm_fails_the_transform(server: Server) -> None:
    job = train(server, "mixed-up", "kmeans", {"train": HEAPS}, KMEANS)
    for image in ("pca", "randomcutforest"):
        server.create_model(f"mixed-{image}", image, job["ModelArtifacts"]["S3ModelArtifacts"])
        reason = server.transform(f"mixed-{image}-out", f"mixed-{image}", "s3://lab/mixed-up/")["FailureReason"]
        assert "was not written by this algorithm" in reason
