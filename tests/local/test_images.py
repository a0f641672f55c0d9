"""Images and the commands that stand in for them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlpipelines.local.images import Images, InvalidImages
from tests.local.support import HERE

ACCOUNT = "404615174143.dkr.ecr.us-east-2.amazonaws.com"


@pytest.mark.parametrize(
    ("image", "module"),
    [
        (f"{ACCOUNT}/knn", "knn"),
        (f"{ACCOUNT}/knn:1", "knn"),
        (f"{ACCOUNT}/knn@sha256:{'a' * 64}", "knn"),
        (f"{ACCOUNT}/linear-learner:latest", "linear_learner"),
        (f"{ACCOUNT}/kmeans:1", "kmeans"),
        (f"{ACCOUNT}/pca:1", "pca"),
        (f"{ACCOUNT}/randomcutforest:1", "random_cut_forest"),
        (f"{ACCOUNT}/random-cut-forest:1", "random_cut_forest"),
        (f"{ACCOUNT}/xgboost:1", "xgboost"),
        (f"{ACCOUNT}/sagemaker-xgboost:1.7-1", "xgboost"),
    ],
)
def test_built_in_images_are_known(image: str, module: str) -> None:
    program = Images.load().program(image)
    assert program is not None
    assert program.built_in
    assert program.command == (sys.executable, "-m", f"mlpipelines.local.algorithms.{module}")


@pytest.mark.parametrize("image", ["", f"{ACCOUNT}/my-knn", f"{ACCOUNT}/knn/deep", f"{ACCOUNT}/ntm:1"])
def test_other_images_are_not(image: str) -> None:
    assert Images.load().program(image) is None


def test_a_projects_own_file_goes_first(tmp_path: Path) -> None:
    own = tmp_path / "images.yaml"
    own.write_text('"*/knn:2": [./mine, --fast]\n"{a,b}-*": {command: c, port: 8080, environment: {N: 1}}\n')
    images = Images.load([own])
    mine = images.program(f"{ACCOUNT}/knn:2")
    assert mine is not None
    assert (mine.command, mine.directory, mine.built_in) == (("./mine", "--fast"), tmp_path, False)
    other = images.program(f"{ACCOUNT}/b-x:1")
    assert other is not None
    assert (other.port, other.environment) == (8080, {"N": "1"})
    built_in = images.program(f"{ACCOUNT}/knn:1")
    assert built_in is not None
    assert built_in.built_in


def test_the_advice_names_the_file_and_the_line_to_write() -> None:
    advice = Images.load([HERE / "images.yaml"]).advice(f"{ACCOUNT}/team/forest:3")
    assert "`forest: python my_algorithm.py`" in advice
    assert str(HERE / "images.yaml") in advice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("knn: [", "is not valid YAML"),
        ("- knn", "must be lines of the form"),
        ("knn:", "`command` must be"),
        ("knn: []", "`command` must be"),
        ("knn: {command: x, ports: 1}", "unknown field 'ports'; there are command, environment, port"),
        ("knn: {command: x, port: many}", "`port` must be a number"),
        ("knn: {command: x, environment: [A]}", "`environment` must be a mapping"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "images.yaml"
    file.write_text(text)
    with pytest.raises(InvalidImages) as error:
        Images.load([file])
    assert str(error.value).startswith(f"{file}: ")
    assert message in str(error.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidImages, match="cannot be read: No such file"):
        Images.load([tmp_path / "images.yaml"])
