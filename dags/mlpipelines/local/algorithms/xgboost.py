"""XGBoost by the real library: `python -m mlpipelines.local.algorithms.xgboost train|serve`.

Hyperparameters, channels, log format and outputs are those of SageMaker's container in algorithm mode. Its input is
text/csv or, the container's default, text/libsvm.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.contract import (
    ClientError,
    channel_files,
    channels,
    content_type,
    hyperparameters,
    model_directory,
    run,
)
from mlpipelines.local.algorithms.hyperparameters import Rule, read
from mlpipelines.local.algorithms.serving import Prediction, Read, serve, write_json, write_jsonlines
from mlpipelines.local.algorithms.tables import Array, check_finite, join, parse_csv

MODEL_FILE = "xgboost-model"
OBJECTIVES = (
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:absoluteerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
)
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
FRACTION = Rule(float, above=0, high=1)
POSITIVE = Rule(float, low=0)
#: Given to the library as they are.
PARAMETERS = {
    **dict.fromkeys(("subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode"), FRACTION),
    **dict.fromkeys(("gamma", "min_child_weight", "max_delta_step", "lambda", "alpha", "base_score"), POSITIVE),
    **dict.fromkeys(("max_depth", "max_leaves", "max_bin"), Rule(int, low=0)),
    **dict.fromkeys(("nthread", "num_parallel_tree", "max_cached_hist_node"), Rule(int, low=1)),
    **dict.fromkeys(("rate_drop", "skip_drop", "lambda_bias"), Rule(float, low=0, high=1)),
    **dict.fromkeys(("one_drop", "refresh_leaf", "deterministic_histogram"), Rule()),
    **dict.fromkeys(("monotone_constraints", "interaction_constraints", "updater", "process_type"), Rule()),
    **dict.fromkeys(("dsplit", "predictor", "sketch_eps", "single_precision_histogram"), Rule()),
    "booster": Rule(choices=("gbtree", "gblinear", "dart")),
    "eta": Rule(float, low=0, high=1),
    "objective": Rule(choices=OBJECTIVES),
    "num_class": Rule(int, low=2),
    "tree_method": Rule(choices=("auto", "exact", "approx", "hist")),
    "grow_policy": Rule(choices=("depthwise", "lossguide")),
    "sample_type": Rule(choices=("uniform", "weighted")),
    "normalize_type": Rule(choices=("tree", "forest")),
    "scale_pos_weight": Rule(float, above=0),
    "tweedie_variance_power": Rule(float, above=1, below=2),
    "huber_slope": Rule(float),
    "seed": Rule(int),
    "verbosity": Rule(int, low=0, high=3),
    "aft_loss_distribution": Rule(choices=("normal", "logistic", "extreme")),
    "aft_loss_distribution_scale": Rule(float),
}
#: Read by this program.
OWN = {
    "num_round": Rule(int, required=True, low=1),
    "early_stopping_rounds": Rule(int, low=1),
    "eval_metric": Rule(),
    "csv_weights": Rule(choices=("0", "1"), default="0"),
    "save_model_on_termination": Rule(choices=("true", "false")),
}
REFUSED = ("_kfold", "_num_cv_round", "_tuning_objective_metric", "use_dask_gpu_training")
#: Metrics that the container computes itself: the function of sklearn.metrics and its keywords.
CONTAINER_METRICS: dict[str, tuple[str, dict[str, Any]]] = {
    "accuracy": ("accuracy_score", {}),
    "balanced_accuracy": ("balanced_accuracy_score", {}),
    "f1": ("f1_score", {"average": "macro"}),
    "f1_binary": ("f1_score", {"average": "binary"}),
    "f1_macro": ("f1_score", {"average": "macro"}),
    "mse": ("mean_squared_error", {}),
    "r2": ("r2_score", {}),
    "precision": ("precision_score", {"average": "binary"}),
    "precision_macro": ("precision_score", {"average": "macro"}),
    "precision_micro": ("precision_score", {"average": "micro"}),
    "recall": ("recall_score", {"average": "binary"}),
    "recall_macro": ("recall_score", {"average": "macro"}),
    "recall_micro": ("recall_score", {"average": "micro"}),
}
MAXIMIZED = ("auc", "aucpr", "map", "ndcg", *(name for name in CONTAINER_METRICS if name != "mse"))


def train() -> None:
    import xgboost

    values = _hyperparameters()
    weights = values["csv_weights"] == "1"
    names = ["train", *({"validation"} & set(channels()))]
    data = {name: _matrix(name, weights) for name in names}
    native, container = _metrics(values)
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
        "text/csv": _read_csv_payload,
        **dict.fromkeys(("text/libsvm", "text/x-libsvm"), partial(_read_libsvm_payload, width=booster.num_features())),
    }
    writers = {"text/csv": _write_csv, "application/json": write_json, "application/jsonlines": write_jsonlines}
    serve(predict, readers, writers)


def _hyperparameters() -> dict[str, Any]:
    given = {ALIASES.get(name, name): text for name, text in hyperparameters().items()}
    for name in REFUSED:
        if name in given:
            raise ClientError(f"the hyperparameter {name} is not simulated locally")
    if given.get("tree_method") == "gpu_hist":
        raise ClientError("tree_method gpu_hist is not simulated locally; hist gives the same trees on a CPU")
    if extra := sorted(set(given) - set(PARAMETERS) - set(OWN)):
        raise ClientError(f"Extraneous hyperparameter found: {extra[0]}")
    values = read(given, {**PARAMETERS, **OWN})
    if str(values["objective"]).startswith("multi:") and not values["num_class"]:
        raise ClientError(f"Require input for parameter 'num_class' for objective {values['objective']}")
    if values["num_class"] and values["objective"] is None:
        raise ClientError("Require input for parameter 'objective' when 'num_class' is given")
    if values["objective"] == "reg:linear":
        values["objective"] = "reg:squarederror"
    return values


def _metrics(values: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Metrics of the library and those of the container, as they were asked for."""
    text = (values["eval_metric"] or "").strip("[]")
    names = [name.strip(" '\"") for name in text.split(",") if name.strip()]
    own = [name for name in names if name in CONTAINER_METRICS]
    return [name for name in names if name not in own], own


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


