"""Instance types: what is near to one that there is not, and what built-in algorithms train on."""

from __future__ import annotations

from typing import Any

import pytest

from mlpipelines.aws.machines import kind_of, nearest_type
from mlpipelines.aws.refusals import refusals
from mlpipelines.facts.images import image_uri
from mlpipelines.facts.shapes import load_shapes


@pytest.mark.parametrize(
    ("written", "shape", "near"),
    [
        ("ml.m5.larg", "TrainingInstanceType", "ml.m5.large"),
        ("ml.M5.Large", "TrainingInstanceType", "ml.m5.large"),
        ("m5.large", "TrainingInstanceType", "ml.m5.large"),
        ("ml.m5-large", "TrainingInstanceType", "ml.m5.large"),
        ("ml.m5.3xlarge", "TrainingInstanceType", "ml.m5.2xlarge"),
        ("ml.m5.large", "InstanceType", "ml.m5.xlarge"),
        ("ml.t3.nano", "ProcessingInstanceType", "ml.t3.medium"),
        ("ml.g9.xlarge", "TrainingInstanceType", "ml.g6.xlarge"),
        ("ml.m5.huge", "TrainingInstanceType", ""),
        ("ml.inf1.xlarge", "TrainingInstanceType", ""),
        ("large", "TrainingInstanceType", ""),
        ("", "TrainingInstanceType", ""),
        ("ml.", "TrainingInstanceType", ""),
    ],
)
def test_the_nearest_instance_type_is_named_alone(written: str, shape: str, near: str) -> None:
    assert nearest_type(written, shape) == near


def test_every_instance_type_that_is_known_is_well_formed_and_of_a_kind() -> None:
    shapes = load_shapes()["shapes"]
    known = {name for shape in shapes if shape.endswith("InstanceType") for name in shapes[shape]["e"]}
    without = {name.split(".")[1] for name in known if not kind_of(name)}
    assert all(family.startswith(("inf", "trn", "dl")) for family in without), without


@pytest.mark.parametrize(
    ("value", "rule", "told"),
    [
        ("ml.m5.large", "", ""),
        ("ml.t3.medium", "", ""),
        ("ml.inf1.xlarge", "SM811", "is no instance type for training; it is one for endpoints and notebooks"),
        ("ml.m5.larg", "SM811", "AWS has no instance type 'ml.m5.larg' for training"),
        ("ml.m99.large", "SM812", "not among the instance types for training of botocore"),
    ],
)
def test_an_instance_type_is_for_another_use_or_unknown(value: str, rule: str, told: str) -> None:
    found = [each for each in refusals("CreateTrainingJob", training("knn", value)) if each.rule[:3] == "SM8"]
    assert [problem.rule for problem in found] == ([rule] if rule else [])
    assert all(told in problem.message for problem in found)


@pytest.mark.parametrize(
    ("algorithm", "version", "machine", "count", "hyperparameters", "rules"),
    [
        ("image-classification", None, "ml.m5.large", 1, {}, ["SM815"]),
        ("image-classification", None, "ml.g5.xlarge", 2, {}, []),
        ("image-classification", None, "{{ params.machine }}", 2, {}, []),
        ("lda", None, "ml.g5.xlarge", 1, {}, ["SM815"]),
        ("lda", None, "ml.m5.large", 2, {}, ["SM815"]),
        ("lda", None, "ml.m5.large", "{{ params.n }}", {}, []),
        ("object2vec", None, "ml.g5.xlarge", 1, {}, []),
        ("object2vec", None, "ml.m5.large", 2, {}, ["SM815"]),
        ("blazingtext", None, "ml.m5.large", 2, {"mode": "batch_skipgram"}, []),
        ("blazingtext", None, "ml.m5.large", 2, {"mode": "supervised"}, ["SM815"]),
        ("blazingtext", None, "ml.m5.large", 2, {"mode": "{{ params.mode }}"}, []),
        ("blazingtext", None, "ml.g5.xlarge", 1, {"mode": "batch_skipgram"}, ["SM815"]),
        ("blazingtext", None, "ml.g5.xlarge", 1, {"mode": "supervised"}, []),
        ("randomcutforest", None, "ml.g5.xlarge", 1, {}, ["SM816"]),
        ("knn", None, "ml.g5.xlarge", 3, {}, []),
        ("xgboost", "1.0-1", "ml.g5.xlarge", 1, {}, ["SM805"]),
        ("xgboost", "1.0-1", "ml.m5.large", 2, {}, []),
        ("xgboost", "1.2-1", "ml.g4dn.xlarge", 1, {}, []),
        ("xgboost", None, "ml.g5.xlarge", 2, {}, []),
    ],
)
def test_an_algorithm_trains_on_some_machines_only(
    algorithm: str, version: str | None, machine: str, count: Any, hyperparameters: dict[str, str], rules: list[str]
) -> None:
    job = training(algorithm, machine, version)
    job["ResourceConfig"]["InstanceCount"] = count
    job["HyperParameters"] = hyperparameters
    assert machine_rules("CreateTrainingJob", job) == rules
    trial = {key: value for key, value in job.items() if key not in ("HyperParameters", "TrainingJobName")}
    trial["StaticHyperParameters"] = hyperparameters
    assert machine_rules("CreateHyperParameterTuningJob", {"TrainingJobDefinition": trial}) == rules
    assert machine_rules("CreateHyperParameterTuningJob", {"TrainingJobDefinitions": [trial, {}]}) == rules


def test_groups_of_machines_are_several() -> None:
    job = training("object2vec", "ml.m5.large")
    job["ResourceConfig"] = {
        "InstanceGroups": [
            {"InstanceGroupName": name, "InstanceType": "ml.m5.large", "InstanceCount": 1} for name in "ab"
        ]
    }
    assert machine_rules("CreateTrainingJob", job) == ["SM815"]
    del job["ResourceConfig"]["InstanceGroups"][1]
    assert machine_rules("CreateTrainingJob", job) == []


def training(algorithm: str, machine: str, version: str | None = None) -> dict[str, Any]:
    image = image_uri(algorithm, version, "us-east-2")
    return {
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": machine, "InstanceCount": 1, "VolumeSizeInGB": 10},
    }


def machine_rules(action: str, request: dict[str, Any]) -> list[str]:
    about = ("SM805", "SM815", "SM816")
    return [problem.rule for problem in refusals(action, request) if problem.rule in about]
