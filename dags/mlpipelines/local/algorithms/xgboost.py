"""XGBoost by the real library: `python -m mlpipelines.local.algorithms.xgboost train|serve`.

Hyperparameters, channels, log format and outputs are those of SageMaker's container in algorithm mode. Its input is
text/csv or, the container's default, text/libsvm. Run it with -m: as a script it would hide the library of its name.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.contract import ClientError, channels, hyperparameters, model_directory, run
from mlpipelines.local.algorithms.serving import Prediction, Read, serve, write_json, write_jsonlines
from mlpipelines.local.algorithms.tables import Array
from mlpipelines.local.algorithms.xgboost_data import read_csv, read_libsvm, read_matrix
from mlpipelines.local.algorithms.xgboost_parameters import (
    CONTAINER_METRICS,
    MAXIMIZED,
    PARAMETERS,
    metric_names,
    read_parameters,
)

MODEL_FILE = "xgboost-model"


def train() -> None:
    import xgboost

    values = read_parameters(hyperparameters())
    weights = values["csv_weights"] == "1"
    data = {"train": read_matrix("train", weights)}
    if "validation" in channels():
        data["validation"] = read_matrix("validation", weights, data["train"].num_col())
    native, container = metric_names(values)
    parameters = {name: values[name] for name in PARAMETERS if values[name] is not None}
    if native:
        parameters["eval_metric"] = native
    booster = _boost(parameters, values, data, container)
    booster.save_model(model_directory() / f"{MODEL_FILE}.ubj")
    # The container's file has no suffix, and the library chooses the format by the suffix.
    (model_directory() / f"{MODEL_FILE}.ubj").rename(model_directory() / MODEL_FILE)
    print(f"xgboost {xgboost.__version__}: {booster.num_boosted_rounds()} rounds", flush=True)


def predictor() -> None:
    import xgboost

    path = model_directory() / MODEL_FILE
    if not path.is_file():
        raise ClientError(f"the model artifact has no file {MODEL_FILE}: it was not trained by this algorithm")
    booster = xgboost.Booster()
    booster.load_model(bytearray(path.read_bytes()))

    def predict(rows: Array) -> Sequence[Prediction]:
        if rows.shape[1] != booster.num_features():
            raise ClientError(f"the payload has {rows.shape[1]} features, the model {booster.num_features()}")
        scores = booster.predict(xgboost.DMatrix(rows, feature_names=booster.feature_names))
        return [{"score": score} for score in scores.tolist()]

    readers: dict[str, Read] = {
        "text/csv": read_csv,
        **dict.fromkeys(("text/libsvm", "text/x-libsvm"), partial(read_libsvm, width=booster.num_features())),
    }
    writers = {"text/csv": _write_csv, "application/json": write_json, "application/jsonlines": write_jsonlines}
    serve(predict, readers, writers)


def _boost(parameters: dict[str, Any], values: Mapping[str, Any], data: dict[str, Any], container: list[str]) -> Any:
    import xgboost

    metrics = [*parameters.get("eval_metric", ()), *container]

    callbacks = []
    if values["early_stopping_rounds"]:
        if "validation" not in data:
            raise ClientError("early_stopping_rounds needs a channel 'validation'")
        callbacks.append(
            xgboost.callback.EarlyStopping(
                rounds=values["early_stopping_rounds"],
                data_name="validation",
                metric_name=metrics[-1] if metrics else None,
                maximize=metrics[-1].partition("@")[0] in MAXIMIZED if metrics else None,
                save_best=values["booster"] in (None, "gbtree"),
            )
        )
    measure = partial(_container_metrics, names=container) if container else None
    try:
        return xgboost.train(
            parameters,
            data["train"],
            num_boost_round=values["num_round"],
            evals=[(matrix, name) for name, matrix in data.items()],
            callbacks=callbacks,
            custom_metric=measure,
        )
    except (xgboost.core.XGBoostError, ValueError) as error:
        # What the library refuses is in the data or the hyperparameters; the first line says it, the rest is a stack.
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise ClientError(f"XGB train call failed with exception: {lines[0] if lines else error}") from error


def _container_metrics(scores: Array, matrix: Any, names: list[str]) -> list[tuple[str, float]]:
    from sklearn import metrics

    labels = matrix.get_label()
    predicted = scores.argmax(axis=1) if scores.ndim > 1 else scores
    rounded = np.round(predicted)
    found = []
    for name in names:
        function, keywords = CONTAINER_METRICS[name]
        value = getattr(metrics, function)(labels, predicted if name in ("mse", "r2") else rounded, **keywords)
        found.append((name, float(value)))
    return found


def _write_csv(predictions: Sequence[Prediction]) -> str:
    """One line for each row; the classes of multi:softprob separated by commas."""
    out = io.StringIO()
    for prediction in predictions:
        score = prediction["score"]
        out.write(f"{','.join(map(str, score)) if isinstance(score, list) else score}\n")
    return out.getvalue()


if __name__ == "__main__":
    run({"train": train, "serve": predictor})