def _matrix(channel: str, weighted: bool) -> Any:
    import xgboost

    if channel not in channels():
        raise ClientError(f"Missing required channel: the algorithm needs the channel '{channel}'")
    kind, parameters = content_type(channel, "text/libsvm")
    if kind in ("text/csv", "csv"):
        if parameters.get("label_size", "1") != "1":
            raise ClientError(f"channel '{channel}': content type text/csv needs label_size=1")
        rows = join([_read_csv_file(channel, path) for path in channel_files(channel)], channel)
        first = 2 if weighted else 1
        if rows.shape[1] <= first:
            raise ClientError(f"channel '{channel}' has {rows.shape[1]} columns: a label and features are needed")
        _check_labels(rows[:, 0], channel)
        return xgboost.DMatrix(rows[:, first:], label=rows[:, 0], weight=rows[:, 1] if weighted else None)
    if kind in ("text/libsvm", "text/x-libsvm", "libsvm"):
        return _libsvm_matrix(channel)
    raise ClientError(f"channel '{channel}': content type {kind!r} is not read locally; use text/csv or text/libsvm")


def _read_csv_file(channel: str, path: Any) -> Array:
    """Empty cells are missing values, as the container reads them."""
    try:
        return _read_csv_payload(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ClientError(f"Failed to read csv data of channel '{channel}', file {path.name}: {error}") from None


def _libsvm_matrix(channel: str) -> Any:
    import xgboost
    from sklearn.datasets import load_svmlight_files

    files = channel_files(channel)
    try:
        # One index base for all files: feature 0 counts in the container, so nothing is guessed from the data.
        loaded = load_svmlight_files([str(path) for path in files], zero_based=True)
    except ValueError as error:
        raise ClientError(
            f"Failed to read libsvm data of channel '{channel}': {error}. If the data is CSV, set the channel's "
            "ContentType to text/csv"
        ) from None
    from scipy.sparse import vstack

    return xgboost.DMatrix(vstack(loaded[0::2]).tocsr(), label=np.concatenate(loaded[1::2]))


def _check_labels(labels: Array, channel: str) -> None:
    check_finite(labels[:, None], f"the label column of channel '{channel}'")


def _read_csv_payload(text: str) -> Array:
    if re.search(r"(^|,)[ \t]*(,|$)", text, re.MULTILINE):
        lines = (line for line in text.splitlines() if line.strip())
        text = "\n".join(",".join(cell.strip() or "nan" for cell in line.split(",")) for line in lines)
    return parse_csv(text)


def _read_libsvm_payload(text: str, width: int) -> Array:
    """Rows of `index:value`, with or without a label in front."""
    rows = np.full((len(text.splitlines()), width), math.nan)
    for number, line in enumerate(text.splitlines()):
        for pair in line.split():
            index, colon, value = pair.partition(":")
            if colon:
                if int(index) >= width:
                    raise ValueError(f"row {number + 1} has feature {index}, the model was trained on {width}")
                rows[number, int(index)] = float(value)
    return rows


def _write_csv(predictions: Sequence[Prediction]) -> str:
    """One line for each row; the classes of multi:softprob separated by commas."""
    out = io.StringIO()
    for prediction in predictions:
        score = prediction["score"]
        out.write(f"{','.join(map(str, score)) if isinstance(score, list) else score}\n")
    return out.getvalue()


if __name__ == "__main__":
    run({"train": train, "serve": predictor})
