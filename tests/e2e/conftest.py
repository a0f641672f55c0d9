from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One project for a module's runs, so that Airflow's database is made once."""
    return Workspace(tmp_path_factory.mktemp("project"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder for datasets."""
    return tmp_path
