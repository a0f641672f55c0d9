"""compose.yaml, started as it is: its commands, environment, health checks and volumes, with a real PostgreSQL.

There is no container engine in it: containers.py and images.py stand in for one. Its network leads nowhere.
"""

from __future__ import annotations

import importlib.util
import shutil
import urllib.error
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.conftest import ROOT
from tests.e2e.compose_stack import Stack, has_postgres, running_stack
from tests.e2e.containers import missing, open_folder
from tests.e2e.deployed_airflow import await_true
from tests.e2e.images import copy_of_project

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.skipif(not has_postgres(), reason="needs PostgreSQL's initdb and postgres"),
    pytest.mark.skipif(not shutil.which("curl"), reason="needs curl, which Airflow's image has"),
    pytest.mark.skipif(not importlib.util.find_spec("psycopg2"), reason="needs psycopg2, which Airflow's image has"),
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with open_folder() as folder:
        project = copy_of_project(ROOT, folder / "project")
        with running_stack(project, folder / "engine", ADMIN_PASSWORD="a pass'word\"") as running:
            yield running


def test_one_command_brings_a_stack_that_runs_the_example(stack: Stack) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        stack.log_in("admin", "admin")
    stack.log_in("admin", "a pass'word\"")
    await_true(lambda: "iris-knn" in dags(stack), 90, lambda: stack.log("dag-processor")[-3000:])
    assert stack.call("GET", "/api/v2/importErrors")["total_entries"] == 0
    run = trigger(stack, "iris-knn")
    states = await_end(stack, run)
    assert states == {"data_prep": "success", "train_model": "success", "create_model": "success",
                      "test_model": "success", "quality": "success"}, stack.log("scheduler")[-3000:]  # fmt: skip
    path = f"/api/v2/dags/iris-knn/dagRuns/{run['dag_run_id']}/taskInstances/quality/xcomEntries/return_value"
    assert stack.call("GET", f"{path}?deserialize=false")["value"]
    assert logged(stack, run, "train_model")
    assert any(key.endswith("/report.json") for key in objects(stack, "iris-knn/"))


def test_an_edit_is_seen_while_it_runs(stack: Stack) -> None:
    text = (stack.project / "pipelines" / "iris-knn.yaml").read_text(encoding="utf-8")
    new = stack.project / "pipelines" / "iris-two.yaml"
    new.write_text(text.replace("name: iris-knn", "name: iris-two"), encoding="utf-8")
    await_true(lambda: "iris-two" in dags(stack), 60, lambda: stack.log("dag-processor")[-3000:])


def test_containers_keep_to_their_volumes(stack: Stack) -> None:
    """What a container writes elsewhere is lost with it; the image and the pipelines stay as they are."""
    written = {
        path.relative_to(stack.folder / "containers" / name / "upper").parts[0]
        for name in ("api-server", "scheduler", "dag-processor", "triggerer", "sagemaker")
        for path in (stack.folder / "containers" / name / "upper").iterdir()
    }
    assert written <= {"airflow.cfg", "dags", "pipelines"}, "the places of mounts are made in a container"
    secrets = stack.folder / "volumes" / "state"
    for name in ("fernet_key", "jwt_secret", "secret_key", "passwords.json"):
        assert (secrets / name).stat().st_mode & 0o077 == 0
    assert (secrets / "compiled").is_dir()


def dags(stack: Stack) -> list[str]:
    return [dag["dag_id"] for dag in stack.call("GET", "/api/v2/dags")["dags"]]


def trigger(stack: Stack, dag: str) -> dict[str, Any]:
    stack.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
    run: dict[str, Any] = stack.call("POST", f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None})
    return run


def await_end(stack: Stack, run: dict[str, Any]) -> dict[str, str]:
    """The states of its tasks."""
    path = f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}"
    await_true(
        lambda: stack.call("GET", path)["state"] in ("success", "failed"),
        150,
        lambda: f"{stack.call('GET', f'{path}/taskInstances')}\n{stack.log('scheduler')[-3000:]}",
    )
    tasks = stack.call("GET", f"{path}/taskInstances")["task_instances"]
    return {task["task_id"]: task["state"] for task in tasks}


def logged(stack: Stack, run: dict[str, Any], task: str) -> list[Any]:
    path = f"/api/v2/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances/{task}/logs/1"
    lines: list[Any] = stack.call("GET", f"{path}?full_content=true")["content"]
    return lines


def objects(stack: Stack, prefix: str) -> list[str]:
    """What boto3 sees from outside, by the port that is published."""
    with stack.network.entered():
        s3 = boto3.client(
            "s3", endpoint_url="http://127.0.0.1:4599", region_name="us-east-1",
            aws_access_key_id="local", aws_secret_access_key="local",
        )  # fmt: skip
        return [each["Key"] for each in s3.list_objects_v2(Bucket="mlpipelines-local", Prefix=prefix)["Contents"]]
