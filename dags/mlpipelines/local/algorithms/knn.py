"""k-nearest neighbours as SageMaker's built-in: `python -m mlpipelines.local.algorithms.knn train|serve`.

The neighbours are scikit-learn's and exact: so are the indexes that are approximate in faiss (IVFFlat, IVFPQ).
"""

from __future__ import annotations

from collections import Counter
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
from mlpipelines.local.algorithms.hyperparameters import Rule, read
from mlpipelines.local.algorithms.serving import Prediction, serve
from mlpipelines.local.algorithms.tables import Array, Table, check_width, read_channel

SEED = 0
RULES = {
    "feature_dim": Rule(int, required=True, low=1),
    "k": Rule(int, required=True, low=1),
    "predictor_type": Rule(required=True, choices=("classifier", "regressor")),
    "sample_size": Rule(int, required=True, low=1),
    "dimension_reduction_type": Rule(choices=("sign", "fjlt")),
    "dimension_reduction_target": Rule(int, low=1),
    "index_metric": Rule(default="L2", choices=("L2", "INNER_PRODUCT", "COSINE")),
    "index_type": Rule(default="faiss.Flat", choices=("faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ")),
    "faiss_index_ivf_nlists": Rule(int, low=1, also=("auto",)),
    "faiss_index_pq_m": Rule(int, low=1),
    "mini_batch_size": Rule(int, low=1, default=5000),
}


class Neighbours:
    """The index: rows, their labels, and how to compare with them."""

    def __init__(
        self, features: Array, labels: Array, k: int, classifier: bool, metric: str, projection: Array
    ) -> None:
        self.k, self.classifier, self.metric, self.projection = k, classifier, metric, projection
        self.features, self.labels = features, labels
        self._index: Any = None

    @property
    def width(self) -> int:
        return int(self.projection.shape[0] if self.projection.size else self.features.shape[1])

    def predict(self, rows: Array) -> Array:
        from sklearn.neighbors import NearestNeighbors  # here: its import takes a second, and training needs none

        if self._index is None:
            indexed = _as_l2(self._project(self.features), self.metric, True)
            self._index = NearestNeighbors(n_neighbors=self.k).fit(indexed)
        near = self._index.kneighbors(_as_l2(self._project(rows), self.metric, False), return_distance=False)
        labels = self.labels[near]
        return _majority(labels) if self.classifier else labels.mean(axis=1)

    def save(self) -> None:
        with (model_directory() / MODEL).open("wb") as file:
            np.savez(
                file,
                features=self.features,
                labels=self.labels,
                projection=self.projection,
                k=self.k,
                classifier=self.classifier,
                metric=self.metric,
            )

    @classmethod
    def load(cls) -> Neighbours:
        path = model_directory() / MODEL
        if not path.is_file():
            raise ClientError(f"the model artifact has no file {MODEL}: it was not trained by this algorithm")
        with np.load(path, allow_pickle=False) as saved:
            return cls(
                saved["features"],
                saved["labels"],
                int(saved["k"]),
                bool(saved["classifier"]),
                str(saved["metric"]),
                saved["projection"],
            )

    def _project(self, rows: Array) -> Array:
        return rows @ self.projection if self.projection.size else rows


def train() -> None:
    values = read(hyperparameters(), RULES)
    _check(values)
    table = read_channel("train")
    check_width(table.features, values["feature_dim"], "The channel 'train'")
    size = min(values["sample_size"], len(table.labels))
    if values["k"] > size:
        raise ClientError(f"k is {values['k']}, but there are only {size} points (sample_size, rows of 'train')")
    # Ascending: ties between equally near points go by the order of the rows, whether or not all are sampled.
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(table.labels))[:size])
    model = Neighbours(
        table.features[chosen],
        table.labels[chosen],
        values["k"],
        values["predictor_type"] == "classifier",
        values["index_metric"],
        _projection(values),
    )
    model.save()
    print(f"simulated by scikit-learn: index of {size} of {len(table.labels)} points, k={model.k}, {model.metric}")
    if values["index_type"] != "faiss.Flat":
        print(f"simulated: the index is exact, not {values['index_type']}")
    if "test" in channels():
        _test(model, read_channel("test"))


def predictor() -> None:
    model = Neighbours.load()

    def predict(rows: Array) -> Sequence[Prediction]:
        check_width(rows, model.width, "the payload")
        return [{"predicted_label": float(label)} for label in model.predict(rows)]

    predict(np.zeros((1, model.width)))  # loads scikit-learn before the first request
    serve(predict)


def _check(values: dict[str, Any]) -> None:
    kind, target = values["dimension_reduction_type"], values["dimension_reduction_target"]
    if kind == "fjlt":
        raise ClientError("dimension_reduction_type fjlt is not simulated locally; sign is, or leave it out")
    if kind and not target:
        raise ClientError("'dimension_reduction_target' is a required hyperparameter with dimension_reduction_type")
    if kind and target >= values["feature_dim"]:
        raise ClientError(f"dimension_reduction_target is {target}, but must be less than feature_dim")
    if values["index_type"] == "faiss.IVFPQ" and values["index_metric"] != "L2":
        raise ClientError("index_type faiss.IVFPQ works with index_metric L2 only")


def _projection(values: dict[str, Any]) -> Array:
    """Random signs, scaled so that lengths are kept on average; nothing when there is no reduction."""
    if not values["dimension_reduction_type"]:
        return np.empty((0, 0))
    shape = (values["feature_dim"], values["dimension_reduction_target"])
    signs: Array = np.random.default_rng(SEED).choice([-1.0, 1.0], shape) / np.sqrt(shape[1])
    return signs


def _test(model: Neighbours, table: Table) -> None:
    check_width(table.features, model.width, "The channel 'test'")
    predicted = model.predict(table.features)
    if model.classifier:
        report("test", {"accuracy": float((predicted == table.labels).mean())})
    else:
        report("test", {"mse": float(((predicted - table.labels) ** 2).mean())})


def _as_l2(rows: Array, metric: str, index: bool) -> Array:
    """Rows whose Euclidean order is the order by `metric`, so that one exact search does for all three."""
    if metric == "COSINE":
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Array = rows / np.where(lengths == 0, 1, lengths)
        return unit
    if metric == "INNER_PRODUCT":
        # One more column that makes all points of the index equally long: then near means a large product.
        squares = (rows**2).sum(axis=1, keepdims=True)
        extra = np.sqrt(squares.max() - squares) if index else np.zeros((len(rows), 1))
        longer: Array = np.hstack([rows, extra])
        return longer
    return rows


def _majority(labels: Array) -> Array:
    """The most frequent label of each row; the nearest one decides a tie."""
    return np.array([Counter(row).most_common(1)[0][0] for row in labels.tolist()])


if __name__ == "__main__":
    run({"train": train, "serve": predictor})
