"""The guard between the server and a job's command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlpipelines.local.jobs.process import GUARD

SLEEP = (sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)")


def guarded(*command: str, directory: Path | str = "", grace: float = 0.5) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(GUARD), str(grace), str(directory), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def ended(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        with process:
            assert process.wait(30) in (137, 143)


@pytest.mark.parametrize(
    ("command", "status"),
    [(("true",), 0), (("sh", "-c", "exit 7"), 7), (("sh", "-c", "kill -9 $$"), 137), (("/nonexistent/x",), 127)],
)
def test_the_status_is_the_commands(command: tuple[str, ...], status: int) -> None:
    with guarded(*command) as process:
        assert process.wait(20) == status


def test_an_end_that_comes_with_the_start_is_not_slept_over(tmp_path: Path) -> None:
    """The pipe closes while the guard is about to wait for its command."""
    processes = [guarded(*SLEEP, directory=tmp_path / str(number)) for number in range(20)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    ended(processes)


def test_a_stop_that_comes_with_the_start_is_not_slept_over() -> None:
    processes = [guarded("sh", "-c", "echo started; exec sleep 600") for _ in range(20)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        process.terminate()
    ended(processes)


def test_a_stop_that_comes_with_the_end_of_the_server_is_not_slept_over() -> None:
    processes = [guarded("sh", "-c", "echo started; exec sleep 600") for _ in range(40)]
    for process in processes:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        process.terminate()
        process.stdin.close()
    ended(processes)
