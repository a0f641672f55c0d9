"""Principal component analysis, by numpy and scikit-learn: `python -m mlpipelines.local.algorithms.pca train|serve`.

`regular` is exact; `randomized` is scikit-learn's randomized singular value decomposition.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.contract import MODEL, ClientError, channels, hyperparameters, model_directory, run
from mlpipelines.local.algorithms.hyperparameters import Rule, read
from mlpipelines.local.algorithms.serving import WRITERS, Prediction, serve, write_json
from mlpipelines.local.algorithms.tables import Array, check_width, read_features

SEED = 0
#: What `extra_components` is at the least when it is not given; AWS takes the larger of 10 and num_components.
EXTRA = 10
RULES = {
    "feature_dim": Rule(int, required=True, low=1),
    "mini_batch_size": Rule(int, required=True, low=1),
    "num_components": Rule(int, required=True, low=1),
    "algorithm_mode": Rule(choices=("regular", "randomized"), default="regular"),
    "extra_components": Rule(int, low=-1, default=-1),
    "subtract_mean": Rule(bool, choices=("true", "false"), default=True),
}


def train() -> None:
    values = read(hyperparameters(), RULES)
    width, wanted = values["feature_dim"], values["num_components"]
    if wanted > width:
        raise ClientError(f"num_components is {wanted}, but must not be greater than feature_dim ({width})")
    rows = read_features("train", width)
    if wanted > len(rows):
        raise ClientError(f"num_components is {wanted}, but there are only {len(rows)} rows in the channel 'train'")
    mean = rows.mean(axis=0) if values["subtract_mean"] else np.zeros(width)
    strengths, directions = _decompose(rows - mean, values)
    # The weakest of the chosen components comes first, as in the answers of SageMaker's own.
    with (model_directory() / MODEL).open("wb") as file:
        np.savez(file, mean=mean, singular_values=strengths[::-1], components=directions[::-1])
    kept = float((strengths**2).sum() / max(((rows - mean) ** 2).sum(), 1e-300))
    print(f"simulated: {wanted} components of {len(rows)} rows keep {kept:.4f} of their variance", flush=True)
    if "test" in channels():
        read_features("test", width)
        print("simulated: the channel 'test' is read, but not scored")


def predictor() -> None:
    path = model_directory() / MODEL
    if not path.is_file():
        raise ClientError(f"the model artifact has no file {MODEL}: it was not trained by this algorithm")
    with np.load(path, allow_pickle=False) as saved:
        if "components" not in saved:
            raise ClientError(f"the file {MODEL} of the model artifact was not written by this algorithm")
        mean, components = saved["mean"], saved["components"]

    def predict(rows: Array) -> Sequence[Prediction]:
        check_width(rows, len(mean), "the payload")
        # Not by @: that rounds a row differently with other rows beside it.
        projected = np.einsum("ij,kj->ik", rows - mean, components)
        return [{"projection": row} for row in projected.tolist()]

    serve(predict, writers={**WRITERS, "application/json": partial(write_json, member="projections")})


def _decompose(rows: Array, values: dict[str, Any]) -> tuple[Array, Array]:
    """Singular values and right singular vectors (as rows), the strongest first."""
    wanted = values["num_components"]
    if values["algorithm_mode"] == "regular":
        # Of the matrix of products, which stays small however many rows there are.
        squares, vectors = np.linalg.eigh(rows.T @ rows)
        strengths, directions = np.sqrt(np.maximum(squares[::-1], 0)), vectors.T[::-1]
    else:
        from sklearn.utils.extmath import randomized_svd

        extra = values["extra_components"] if values["extra_components"] >= 0 else max(EXTRA, wanted)
        _, strengths, directions = randomized_svd(rows, wanted, n_oversamples=extra, random_state=SEED)
    strengths, directions = strengths[:wanted], directions[:wanted]
    # The sign of a direction is anybody's choice: its largest part is positive.
    largest = np.abs(directions).argmax(axis=1)
    return strengths, directions * np.sign(directions[np.arange(wanted), largest])[:, None]


if __name__ == "__main__":
    run({"train": train, "serve": predictor})
