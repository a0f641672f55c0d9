"""Pipelines that others run in production or show to the world, written in this language: really run, the requests
that they send compared with those that they are known to send."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import CASES
from tests.e2e.comparison import assert_as_the_case_says, assert_expected
from tests.e2e.workspace import Finished, Workspace

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def code(workspace: Workspace) -> None:
    """The functions that the cases call."""
    folder = workspace.root / "dags" / "callables"
    shutil.copytree(CASES / "callables", folder)
    (folder / "__init__.py").touch()


def run(workspace: Workspace, name: str, *arguments: str) -> Finished:
    return workspace.run(workspace.add(name, (CASES / "real" / f"{name}.yaml").read_text()), *arguments)


def assert_all_succeeded(done: Finished) -> None:
    assert (done.status, set(done.states.values())) == (0, {"success"}), done.result


def test_an_endpoint_from_training_to_its_end(workspace: Workspace, tmp_path: Path) -> None:
    done = run(workspace, "example_sagemaker_endpoint", "--param", "env_id=e2e")
    assert_all_succeeded(done)
    assert_expected("example_sagemaker_endpoint", done.requests())
    assert_as_the_case_says("02-airflow-system-endpoint", done.requests(), tmp_path)
    answer = json.loads(done.result["outputs"]["call_endpoint"]["answer"])
    assert answer["predictions"][0]["predicted_label"] in (0, 1, 2)
    assert done.result["outputs"]["prune_logs"] == {"streams": 1}
    assert not (Path(done.result["artifacts"]) / "e2e-sagemaker").exists(), "the bucket is gone"


def test_the_life_of_a_notebook_instance(workspace: Workspace, tmp_path: Path) -> None:
    done = run(workspace, "example_sagemaker_notebook", "--param", "env_id=e2e")
    assert_all_succeeded(done)
    assert_expected("example_sagemaker_notebook", done.requests())
    assert_as_the_case_says("04-airflow-system-notebook", done.requests(), tmp_path)
