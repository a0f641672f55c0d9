"""Airflow at home in a temporary folder, and SageMaker's stand-in."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

import pytest

# Airflow settles in when it is first imported.
if "airflow" not in sys.modules and "AIRFLOW_HOME" not in os.environ:
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-")
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)

from tests.airflow.stand_in import StandIn, running_stand_in
from tests.conftest import aws_settings


@pytest.fixture(scope="session")
def models_are_read_once() -> Iterator[None]:
    """Every hook makes its own client, and botocore reads megabytes of JSON for each."""
    from botocore.loaders import JSONFileLoader

    load = functools.cache(JSONFileLoader().load_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: load(path))
        yield


@pytest.fixture
def sagemaker(models_are_read_once: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        for name, text in aws_settings(stand_in.url).items():
            monkeypatch.setenv(name, text)
        yield stand_in
