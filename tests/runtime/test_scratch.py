"""Temporary folders of tasks, also of tasks that could not remove theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlpipelines.errors import StepError
from mlpipelines.runtime import scratch
from mlpipelines.runtime.scratch import scratch_folder
from tests.conftest import ROOT

HOLDER = """
import sys
from mlpipelines.runtime.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "rows").write_text("a great many rows")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(temporary: Path) -> subprocess.Popen[str]:
    """Another task, in the middle of its work."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT / "dags")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def folder_of(process: subprocess.Popen[str]) -> Path:
    assert process.stdout
    return Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    process.send_signal(number)
    process.communicate(timeout=20)


def test_a_folder_goes_with_its_task_also_when_that_fails(temporary: Path) -> None:
    def work() -> None:
        with scratch_folder() as folder:
            assert folder.parent == temporary
            (folder / "rows").write_text("x")
            raise ValueError("bad data")

    with pytest.raises(ValueError, match="bad data"):
        work()
    assert not list(temporary.iterdir())


def test_what_a_killed_task_has_left_is_removed_by_the_next(holder: subprocess.Popen[str], temporary: Path) -> None:
    left = folder_of(holder)
    end(holder, signal.SIGKILL)
    assert (left / "rows").exists()
    with scratch_folder() as folder:
        assert list(temporary.iterdir()) == [folder]


def test_the_folder_of_a_task_that_works_stays(holder: subprocess.Popen[str], temporary: Path) -> None:
    others = folder_of(holder)
    try:
        with scratch_folder() as first, scratch_folder() as second:
            assert set(temporary.iterdir()) == {others, first, second}
        assert (others / "rows").exists()
    finally:
        end(holder, signal.SIGKILL)


def test_other_folders_and_those_of_other_machines_stay(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    elsewhere = temporary / f"{scratch._prefix()}x"
    monkeypatch.undo()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    mine = temporary / "mlpipelines-notes"
    (temporary / "target").mkdir()
    link = temporary / f"{scratch._prefix()}link"
    link.symlink_to(temporary / "target")
    for folder in (elsewhere, mine):
        folder.mkdir()
    with scratch_folder():
        pass
    assert set(temporary.iterdir()) == {elsewhere, mine, link, temporary / "target"}


def test_a_file_system_without_locks_will_do(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    with scratch_folder() as other:
        monkeypatch.setattr("fcntl.flock", no_locks)
        with scratch_folder() as folder:
            assert set(temporary.iterdir()) == {other, folder}
    assert not list(temporary.iterdir())


def test_a_machine_without_a_writable_place_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod whose file system is read-only, without a volume at /tmp."""
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: ["/proc"])
    with pytest.raises(StepError, match="mount something writable at /tmp"), scratch_folder():
        pass


def test_a_folder_that_another_task_takes_for_abandoned_is_not_used(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may look between the making of a folder and its lock."""
    real, made = scratch._lock, []

    def late(folder: Path) -> int:
        made.append(folder)
        if len(made) == 1:
            folder.rmdir()
        return real(folder)

    monkeypatch.setattr(scratch, "_lock", late)
    with scratch_folder() as folder:
        assert folder == made[1]
        assert list(temporary.iterdir()) == [folder]
