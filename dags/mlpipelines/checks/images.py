"""Images that AWS still provides, and nobody should use."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.images import old_xgboost
from mlpipelines.checks.steps import step_images
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem

_OLD = ("1", "latest")


def retired_images(subject: Subject) -> Iterator[Problem]:
    """XGBoost 0.72, which `1` and `latest` stand for."""
    for name, path, fields in step_images(subject):
        image, version = fields.get("image"), fields.get("algorithm_version")
        by_version = not image and fields.get("algorithm") == "xgboost" and version in _OLD
        if by_version or (isinstance(image, str) and "xgboost" in image and old_xgboost(image)):
            field = "algorithm_version" if by_version else "image"
            message = "this is XGBoost 0.72, from before AWS took the open-source XGBoost; `latest` means it too"
            yield subject.field_problem(name, (*path, field), "SM803", message, "name a version such as 1.7-1 or 3.0-5")
