"""What is known of the built-in algorithms: consistent in itself, and right about single values."""

from __future__ import annotations

from typing import Any

import pytest

from mlpipelines.facts.algorithms import doubtful_mistake, load_algorithms, value_mistake
from mlpipelines.facts.images import known_algorithms

#: The words of `facts/hyperparameters.json`.
FACT_WORDS = {"type", "required", "default", "min", "max", "above", "below", "enum", "also", "items", "of"}
FACT_WORDS |= {"item_pattern", "pattern", "not", "mode", "until", "doubt"}
HYPERPARAMETERS = [
    (algorithm, name, fact)
    for algorithm, facts in load_algorithms().items()
    if algorithm != "_snapshot"
    for name, fact in facts["hyperparameters"].items()
]


def test_every_algorithm_with_an_image_has_its_hyperparameters() -> None:
    assert set(known_algorithms()) <= load_algorithms().keys()


@pytest.mark.parametrize(("algorithm", "name", "fact"), HYPERPARAMETERS)
def test_the_default_of_a_hyperparameter_is_a_value_of_it(algorithm: str, name: str, fact: dict[str, Any]) -> None:
    assert set(fact) <= FACT_WORDS
    default = fact.get("default", "")
    assert default == "" or (value_mistake(fact, default) or doubtful_mistake(fact, default)) is None


def test_what_others_name_is_a_hyperparameter() -> None:
    for algorithm, facts in load_algorithms().items():
        known = facts.get("hyperparameters", {}).keys()
        named = [name for each in facts.get("needs", ()) for name in (each["with"], *each["needs"])]
        named += [name for each in facts.get("excludes", ()) for name in (each["with"], each["name"])]
        named += [name for pair in facts.get("less", ()) for name in pair]
        assert set(named) <= set(known), algorithm


@pytest.mark.parametrize(
    ("algorithm", "name", "text", "expected"),
    [
        ("knn", "k", "1e3", "type: '1e3' is not a whole number (write 1000)"),
        ("knn", "k", "10.0", "type: '10.0' is not a whole number (write 10)"),
        ("knn", "k", "three", "type: 'three' is not a whole number"),
        ("knn", "k", "0", "range: 0 is out of range (it must be at least 1)"),
        ("knn", "k", "012", None),
        ("knn", "faiss_index_ivf_nlists", "auto", None),
        ("knn", "index_type", "faiss.ivfpq", "choice: 'faiss.ivfpq' is not allowed (did you mean 'faiss.IVFPQ'?)"),
        ("linear-learner", "learning_rate", "1e-3", None),
        ("linear-learner", "learning_rate", "0.10", None),
        ("linear-learner", "learning_rate", "0", "range: 0 is out of range (it must be greater than 0)"),
        ("linear-learner", "beta_1", "1", "range: 1 is out of range (it must be at least 0 and less than 1)"),
        ("linear-learner", "beta_1", "fast", "type: 'fast' is not a number (or 'auto')"),
        ("linear-learner", "use_bias", "True", None),
        ("linear-learner", "use_bias", "yes", "choice: 'yes' is not allowed (one of true, false)"),
        ("linear-learner", "normalize_data", "True", None),
        ("kmeans", "eval_metrics", '["msd", "ssd"]', None),
        ("kmeans", "eval_metrics", "['msd']", None),
        ("kmeans", "eval_metrics", "msd", "type: 'msd' is not a list in JSON (write {json: [...]})"),
        ("kmeans", "eval_metrics", '["mst"]', "choice: 'mst' is not allowed (did you mean 'msd'?)"),
        ("xgboost", "eval_metric", "rmse,error@0.7", None),
        ("xgboost", "eval_metric", "rmse,mean", "choice: 'mean' is not allowed"),
        ("xgboost", "monotone_constraints", "(1, 0, -1)", None),
        ("xgboost", "monotone_constraints", "(1,)", None),
        ("xgboost", "monotone_constraints", "(2, 0)", "choice: 2 is not allowed (one of -1, 0, 1)"),
        ("xgboost", "interaction_constraints", "[[0, 1], [2, 3]]", None),
        ("xgboost", "num_round", "nan", "type: 'nan' is not a whole number"),
        ("ntm", "clip_gradient", "Infinity", None),
        ("ntm", "encoder_layers", "64,32", None),
        ("ntm", "encoder_layers", "64,3.5", "type: '3.5' is not a number of type integer"),
        ("forecasting-deepar", "cardinality", "[2,3]", None),
        ("image-classification", "image_shape", "3,224", "choice: '3,224' is not allowed"),
    ],
)
def test_a_value_is_held_against_its_hyperparameter(algorithm: str, name: str, text: str, expected: str | None) -> None:
    mistake = value_mistake(load_algorithms()[algorithm]["hyperparameters"][name], text)
    shown = mistake and f"{mistake.kind}: {mistake.message}" + (f" ({mistake.hint})" if mistake.hint else "")
    assert shown == expected or (expected and shown and shown.startswith(f"{expected} (it must match"))
