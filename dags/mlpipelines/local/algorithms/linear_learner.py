"""Linear learner, simulated by scikit-learn: `python -m mlpipelines.local.algorithms.linear_learner train|serve`.

SageMaker's own trains many models in parallel by stochastic gradient descent and takes the best; here one model is
fitted to the end. So hyperparameters of that search have no effect, which the job's log says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.contract import ClientError, channels, hyperparameters, report, run
from mlpipelines.local.algorithms.hyperparameters import Rule, read
from mlpipelines.local.algorithms.linear_metrics import linear_metrics
from mlpipelines.local.algorithms.linear_model import BINARY, MULTICLASS, REGRESSOR, Linear, all_classes
from mlpipelines.local.algorithms.serving import serve
from mlpipelines.local.algorithms.tables import Table, check_width, read_channel

#: What `wd: auto` means here: enough to keep separable data finite, too little to be seen.
AUTO_DECAY = 1e-4
AUTO = ("auto",)
#: The losses that the simulation knows, by what is predicted.
LOSSES = {
    BINARY: ("auto", "logistic"),
    MULTICLASS: ("auto", "softmax_loss"),
    REGRESSOR: ("auto", "squared_loss"),
}
HONOURED = {
    "predictor_type": Rule(required=True, choices=(BINARY, MULTICLASS, REGRESSOR)),
    "num_classes": Rule(int, low=3, high=1_000_000),
    "feature_dim": Rule(int, low=1, also=AUTO, default="auto"),
    "loss": Rule(default="auto"),
    "l1": Rule(float, low=0, also=AUTO, default="auto"),
    "wd": Rule(float, low=0, also=AUTO, default="auto"),
    "use_bias": Rule(bool, choices=("true", "false"), default=True),
    "normalize_data": Rule(choices=("auto", "true", "false"), default="true"),
    "positive_example_weight_mult": Rule(float, above=0, also=("balanced", "auto"), default=1.0),
    "balance_multiclass_weights": Rule(bool, choices=("true", "false"), default=False),
    "accuracy_top_k": Rule(int, low=1, default=3),
    "f_beta": Rule(float, above=0, default=1.0),
}
WITHOUT_EFFECT = {
    **dict.fromkeys(("beta_1", "beta_2", "momentum"), Rule(float, low=0, below=1, also=AUTO)),
    **dict.fromkeys(("bias_lr_mult", "learning_rate", "lr_scheduler_minimum_lr"), Rule(float, above=0, also=AUTO)),
    **dict.fromkeys(("lr_scheduler_step", "num_calibration_samples", "num_models"), Rule(int, low=1, also=AUTO)),
    **dict.fromkeys(("early_stopping_patience", "epochs", "mini_batch_size"), Rule(int, low=1)),
    **dict.fromkeys(("num_point_for_scaler",), Rule(int, low=1)),
    **dict.fromkeys(("early_stopping_tolerance", "huber_delta"), Rule(float, above=0)),
    **dict.fromkeys(("init_scale", "init_sigma", "loss_insensitivity", "margin"), Rule(float, above=0)),
    **dict.fromkeys(("quantile", "target_precision", "target_recall"), Rule(float, above=0, below=1)),
    **dict.fromkeys(("normalize_label", "unbias_data", "unbias_label"), Rule(choices=("auto", "true", "false"))),
    "bias_wd_mult": Rule(float, low=0, also=AUTO),
    "binary_classifier_model_selection_criteria": Rule(),
    "init_bias": Rule(float),
    "init_method": Rule(choices=("uniform", "normal")),
    "lr_scheduler_factor": Rule(float, above=0, below=1, also=AUTO),
    "optimizer": Rule(choices=("sgd", "adam", "rmsprop", "auto")),
    "use_lr_scheduler": Rule(choices=("true", "false")),
}


def train() -> None:
    given = hyperparameters()
    values = read(given, {**HONOURED, **WITHOUT_EFFECT})
    _check(values)
    table = _read("train", values)
    model = _fit(table, values)
    model.save()
    print(f"simulated by scikit-learn: {model.kind} of {len(table.labels)} rows, {model.width} features")
    if idle := sorted(set(given) & set(WITHOUT_EFFECT)):
        print(f"simulated: without effect here: {', '.join(idle)}")
    beta, top = values["f_beta"], values["accuracy_top_k"]
    report("train", linear_metrics(model, table, beta, top))
    for channel in ("validation", "test"):
        if channel in channels():
            report(channel, linear_metrics(model, _read(channel, values, model.width), beta, top))


def predictor() -> None:
    serve(Linear.load().predictions)


def _check(values: Mapping[str, Any]) -> None:
    kind = values["predictor_type"]
    if kind == MULTICLASS and values["num_classes"] is None:
        raise ClientError("'num_classes' is a required hyperparameter with predictor_type multiclass_classifier")
    if values["loss"] not in LOSSES[kind]:
        known = ", ".join(LOSSES[kind])
        raise ClientError(f"loss {values['loss']} is not simulated locally; for {kind} there are {known}")


def _read(channel: str, values: Mapping[str, Any], width: int | None = None) -> Table:
    table = read_channel(channel)
    if wanted := width or (values["feature_dim"] if values["feature_dim"] != "auto" else None):
        check_width(table.features, wanted, f"The channel '{channel}'")
    classes = {BINARY: 2, MULTICLASS: values["num_classes"]}.get(values["predictor_type"])
    if classes:
        allowed = np.arange(classes)
        wrong = table.labels[~np.isin(table.labels, allowed)]
        if wrong.size:
            raise ClientError(
                f"The channel '{channel}' has the label {wrong[0]:g}, but a {values['predictor_type']} of {classes} "
                f"classes needs the labels 0 to {classes - 1}"
            )
    return table


def _fit(table: Table, values: Mapping[str, Any]) -> Linear:
    normalize = values["normalize_data"] != "false"
    mean, scale = np.zeros(table.features.shape[1]), np.ones(table.features.shape[1])
    if normalize:
        mean, scale = table.features.mean(axis=0), table.features.std(axis=0)
        scale[scale == 0] = 1
    fitted = _estimator(table, values).fit((table.features - mean) / scale, table.labels)
    weights = np.atleast_2d(fitted.coef_).T / scale[:, None]
    bias = np.atleast_1d(fitted.intercept_) - mean @ weights
    if values["predictor_type"] == MULTICLASS:
        weights, bias = all_classes(fitted.classes_.astype(int), values["num_classes"], weights, bias)
    return Linear(values["predictor_type"], weights, bias)


def _estimator(table: Table, values: Mapping[str, Any]) -> Any:
    from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression

    l1 = 0.0 if values["l1"] == "auto" else values["l1"]
    kind, bias = values["predictor_type"], values["use_bias"]
    if kind == REGRESSOR:
        l2 = 0.0 if values["wd"] == "auto" else values["wd"]
        strength = l1 + l2
        if not strength:
            return LinearRegression(fit_intercept=bias)
        return ElasticNet(alpha=strength, l1_ratio=l1 / strength, fit_intercept=bias, max_iter=10_000)
    if len(np.unique(table.labels)) < 2:
        raise ClientError("The channel 'train' has rows of one class only; a classifier needs at least two")
    l2 = AUTO_DECAY if values["wd"] == "auto" else values["wd"]
    strength = max(l1 + l2, 1e-12)
    return LogisticRegression(
        C=1 / (strength * len(table.labels)),
        l1_ratio=l1 / strength,
        solver="saga" if l1 else "lbfgs",
        fit_intercept=bias,
        class_weight=_class_weight(values),
        max_iter=1000,
        random_state=0,
    )


def _class_weight(values: Mapping[str, Any]) -> Any:
    if values["predictor_type"] == MULTICLASS:
        return "balanced" if values["balance_multiclass_weights"] else None
    weight = values["positive_example_weight_mult"]
    return weight if weight == "balanced" else {0: 1.0, 1: 1.0 if weight == "auto" else weight}


if __name__ == "__main__":
    run({"train": train, "serve": predictor})
