"""Random cut forest: `python -m mlpipelines.local.algorithms.random_cut_forest train|serve`.

The forest is our own after the published algorithm (see cut_forest.py): scores are of the size of SageMaker's and rank
points likewise, but are other numbers. Each tree gets a sample of its own of all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

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
from mlpipelines.local.algorithms.cut_forest import CutForest, grow
from mlpipelines.local.algorithms.hyperparameters import Rule, read, read_list
from mlpipelines.local.algorithms.serving import WRITERS, Prediction, serve, write_json
from mlpipelines.local.algorithms.tables import Array, Table, check_width, read_channel

SEED = 0
#: A score is an anomaly from so many standard deviations above the mean of the training data on.
DEVIATIONS = 3
#: Training rows from which that mean is taken.
REFERENCE = 2000
#: Bytes that the boxes of a forest may take.
MEMORY = 2_000_000_000
METRICS = ("accuracy", "precision_recall_fscore")
RULES = {
    "feature_dim": Rule(int, required=True, low=1, high=10_000),
    "eval_metrics": Rule(default='["accuracy", "precision_recall_fscore"]'),
    "num_samples_per_tree": Rule(int, low=1, high=2048, default=256),
    "num_trees": Rule(int, low=50, high=1000, default=100),
}


def train() -> None:
    values = read(hyperparameters(), RULES)
    wanted = read_list("eval_metrics", values["eval_metrics"], METRICS)
    rows = read_channel("train", label_sizes=(0,)).features
    check_width(rows, values["feature_dim"], "The channel 'train'")
    trees, size = values["num_trees"], min(values["num_samples_per_tree"], len(rows))
    if trees * size * 4 * rows.shape[1] * rows.itemsize > MEMORY:
        raise ClientError("a forest so large is not simulated locally; take fewer trees, samples or features")
    random = np.random.default_rng(SEED)
    samples = np.stack([rows[random.choice(len(rows), size, replace=False)] for _ in range(trees)])
    forest = grow(samples, random)
    with (model_directory() / MODEL).open("wb") as file:
        np.savez(file, **forest.arrays)
    print(f"simulated by our own random cut forest: {trees} trees of {size} of {len(rows)} points", flush=True)
    if "test" in channels():
        reference = forest.scores(rows[random.permutation(len(rows))[:REFERENCE]])
        limit = float(reference.mean() + DEVIATIONS * reference.std())
        table = read_channel("test", label_sizes=(1,))
        check_width(table.features, values["feature_dim"], "The channel 'test'")
        print(f"simulated: anomalies are scores above {limit:.4f}, the mean plus {DEVIATIONS} standard deviations")
        _test(forest, table, limit, wanted)


def predictor() -> None:
    path = model_directory() / MODEL
    if not path.is_file():
        raise ClientError(f"the model artifact has no file {MODEL}: it was not trained by this algorithm")
    with np.load(path, allow_pickle=False) as saved:
        if "cut" not in saved:
            raise ClientError(f"the file {MODEL} of the model artifact was not written by this algorithm")
        forest = CutForest(dict(saved))

    def predict(rows: Array) -> Sequence[Prediction]:
        check_width(rows, forest.width, "the payload")
        return [{"score": score} for score in forest.scores(rows).tolist()]

    serve(predict, writers={**WRITERS, "application/json": partial(write_json, member="scores")})


def _test(forest: CutForest, table: Table, limit: float, wanted: Sequence[str]) -> None:
    wrong = table.labels[~np.isin(table.labels, (0, 1))]
    if wrong.size:
        raise ClientError(f"The channel 'test' has the label {wrong[0]:g}; 1 is an anomaly and 0 is none")
    found, real = forest.scores(table.features) > limit, table.labels == 1
    hits = float((found & real).sum())
    precision, recall = hits / max(1, int(found.sum())), hits / max(1, int(real.sum()))
    if "accuracy" in wanted:
        report("test", {"accuracy": float((found == real).mean())})
    if "precision_recall_fscore" in wanted:
        f1 = 2 * precision * recall / max(precision + recall, 1e-12)
        report("test", {"precision": precision, "recall": recall, "f1": f1})


if __name__ == "__main__":
    run({"train": train, "serve": predictor})
