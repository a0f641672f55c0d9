"""K-means, simulated by scikit-learn: `python -m mlpipelines.local.algorithms.kmeans train|serve`.

SageMaker's own reads the data in mini-batches, keeps more centers than wanted, and clusters those by Lloyd's algorithm
in the end; here Lloyd's algorithm gets all of the data. So hyperparameters of the first part have no effect, which the
job's log says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.contract import (
    MODEL,
    ClientError,
    channels,
    hyperparameters,
    model_directory,
    report,
    run,
)
from mlpipelines.local.algorithms.hyperparameters import Rule, read, read_list
from mlpipelines.local.algorithms.serving import Prediction, serve
from mlpipelines.local.algorithms.tables import Array, check_width, read_features

SEED = 0
#: What `local_lloyd_num_trials: auto` means here.
TRIALS = 10
#: Rows whose distances to all centers are held in memory at once.
CHUNK = 100_000
AUTO = ("auto",)
METRICS = ("msd", "ssd")
HONOURED = {
    "feature_dim": Rule(int, required=True, low=1),
    "k": Rule(int, required=True, low=1),
    "eval_metrics": Rule(default='["msd"]'),
    "local_lloyd_init_method": Rule(choices=("random", "kmeans++"), default="kmeans++"),
    "local_lloyd_max_iter": Rule(int, low=1, default=300),
    "local_lloyd_num_trials": Rule(int, low=1, also=AUTO, default="auto"),
    "local_lloyd_tol": Rule(float, low=0, high=1, default=0.0001),
}
WITHOUT_EFFECT = {
    "epochs": Rule(int, low=1),
    "extra_center_factor": Rule(int, low=1, also=AUTO),
    "half_life_time_size": Rule(int, low=0),
    "init_method": Rule(choices=("random", "kmeans++")),
    "mini_batch_size": Rule(int, low=1),
}


def train() -> None:
    given = hyperparameters()
    values = read(given, {**HONOURED, **WITHOUT_EFFECT})
    wanted = read_list("eval_metrics", values["eval_metrics"], METRICS)
    rows = read_features("train", values["feature_dim"])
    if values["k"] > len(rows):
        raise ClientError(f"k is {values['k']}, but there are only {len(rows)} points in the channel 'train'")
    centers = _centers(rows, values)
    with (model_directory() / MODEL).open("wb") as file:
        np.savez(file, centers=centers)
    print(f"simulated by scikit-learn: {len(centers)} clusters of {len(rows)} points")
    if idle := sorted(set(given) & set(WITHOUT_EFFECT)):
        print(f"simulated: without effect here: {', '.join(idle)}")
    _measure("train", rows, centers, wanted)
    if "test" in channels():
        _measure("test", read_features("test", values["feature_dim"]), centers, wanted)


def predictor() -> None:
    path = model_directory() / MODEL
    if not path.is_file():
        raise ClientError(f"the model artifact has no file {MODEL}: it was not trained by this algorithm")
    with np.load(path, allow_pickle=False) as saved:
        if "centers" not in saved:
            raise ClientError(f"the file {MODEL} of the model artifact was not written by this algorithm")
        centers = saved["centers"]

    def predict(rows: Array) -> Sequence[Prediction]:
        check_width(rows, centers.shape[1], "the payload")
        clusters, distances = nearest(rows, centers)
        return [
            {"closest_cluster": float(cluster), "distance_to_cluster": distance}
            for cluster, distance in zip(clusters.tolist(), distances.tolist(), strict=True)
        ]

    serve(predict)


def nearest(rows: Array, centers: Array) -> tuple[Array, Array]:
    """The number of each row's closest center, and its Euclidean distance."""
    clusters, distances = np.empty(len(rows), dtype=int), np.empty(len(rows))
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        # Not by the squares of sums: that is faster, and wrong where a point lies on its center.
        squares = np.stack([((rows[part] - center) ** 2).sum(axis=1) for center in centers])
        clusters[part] = squares.argmin(axis=0)
        distances[part] = np.sqrt(squares.min(axis=0))
    return clusters, distances


def _centers(rows: Array, values: dict[str, Any]) -> Array:
    from sklearn.cluster import KMeans

    trials = TRIALS if values["local_lloyd_num_trials"] == "auto" else values["local_lloyd_num_trials"]
    fitted = KMeans(
        values["k"],
        init=values["local_lloyd_init_method"].replace("kmeans", "k-means"),
        n_init=trials,
        max_iter=values["local_lloyd_max_iter"],
        tol=values["local_lloyd_tol"],
        random_state=SEED,
    ).fit(rows)
    centers: Array = fitted.cluster_centers_
    return centers


def _measure(channel: str, rows: Array, centers: Array, wanted: Sequence[str]) -> None:
    _, distances = nearest(rows, centers)
    squares = distances**2
    found = {"msd": float(squares.mean()), "ssd": float(squares.sum())}
    report(channel, {name: found[name] for name in wanted})


if __name__ == "__main__":
    run({"train": train, "serve": predictor})
