"""deploy/mwaa.sh: what it puts into the bucket, in which order, when it refuses; and the DAGs that MWAA sees there."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.conftest import ROOT, aws_settings
from tests.deploy.support import HERE, PIPELINES, Checkout, assert_runs_from, python_tool, seen_by_airflow, tree
from tests.own_step_type import PIPELINE, add_step_type

pytestmark = pytest.mark.airflow
LOCKED = dict(re.findall(r"^(\S+?)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))["apache-airflow"]
BROKEN = "name: broken\nsteps: {train: {type: trian}}\n"


class Mwaa:
    """An environment, its bucket, and the repository that is deployed to it."""

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout(folder / "repository")
        self.bucket, self.state_file = folder / "s3" / "flowers-bucket", folder / "mwaa.json"
        self.bucket.mkdir(parents=True)
        self.settings = {"S3_FOLDER": str(folder / "s3"), "MWAA_STATE": str(self.state_file), "MWAA_POLL_SECONDS": "0"}
        self.set(
            Name="flowers", SourceBucketArn="arn:aws:s3:::flowers-bucket", DagS3Path="dags", AirflowVersion=LOCKED,
            Status="AVAILABLE", LastUpdate={"Status": "SUCCESS"}, outcome="SUCCESS", updates=[],
        )  # fmt: skip
        self.checkout.add_tool("aws", python_tool(HERE / "aws.py"))

    def set(self, **values: Any) -> None:
        state = self.state if self.state_file.exists() else {}
        self.state_file.write_text(json.dumps(state | values))

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.state_file.read_text())
        return state

    def deploy(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.checkout.deploy("mwaa", *arguments, "flowers", **self.settings, **environment)


@pytest.fixture
def mwaa(tmp_path: Path) -> Mwaa:
    return Mwaa(tmp_path)


def assert_deployed(folder: Path, home: Path) -> None:
    seen = seen_by_airflow(folder, home)
    assert_runs_from(folder, seen)
    assert seen.compiled == []  # what was compiled is there, too, and fits


def test_airflow_sees_every_pipeline_in_what_the_script_has_put_into_the_bucket(mwaa: Mwaa, tmp_path: Path) -> None:
    done = mwaa.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "airflow" / "dags"
    shutil.copytree(mwaa.bucket / "dags", folder)
    assert_deployed(folder, tmp_path / "airflow")


def test_the_same_with_aws_own_command_line_and_moto_s3(mwaa: Mwaa, tmp_path: Path, s3: tuple[str, Any]) -> None:
    url, client = s3
    done = mwaa.deploy(REAL_AWS=real_aws(), AWS_DEFAULT_REGION="us-east-1", **aws_settings(url))
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "airflow" / "dags"
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="flowers-bucket", Prefix="dags/"):
        for thing in page["Contents"]:
            file = folder / thing["Key"].removeprefix("dags/")
            file.parent.mkdir(parents=True, exist_ok=True)
            client.download_file("flowers-bucket", thing["Key"], str(file))
    assert_deployed(folder, tmp_path / "airflow")
    version = client.head_object(Bucket="flowers-bucket", Key="requirements.txt")["VersionId"]
    assert mwaa.state["updates"][0]["requirements_s3_object_version"] == version


@pytest.fixture
def s3() -> Iterator[tuple[str, Any]]:
    """(URL, client) of an S3 with one bucket that keeps versions."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        client = boto3.Session("test", "test", region_name="us-east-1").client("s3", endpoint_url=url)
        client.create_bucket(Bucket="flowers-bucket")
        client.put_bucket_versioning(Bucket="flowers-bucket", VersioningConfiguration={"Status": "Enabled"})
        yield url, client
    finally:
        server.stop()


def real_aws() -> str:
    """The AWS command line; a version manager may have put something of its name on the PATH that does not answer."""
    found = shutil.which("aws")
    if found is None or subprocess.run([found, "--version"], capture_output=True, timeout=60).returncode:
        pytest.skip("this machine has no AWS command line")
    return found


def test_exactly_what_airflow_needs_is_deployed(mwaa: Mwaa) -> None:
    done = mwaa.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    files = tree(mwaa.bucket / "dags")
    assert {file.split("/")[0] for file in files} == {
        ".airflowignore", ".mlpipelines", "callables", "constraints.txt", "invalid_pipelines.py", "load_pipelines.py",
        "mlpipelines", "pipelines", "pyproject.toml", "schemas", "templates",
    }  # fmt: skip
    assert not [file for file in files if file.endswith((".pyc", "ruff.toml")) or "mlpipelines/local/" in file]
    assert tree(mwaa.bucket) == {f"dags/{file}" for file in files} | {"requirements.txt", "startup.sh"}


