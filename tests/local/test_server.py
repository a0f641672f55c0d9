"""The server's life: it starts or says why not, and however it ends nothing of it stays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from mlpipelines.local.server import LocalSageMaker, ServerError
from tests.local.support import HERE, PACKAGES, Server, poll, running_server, start_server, training_request

IMAGES = ("--images", str(HERE / "images.yaml"))


def processes_with(mark: str) -> list[str]:
    """Command lines that hold `mark`, this process aside."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if mark in line and line.split()[0] != str(os.getpid())]


def job_with_children(server: Server, mark: str) -> None:
    values = {"children": "2", "mark": mark}
    server.sagemaker.create_training_job(**training_request("long", "sleeper", hyperparameters=values))
    poll(lambda: processes_with(mark), lambda found: len(found) == 2)


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start_server(tmp_path, "--port", str(port), stderr=subprocess.PIPE)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert out == ""
    assert err.count("\n") == 1
    assert f"port {port} of 127.0.0.1 is taken" in err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_images_file_is_told_in_one_line(tmp_path: Path) -> None:
    images = tmp_path / "images.yaml"
    images.write_text("knn: 5\n")
    process = start_server(tmp_path, "--images", str(images), stderr=subprocess.PIPE)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert err.startswith(f"{images}: knn: `command` must be a text")
    assert err.count("\n") == 1


def end_by_sigterm(server: Server) -> None:
    server.process.terminate()


def end_by_sigint(server: Server) -> None:
    server.process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("end", [end_by_sigterm, end_by_sigint])
@pytest.mark.parametrize("values", [{}, {"stubborn": "yes"}])
def test_ending_the_server_ends_jobs_and_leaves_nothing(
    tmp_path: Path, end: Callable[[Server], None], values: dict[str, str]
) -> None:
    mark = f"mark-{uuid4().hex}"
    with running_server(tmp_path / "tmp", *IMAGES) as server:
        job_with_children(server, mark)
        assert list(server.temporary.iterdir())
        start = time.monotonic()
        end(server)
        assert server.process.wait(10) == 0
        assert time.monotonic() - start < 5
    assert processes_with(mark) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_server_ends_with_its_parent(tmp_path: Path) -> None:
    process = start_server(tmp_path, "--parent-pipe", stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline()
    process.stdin.close()
    assert process.wait(5) == 0
    process.stdout.close()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_server_leaves_no_job_process(tmp_path: Path) -> None:
    mark = f"mark-{uuid4().hex}"
    with running_server(tmp_path / "tmp", *IMAGES) as server:
        job_with_children(server, mark)
        server.process.kill()
        poll(lambda: processes_with(mark), lambda found: not found, seconds=5)
        poll(lambda: list((tmp_path / "tmp").glob("*/training/*")), lambda found: not found, seconds=5)


def test_the_directory_of_a_killed_server_is_removed_by_the_next_one(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.process.kill()
        server.process.wait()
    [stale] = tmp_path.glob("*/.lock")
    os.utime(stale, (0, 0))
    with running_server(tmp_path):
        assert not stale.exists()


def test_directories_of_jobs_are_kept_on_request(tmp_path: Path) -> None:
    with running_server(tmp_path / "tmp", "--keep", str(tmp_path / "kept"), *IMAGES) as server:
        server.train("kept", "crash")
    assert (tmp_path / "kept/training/kept/model/half").is_file()
    assert (tmp_path / "kept/training/kept/input/config/hyperparameters.json").is_file()


def test_settings_of_the_user_do_not_reach_jobs(tmp_path: Path) -> None:
    environment = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "secret",
        "MY_PASSWORD": "secret",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "PYTHONPATH": os.pathsep.join([str(PACKAGES), "relative"]),
    }
    with running_server(tmp_path, *IMAGES, "--keep", str(tmp_path / "kept"), environment=environment) as server:
        job = server.train("clean", "team/inspect")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    seen = (tmp_path / "kept/training/clean/model/seen.json").read_text()
    assert "secret" not in seen
    assert "production" not in seen
    assert '127.0.0.1:1"' not in seen
    assert f"{Path.cwd()}/relative" in seen


def test_python_starts_one_server_at_a_time_and_each_starts_empty() -> None:
    for _ in range(2):
        with LocalSageMaker(buckets=["one"], roles=["mine"]) as local:
            clients = Server(None, local.endpoint_url, Path())  # type: ignore[arg-type]
            assert [bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]] == ["one"]
            assert clients.client("iam").get_role(RoleName="mine")
            clients.s3.create_bucket(Bucket="two")
            with pytest.raises(ServerError, match="there is a local SageMaker in this process already"):
                LocalSageMaker().start()


def test_a_bucket_name_that_s3_refuses_is_told() -> None:
    with pytest.raises(ServerError, match="cannot create the bucket 'x'"):
        LocalSageMaker(buckets=["x"]).start()
    with LocalSageMaker():
        pass


def test_the_server_does_not_import_what_only_jobs_need() -> None:
    code = "import sys, mlpipelines.local.server; print({'airflow', 'sklearn', 'xgboost', 'pandas'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(PACKAGES)}, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"
