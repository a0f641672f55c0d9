"""`mlpipelines local` as a user starts and ends it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from tests.local.support import PACKAGES, training_request

SETTING = re.compile(r"(AWS_\w+)=(\S+)")


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and what it says when it is ready."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES), "TMPDIR": str(folder), "AWS_PROFILE": "nobody"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mlpipelines", "local", *arguments],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = ""
        while "may run commands as you" not in said:
            line = process.stdout.readline()
            assert line, f"it ended: {said}"
            said += line
        yield process, said
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_it_says_is_all_that_boto3_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    arguments = ("--port", "0", "--state", "kept", "--bucket", "mine", "--role", "me", "--region", "eu-west-1")
    with started(tmp_path, *arguments) as (process, said):
        for name, value in SETTING.findall(said):
            monkeypatch.setenv(name, value)
        assert "buckets   s3://mine\n" in said
        assert "kept in kept" in said
        boto3.client("s3").put_object(Bucket="mine", Key="k", Body=b"v")
        assert boto3.client("iam").get_role(RoleName="me")["Role"]["Arn"] in said
        sagemaker = boto3.client("sagemaker")
        request = training_request("t", "knn", OutputDataConfig={"S3OutputPath": "s3://mine/out"})
        assert sagemaker.create_training_job(**request)["TrainingJobArn"].startswith("arn:aws:sagemaker:eu-west-1:")
        process.send_signal(number)
        assert process.wait(15) == 0
    with started(tmp_path, *arguments) as (_, said):
        for name, value in SETTING.findall(said):
            monkeypatch.setenv(name, value)
        assert boto3.client("s3").get_object(Bucket="mine", Key="k")["Body"].read() == b"v"
        assert boto3.client("sagemaker").describe_training_job(TrainingJobName="t")["TrainingJobStatus"] == "Failed"


def test_its_region_is_that_of_the_pipelines(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "defaults.yaml").write_text("region: eu-central-1\n")
    with started(tmp_path, "--port", "0") as (_, said):
        assert "AWS_DEFAULT_REGION=eu-central-1\n" in said


def test_it_is_reached_from_elsewhere_only_when_told_so(tmp_path: Path) -> None:
    """127.0.0.2 stands for another address of this machine: what listens on 127.0.0.1 is not reached by it."""
    with started(tmp_path, "--port", "0") as (_, said):
        port = int(said.split("http://127.0.0.1:")[1].split()[0])
        assert "Only this machine can reach the port" in said
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)
    with started(tmp_path, "--port", "0", "--host", "0.0.0.0") as (_, said):
        port = int(said.split("http://127.0.0.1:")[1].split()[0])
        assert "Other machines reach the port" in said
        socket.create_connection(("127.0.0.2", port), timeout=5).close()


def test_an_address_that_is_not_this_machine_s_is_told_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlpipelines", "local", "--port", "0", "--host", "192.0.2.1"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PACKAGES)}, text=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "192.0.2.1" in done.stderr


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "mlpipelines", "local", "--port", "0", "--state", "file/state"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PACKAGES)}, text=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    place = tmp_path / "file" / "state"
    assert done.stderr == f"mlpipelines: nothing can be kept in {place}: Not a directory; give another folder\n"


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "mlpipelines", "local", "--port", port],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PACKAGES)}, text=True, capture_output=True, timeout=60,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"mlpipelines: port {port} of 127.0.0.1 is taken")
    assert done.stderr.count("\n") == 1
