"""A fitted linear model: its scores and labels as linear learner gives them, and its file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlpipelines.local.algorithms.contract import MODEL, ClientError, model_directory
from mlpipelines.local.algorithms.serving import Prediction
from mlpipelines.local.algorithms.tables import Array, check_width

BINARY, MULTICLASS, REGRESSOR = "binary_classifier", "multiclass_classifier", "regressor"


class Linear:
    """rows @ weights + bias, and what the numbers mean."""

    def __init__(self, kind: str, weights: Array, bias: Array) -> None:
        self.kind, self.weights, self.bias = kind, weights, bias

    @property
    def width(self) -> int:
        return int(self.weights.shape[0])

    def scores(self, rows: Array) -> Array:
        """Values of a regressor, probabilities of class 1, or a row of probabilities of all classes."""
        raw: Array = rows @ self.weights + self.bias
        if self.kind == BINARY:
            raw = 1 / (1 + np.exp(-np.clip(raw, -500, 500)))
        elif self.kind == MULTICLASS:
            raw = np.exp(raw - raw.max(axis=1, keepdims=True))
            raw = raw / raw.sum(axis=1, keepdims=True)
        return raw if self.kind == MULTICLASS else raw[:, 0]

    def labels(self, scores: Array) -> Array:
        labels: Array = (scores.argmax(axis=1) if self.kind == MULTICLASS else scores >= 0.5).astype(float)
        return labels

    def predictions(self, rows: Array) -> Sequence[Prediction]:
        check_width(rows, self.width, "the payload")
        scores = self.scores(rows)
        if self.kind == REGRESSOR:
            return [{"score": score} for score in scores.tolist()]
        labels = self.labels(scores)
        return [
            {"score": score, "predicted_label": label}
            for score, label in zip(scores.tolist(), labels.tolist(), strict=True)
        ]

    def save(self) -> None:
        with (model_directory() / MODEL).open("wb") as file:
            np.savez(file, kind=self.kind, weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls) -> Linear:
        path = model_directory() / MODEL
        if not path.is_file():
            raise ClientError(f"the model artifact has no file {MODEL}: it was not trained by this algorithm")
        with np.load(path, allow_pickle=False) as saved:
            return cls(str(saved["kind"]), saved["weights"], saved["bias"])


def all_classes(seen: Array, classes: int, weights: Array, bias: Array) -> tuple[Array, Array]:
    """Columns for classes without a row too (never predicted); of two classes scikit-learn gives one column."""
    if weights.shape[1] == 1:
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    full, offsets = np.zeros((weights.shape[0], classes)), np.full(classes, -1e30)
    full[:, seen], offsets[seen] = weights, bias
    return full, offsets
