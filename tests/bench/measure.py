"""How things are measured: whole processes, alternatives in turns, medians; and how results are shown."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parent.parent.parent
Result = TypeVar("Result")


@dataclass(frozen=True)
class Sample:
    """One finished process."""

    seconds: float
    cpu: float
    """Seconds of processor time: what else the machine does is hardly in them, so ratios are made of these."""
    megabytes: float
    """The most memory that it had at once."""
    output: str


@dataclass(frozen=True)
class Row:
    """One line of the table. `higher` says that more is better; a row without a target is for information."""

    what: str
    measured: float
    unit: str
    target: float | None = None
    higher: bool = False

    @property
    def met(self) -> bool:
        return self.target is None or (self.measured >= self.target if self.higher else self.measured <= self.target)

    def cells(self) -> tuple[str, ...]:
        measured = f"{_number(self.measured)} {self.unit}"
        if self.target is None:
            return self.what, measured, "", "", ""
        limit = f"{'>=' if self.higher else '<='} {self.target:g} {self.unit}"
        return self.what, measured, limit, f"{self.measured / self.target:.2f}", "ok" if self.met else "missed"


def show(rows: Sequence[Row]) -> str:
    """The rows as a table. The ratio is measured/target."""
    table = [("what", "measured", "target", "ratio", ""), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    return "\n".join(lines)


def interleaved(
    ways: Mapping[str, Callable[[], Result]], repeats: int, *, warm_up: bool = True
) -> dict[str, list[Result]]:
    """What each way gives, `repeats` times, in turns: what else the machine does then meets all of them alike.

    A first round is not counted, `warm_up`: it fills the caches of files and bytecode.
    """
    results: dict[str, list[Result]] = {name: [] for name in ways}
    for turn in range(repeats + warm_up):
        for name, way in ways.items():
            result = way()
            if turn >= warm_up:
                results[name].append(result)
    return results


def run_process(
    command: Sequence[str | Path], environment: Mapping[str, str], folder: Path, *, statuses: tuple[int, ...] = (0,)
) -> Sample:
    """Run a command to its end. Raises RuntimeError with what it said when its exit status is none of `statuses`."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=output, text=True)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode not in statuses:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said[-4000:]}")
    scale = 1024 if sys.platform == "darwin" else 1  # bytes there, kilobytes elsewhere
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024 / scale, said)


def median_seconds(samples: Sequence[Sample]) -> float:
    return statistics.median(sample.seconds for sample in samples)


def median_cpu(samples: Sequence[Sample]) -> float:
    return statistics.median(sample.cpu for sample in samples)


def environment(python_path: Path, **more: str) -> dict[str, str]:
    """The environment of a measured process: nothing of Airflow or Python that this one happens to have."""
    ours = ("AIRFLOW", "_AIRFLOW", "PYTHON", "MLPIPELINES", "AWS_", "GITHUB_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return kept | {"PYTHONPATH": str(python_path)} | more


def new_folder() -> AbstractContextManager[str]:
    """A folder that is gone afterwards."""
    return tempfile.TemporaryDirectory(prefix="mlpipelines-bench-")


def tool(name: str) -> Path:
    """A command that is installed beside this Python."""
    return Path(sys.executable).with_name(name)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
