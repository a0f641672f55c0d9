"""What is known of the built-in algorithms: consistent in itself, and right about single values."""

from __future__ import annotations

from typing import Any

import pytest

from mlpipelines.aws.rules import rule_problems
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


KNN = "404615174143.dkr.ecr.us-east-2.amazonaws.com/knn:1"
BOOST = "257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost"
GOOD = {"predictor_type": "classifier", "feature_dim": "4", "k": "3", "sample_size": "150"}
CHANNELS = [{"ChannelName": "train", "ContentType": "text/csv"}]


def training(image: str, hyperparameters: Any, **more: Any) -> dict[str, Any]:
    specification = {"TrainingImage": image, **more.pop("specification", {})}
    return {"AlgorithmSpecification": specification, "InputDataConfig": CHANNELS, **more, **hyperparameters}


def codes(action: str, request: dict[str, Any]) -> list[str]:
    found = [problem.code for problem in rule_problems(action, request)]
    return sorted(code for code in found if code.startswith("HP") or code in ("SM212", "SM220"))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (training(KNN, {"HyperParameters": GOOD}), []),
        (training(KNN, {}), ["HP902"]),
        (training(KNN, {"HyperParameters": "{{ params.all }}"}), []),
        (training(KNN, {"HyperParameters": {"{{ params.name }}": "1"}}), []),
        (training(KNN, {"HyperParameters": {**GOOD, "_kind": "x"}}), []),
        (training(KNN, {"HyperParameters": {**GOOD, "kk": "x"}}), ["HP901"]),
        (training("{{ var.value.image }}", {"HyperParameters": {"kk": "x"}}), []),
        (training("123456789012.dkr.ecr.us-east-2.amazonaws.com/knn:1", {"HyperParameters": {"kk": "x"}}), []),
        (training(KNN, {"HyperParameters": {"a": "1"}}, specification={"ContainerEntrypoint": ["python"]}), []),
        (training(KNN, {"HyperParameters": GOOD}, InputDataConfig="{{ params.channels }}"), []),
        (training(KNN, {"HyperParameters": GOOD}, InputDataConfig=[{"ChannelName": "{{ params.c }}"}]), []),
        (training(f"{BOOST}:1.7-1", {"HyperParameters": {"num_round": "9", "silent": "0"}}), ["HP901"]),
        (training(f"{BOOST}:1.7-1", {"HyperParameters": {"num_round": "9", "sagemaker_program": "a.py"}}), []),
        (training(f"{BOOST}:1.7-1", {}, InputDataConfig=[{"ChannelName": "code"}, {"ChannelName": "x"}]), []),
        (training(f"{BOOST}:1.7-1", {"HyperParameters": {"num_round": "9", "single_precision_histogram": "true"}}), []),
        (
            training(f"{BOOST}:3.2-0", {"HyperParameters": {"num_round": "9", "single_precision_histogram": "true"}}),
            ["HP919"],
        ),
        (training(f"{BOOST}:0.90-2", {"HyperParameters": {"num_round": "9", "silent": "0"}}), ["HP919"]),
        (training("825641698319.dkr.ecr.us-east-2.amazonaws.com/xgboost", {"HyperParameters": {"silent": "0"}}), 2),
    ],
)
def test_a_training_job_of_a_built_in_algorithm(request_: dict[str, Any], expected: list[str] | int) -> None:
    found = codes("CreateTrainingJob", request_)
    assert found == (["HP919"] * expected if isinstance(expected, int) else expected)


def tuning(
    definition: dict[str, Any], ranges: dict[str, Any], metric: str = "test:accuracy", **more: Any
) -> dict[str, Any]:
    objective = {"Type": "Maximize", "MetricName": metric}
    config = {"ParameterRanges": ranges, "HyperParameterTuningJobObjective": objective}
    return {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": definition, **more}


K = {"IntegerParameterRanges": [{"Name": "k", "MinValue": "1", "MaxValue": "9"}]}
REST = {"StaticHyperParameters": {name: text for name, text in GOOD.items() if name != "k"}}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (tuning(training(KNN, REST), K), []),
        (tuning(training(KNN, {}), K), ["HP902"]),
        (tuning(training(KNN, {}), K, Autotune={"Mode": "Enabled"}), []),
        (tuning(training(KNN, REST), {"AutoParameters": [{"Name": "k", "ValueHint": "3"}]}), []),
        (tuning(training(KNN, REST), {}), ["HP902"]),
        (tuning(training(KNN, REST), K, metric="accuracy"), ["SM212"]),
        (tuning(training(KNN, REST), K, metric="{{ params.metric }}"), []),
        (tuning(training(KNN, REST), {"ContinuousParameterRanges": [{"Name": "k", "MinValue": "1"}]}), ["SM220"]),
        (
            tuning(training(KNN, REST), {"CategoricalParameterRanges": [{"Name": "k", "Values": ["3", "five"]}]}),
            ["HP903"],
        ),
        (tuning(training(KNN, REST), {"IntegerParameterRanges": [{"Name": "k", "MinValue": "0"}]}), ["HP904"]),
        (tuning(training("own", REST), K, metric="anything"), []),
        (
            {
                "TrainingJobDefinitions": [
                    training(KNN, REST, HyperParameterRanges=K, TuningObjective={"MetricName": "test:mse"}),
                    training(KNN, REST, TuningObjective={"MetricName": "test:msd"}),
                ]
            },
            ["HP902", "SM212"],
        ),
    ],
)
def test_a_tuning_job_of_a_built_in_algorithm(request_: dict[str, Any], expected: list[str]) -> None:
    assert codes("CreateHyperParameterTuningJob", request_) == expected
