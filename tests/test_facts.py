"""What AWS accepts, in words."""

from __future__ import annotations

import re

import pytest

from mlpipelines.facts.forms import form
from mlpipelines.facts.images import algorithm_of, image_uri, known_algorithms
from mlpipelines.facts.shapes import load_shapes, member_problems


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", "letters, digits and hyphens, no hyphen first or last; at most 63"),
        ("[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?", "letters, digits and hyphens, no hyphen first or last"),
        ("[A-Za-z0-9\\.\\-_]+", "AWS allows letters, digits, ., - and _"),
        ("[a-zA-Z_][a-zA-Z0-9_]*", "no digit first"),
        ("arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+", "such as arn:aws:iam::123456789012:role/name"),
        ("arn:aws[a-z\\-]*:sns:[a-z0-9\\-]*:[0-9]{12}:[a-zA-Z0-9_.-]+", "arn:aws:sns:us-east-2:123456789012:name"),
        ("[A-F0-9]{7}", "it must match [A-F0-9]{7}"),
    ],
)
def test_a_usual_pattern_is_told_in_words(pattern: str, words: str) -> None:
    assert words in form(pattern)


def test_an_arn_that_is_shown_as_an_example_is_one() -> None:
    for shape in load_shapes()["shapes"].values():
        told = form(shape["x"]) if "x" in shape else ""
        if "such as arn:" in told:
            assert re.fullmatch(shape["x"], told.split("such as ")[1]), told


def test_a_member_can_be_checked_alone() -> None:
    path = ("ResourceConfig", "InstanceType")
    assert [problem.kind for problem in member_problems("CreateTrainingJob", path, "ml.m5.larg")] == ["enum"]
    assert list(member_problems("CreateTrainingJob", path, "ml.m5.large")) == []
    assert list(member_problems("CreateTrainingJob", ("Nothing",), "ml.m5.larg")) == []


@pytest.mark.parametrize("algorithm", known_algorithms())
def test_the_image_of_an_algorithm_tells_the_algorithm(algorithm: str) -> None:
    found = algorithm_of(image_uri(algorithm, None, "us-east-1"))
    assert found is not None
    assert found.algorithm == algorithm
    assert image_uri(algorithm, found.version, "us-east-1") == image_uri(algorithm, None, "us-east-1")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", ("xgboost", "1.7-1")),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.2-1-cpu-py3", ("xgboost", "1.2-1")),
        ("683313688378.dkr.ecr-fips.us-east-1.amazonaws.com/sagemaker-xgboost:9.9", ("xgboost", None)),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest", ("xgboost", "1")),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost", ("xgboost", None)),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", None),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/my-xgboost:1.7-1", None),
        ("{{ var.value.image }}", None),
        ("382416733822.dkr.ecr.us-east-1.amazonaws.com/{{ params.algorithm }}:1", None),
    ],
)
def test_an_image_is_a_built_in_one_by_its_account_and_repository(image: str, expected: tuple[str, str] | None) -> None:
    assert algorithm_of(image) == expected


def test_exactly_one_member_of_a_union_is_allowed() -> None:
    action, path = "CreateAutoMLJobV2", ("AutoMLProblemTypeConfig",)
    job = {"TargetAttributeName": "species"}
    for value in ({}, {"TabularJobConfig": job, "ImageClassificationJobConfig": {}}):
        assert [problem.code for problem in member_problems(action, path, value)] == ["SM008"]
    assert list(member_problems(action, path, {"TabularJobConfig": job})) == []
