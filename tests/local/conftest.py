"""One server for each test module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import aws_settings
from tests.local.support import HERE, Server, csv_text, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    arguments = ("--images", str(HERE / "images.yaml"), "--stop-grace", "0.5", "--workers", "3")
    with running_server(tmp_path_factory.mktemp("server"), *arguments) as running:
        yield running


@pytest.fixture
def aws(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    """The embedded SageMaker as what hooks and operators of this process find; no region but the tasks' own."""
    if "airflow" not in sys.modules:  # its first import writes there
        monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    for name, text in aws_settings(server.endpoint_url).items():
        monkeypatch.setenv(name, text)
    return server


@pytest.fixture(scope="session")
def iris() -> tuple[list[list[float]], list[list[float]]]:
    """Rows for training and for a test, the label first."""
    import numpy as np
    from sklearn.datasets import load_iris

    features, labels = load_iris(return_X_y=True)
    rows: Any = np.column_stack([labels, features])[np.random.default_rng(3).permutation(len(labels))]
    return rows[:105].tolist(), rows[105:].tolist()


@pytest.fixture(scope="module")
def iris_uri(server: Server, iris: tuple[list[list[float]], list[list[float]]]) -> dict[str, str]:
    """Where iris is: `train` and `test` with the label first, `features` without it, `binary` with two classes."""
    train, test = iris
    return {
        "train": server.put("iris/train.csv", csv_text(train)),
        "test": server.put("iris/test.csv", csv_text(test)),
        "features": server.put("iris/features/test.csv", csv_text(row[1:] for row in test)),
        "binary": server.put("iris/binary.csv", csv_text([float(row[0] == 2), *row[1:]] for row in train)),
    }
