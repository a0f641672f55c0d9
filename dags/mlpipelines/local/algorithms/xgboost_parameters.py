"""The hyperparameters of SageMaker's XGBoost container in algorithm mode: what they may be, which metrics there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlpipelines.local.algorithms.contract import ClientError
from mlpipelines.local.algorithms.hyperparameters import Rule, read

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
REFUSED = ("_kfold", "_num_cv_round", "use_dask_gpu_training")
#: `validation:rmse`: what a tuning job wants to know is measured too.
TUNED = "_tuning_objective_metric"
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


def read_parameters(hyperparameters: Mapping[str, str]) -> dict[str, Any]:
    """Every hyperparameter with its value or None. Raises ClientError in the container's words."""
    given = {ALIASES.get(name, name): text for name, text in hyperparameters.items()}
    for name in REFUSED:
        if name in given:
            raise ClientError(f"the hyperparameter {name} is not simulated locally")
    if given.get("tree_method") == "gpu_hist":
        raise ClientError("tree_method gpu_hist is not simulated locally; hist gives the same trees on a CPU")
    objective = given.pop(TUNED, "").rpartition(":")[2]
    if extra := sorted(set(given) - set(PARAMETERS) - set(OWN)):
        raise ClientError(f"Extraneous hyperparameter found: {extra[0]}")
    values = read(given, {**PARAMETERS, **OWN})
    if str(values["objective"]).startswith("multi:") and not values["num_class"]:
        raise ClientError(f"Require input for parameter 'num_class' for objective {values['objective']}")
    if values["num_class"] and values["objective"] is None:
        raise ClientError("Require input for parameter 'objective' when 'num_class' is given")
    if values["objective"] == "reg:linear":
        values["objective"] = "reg:squarederror"
    return {**values, TUNED: objective}


def metric_names(values: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Metrics of the library and those of the container, as they were asked for."""
    text = (values["eval_metric"] or "").strip("[]")
    names = [name.strip(" '\"") for name in text.split(",") if name.strip()]
    names += [name for name in [values[TUNED]] if name and name not in names]
    own = [name for name in names if name in CONTAINER_METRICS]
    return [name for name in names if name not in own], own