def test_what_is_gone_from_the_repository_goes_and_what_has_changed_in_the_same_size_is_replaced(mwaa: Mwaa) -> None:
    assert mwaa.deploy().returncode == 0
    file = mwaa.checkout.root / "pipelines" / "iris-knn.yaml"
    os.utime(file, (1, 1))  # as old as another checkout may leave it
    file.write_text(file.read_text().replace("k: 3,", "k: 5,"))
    (mwaa.checkout.root / "pipelines" / "flowers.yaml").unlink()
    assert mwaa.deploy().returncode == 0
    assert "k: 5," in (mwaa.bucket / "dags/pipelines/iris-knn.yaml").read_text()
    assert not (mwaa.bucket / "dags/pipelines/flowers.yaml").exists()
    assert len(mwaa.state["updates"]) == 1  # the packages are those of the first time


def test_pipelines_come_after_what_they_are_made_with_and_dag_files_at_last(mwaa: Mwaa) -> None:
    done = mwaa.deploy("--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    names = [line.split("/dags/")[-1] for line in done.stdout.splitlines() if "upload: " in line]
    first = names[: next(at for at, name in enumerate(names) if name.startswith("pipelines/"))]
    assert {"mlpipelines/loader.py", "schemas/pipeline.schema.json", "templates/pipeline.yaml.j2"} <= set(first)
    assert not {"load_pipelines.py", "invalid_pipelines.py"} & set(first)
    assert "load_pipelines.py" in names[len(first) :]


def test_what_is_half_deployed_is_no_import_error(mwaa: Mwaa, tmp_path: Path) -> None:
    """A pipeline with a step type that comes with it; S3 gives up before the pipelines."""
    assert mwaa.deploy().returncode == 0
    add_step_type(mwaa.checkout.root)
    mwaa.checkout.add_pipeline("own", PIPELINE)
    done = mwaa.deploy(S3_FAILS="yes")
    assert done.returncode == 1
    assert "SlowDown" in done.stderr
    folder = tmp_path / "airflow" / "dags"
    shutil.copytree(mwaa.bucket / "dags", folder)
    seen = seen_by_airflow(folder, folder.parent)
    assert (set(seen.dags), seen.errors) == (PIPELINES, {})
    assert mwaa.deploy().returncode == 0
    assert (mwaa.bucket / "dags" / "pipelines" / "own.yaml").exists()


def test_a_dry_run_changes_nothing(mwaa: Mwaa) -> None:
    done = mwaa.deploy("--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not really: a dry run" in done.stdout
    assert (tree(mwaa.bucket), mwaa.state["updates"]) == (set(), [])


def test_an_invalid_project_is_not_deployed(mwaa: Mwaa) -> None:
    mwaa.checkout.add_pipeline("broken", BROKEN)
    done = mwaa.deploy()
    assert done.returncode == 1
    assert "pipelines/broken.yaml:2:" in done.stdout
    assert tree(mwaa.bucket) == set()


def test_new_packages_are_installed_before_anything_else_changes(mwaa: Mwaa) -> None:
    assert mwaa.deploy().returncode == 0
    (update,) = mwaa.state["updates"]
    assert update["requirements_s3_path"] == "requirements.txt"
    assert update["startup_script_s3_path"] == "startup.sh"
    requirements = (mwaa.bucket / "requirements.txt").read_text()
    assert requirements.startswith('--constraint "/usr/local/airflow/dags/constraints.txt"\n')
    assert "dag-factory==" in requirements
    assert "\napache-airflow==" not in requirements + (mwaa.bucket / "dags/constraints.txt").read_text()
    lock = mwaa.checkout.root / "constraints.txt"
    lock.write_text(lock.read_text().replace("pandas==", "pandas==0+"))
    mwaa.checkout.add_pipeline("later", (HERE / "pipelines" / "flowers.yaml").read_text().replace("flowers", "later"))
    mwaa.set(outcome="FAILED")
    done = mwaa.deploy()
    assert done.returncode == 1
    assert "the update of flowers ended as FAILED" in done.stderr
    assert not (mwaa.bucket / "dags/pipelines/later.yaml").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"AirflowVersion": "3.0.6"}, f"flowers runs Airflow 3.0.6, this project is locked for {LOCKED}"),
        ({"Status": "CREATING"}, "flowers is CREATING"),
        ({"Name": "other"}, "ResourceNotFoundException"),
    ],
)
def test_an_environment_that_does_not_fit_is_left_alone(mwaa: Mwaa, values: dict[str, str], message: str) -> None:
    mwaa.set(**values)
    done = mwaa.deploy()
    assert done.returncode != 0
    assert message in done.stderr
    assert tree(mwaa.bucket) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["test", "production"]])
def test_the_usage_is_told(mwaa: Mwaa, arguments: list[str]) -> None:
    done = mwaa.checkout.deploy("mwaa", *arguments)
    assert (done.returncode, done.stderr) == (2, "Usage: deploy/mwaa.sh [--dry-run] ENVIRONMENT\n")


def test_the_startup_script_puts_the_dag_folder_on_every_pythons_path(tmp_path: Path) -> None:
    """As MWAA does it: the script runs in a shell, then other processes start."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "found_there.py").touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(sys._base_executable)  # type: ignore[attr-defined]
    script = f'. "{ROOT}/deploy/mwaa-startup.sh" && echo $DO_NOT_TRACK && python3 -c "import found_there"'
    environment = {"HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path), "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-euc", script], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
