"""What SageMaker's built-in algorithms are tuned for, and which of their hyperparameters are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from mlpipelines.local.images import Program

_LINEAR_UP = """binary_classification_accuracy binary_f_beta dcg macro_f_beta macro_precision macro_recall
    multiclass_accuracy multiclass_top_k_accuracy precision recall roc_auc_score""".split()
_LINEAR_DOWN = "absolute_loss mse objective_loss rmse".split()
_BOOST_UP = """accuracy auc aucpr balanced_accuracy f1 f1_binary f1_macro map ndcg precision precision_macro
    precision_micro r2 recall recall_macro recall_micro""".split()
_BOOST_DOWN = """aft-nloglik cox-nloglik error gamma-deviance gamma-nloglik interval-regression-accuracy logloss mae
    mape merror mlogloss mphe mse poisson-nloglik rmse rmsle tweedie-nloglik""".split()


def _directions(channels: tuple[str, ...], up: list[str], down: list[str]) -> dict[str, str]:
    sides = (("Maximize", up), ("Minimize", down))
    return {f"{channel}:{name}": side for channel in channels for side, names in sides for name in names}


#: By the module of local/algorithms that stands in for the algorithm.
PUBLISHED: Mapping[str, Mapping[str, str]] = {
    "knn": _directions(("test",), ["accuracy"], ["mse"]),
    "linear_learner": _directions(("test", "validation"), _LINEAR_UP, _LINEAR_DOWN),
    "xgboost": _directions(("validation",), _BOOST_UP, _BOOST_DOWN),
    "kmeans": _directions(("test",), [], ["msd", "ssd"]),
    "pca": {},
    "random_cut_forest": _directions(("test",), ["f1"], []),
}
#: The hyperparameters that AWS's documentation of each algorithm has tuning ranges for.
TUNABLE: Mapping[str, Collection[str]] = {
    "knn": ("k", "sample_size"),
    "linear_learner": "wd l1 learning_rate mini_batch_size use_bias positive_example_weight_mult".split(),
    "xgboost": """alpha colsample_bylevel colsample_bynode colsample_bytree eta gamma lambda max_delta_step max_depth
        min_child_weight num_round subsample""".split(),
    "kmeans": ("epochs", "extra_center_factor", "init_method", "mini_batch_size"),
    "random_cut_forest": ("num_samples_per_tree", "num_trees"),
}


def unlisted(names: Iterable[str], program: Program) -> list[str]:
    """Those of the hyperparameters that AWS may refuse to tune."""
    listed = TUNABLE.get(program.algorithm)
    return [] if listed is None else [name for name in names if name not in listed]


def objective_problems(objective: Mapping[str, str], definition: Mapping[str, Any], program: Program) -> Iterator[str]:
    """What AWS refuses about an objective metric, given the algorithm."""
    metric, image = objective["MetricName"], definition["AlgorithmSpecification"].get("TrainingImage")
    if not program.built_in:
        defined = definition["AlgorithmSpecification"].get("MetricDefinitions") or ()
        if metric not in [item["Name"] for item in defined]:
            yield (
                "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
                f"definitions. (There is no MetricDefinitions entry with the name {metric!r}.)"
            )
        return
    published = PUBLISHED.get(program.algorithm, {})
    if metric not in published:
        known = ", ".join(sorted(published)) or "none"
        yield (
            f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for the [{image}] "
            f"algorithm. Choose a valid objective metric. (It publishes: {known}.)"
        )
    elif objective["Type"] != published[metric]:
        yield (
            f"The objective metric type, [{objective['Type']}], that you specified for objective metric, [{metric}], "
            f"isn't valid for the [{image}] algorithm. Choose a valid objective metric type. "
            f"(It is {published[metric]}.)"
        )
    else:
        channel = metric.partition(":")[0]
        if channel not in [item["ChannelName"] for item in definition.get("InputDataConfig") or ()]:
            yield f"The objective metric [{metric}] needs the channel '{channel}' in InputDataConfig."
