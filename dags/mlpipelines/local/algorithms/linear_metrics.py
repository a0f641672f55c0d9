"""The metrics that SageMaker's linear learner publishes, of a fitted model and labelled rows."""

from __future__ import annotations

import numpy as np

from mlpipelines.local.algorithms.linear_model import BINARY, REGRESSOR, Linear
from mlpipelines.local.algorithms.tables import Array, Table


def linear_metrics(model: Linear, table: Table, beta: float, top: int) -> dict[str, float]:
    """`beta` weighs recall in F scores, `top` is the k of top-k accuracy."""
    scores = model.scores(table.features)
    if model.kind == REGRESSOR:
        return _of_values(scores - table.labels)
    if model.kind == BINARY:
        return _of_two_classes(scores, table.labels, model.labels(scores), beta)
    return _of_classes(scores, table.labels.astype(int), beta, top)


def _of_values(errors: Array) -> dict[str, float]:
    mse = float((errors**2).mean())
    return {"mse": mse, "rmse": mse**0.5, "absolute_loss": float(np.abs(errors).mean()), "objective_loss": mse}


def _of_two_classes(scores: Array, labels: Array, predicted: Array, beta: float) -> dict[str, float]:
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

    precision, recall, f_beta, _ = precision_recall_fscore_support(
        labels, predicted, beta=beta, average="binary", zero_division=0
    )
    found = {
        "binary_classification_accuracy": float((predicted == labels).mean()),
        "precision": float(precision),
        "recall": float(recall),
        "binary_f_beta": float(f_beta),
        "objective_loss": _log_loss(np.where(labels == 1, scores, 1 - scores)),
    }
    if len(np.unique(labels)) == 2:  # of one class alone there is no curve
        found["roc_auc_score"] = float(roc_auc_score(labels, scores))
    return found


def _of_classes(scores: Array, labels: Array, beta: float, top: int) -> dict[str, float]:
    from sklearn.metrics import precision_recall_fscore_support

    predicted, own = scores.argmax(axis=1), scores[np.arange(len(labels)), labels]
    # 1 for a row whose true class has the highest score of all.
    rank = 1 + (scores > own[:, None]).sum(axis=1)
    precision, recall, f_beta, _ = precision_recall_fscore_support(
        labels, predicted, beta=beta, average="macro", zero_division=0
    )
    return {
        "multiclass_accuracy": float((predicted == labels).mean()),
        "multiclass_top_k_accuracy": float((rank <= top).mean()),
        "dcg": float((1 / np.log2(1 + rank)).mean()),
        "macro_precision": float(precision),
        "macro_recall": float(recall),
        "macro_f_beta": float(f_beta),
        "objective_loss": _log_loss(own),
    }


def _log_loss(probabilities: Array) -> float:
    return float(-np.log(np.clip(probabilities, 1e-15, 1)).mean())
