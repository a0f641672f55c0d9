"""How a run goes -> lines on the terminal while it does, and a summary when it is over."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpipelines.local.runs.artifacts import local_path

if TYPE_CHECKING:
    from mlpipelines.local.runs.run import Run, StepRun

#: The outputs that lead to what a run is made for.
_TELLING = ("artifact", "predictions", "report", "confusion_matrix", "roc_curve")
#: Classes that are shown with their own measures.
_MOST_CLASSES = 20


class Progress:
    """One line a step. On a terminal the running step's seconds count; elsewhere only what has ended is printed."""

    def __init__(self, run: Run, *, quiet: bool) -> None:
        self.run, self.quiet = run, quiet
        self.live = sys.stdout.isatty() and not quiet
        self.width = max([len(name) for name in run.steps] + [len("start-up")])
        self._line = ""
        self._since = time.time()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        steps = "1 step" if len(run.steps) == 1 else f"{len(run.steps)} steps"
        self._print(f"{run.pipeline}: {steps}, simulated on this machine; nothing reaches AWS")
        if self.live:
            threading.Thread(target=self._tick, daemon=True).start()

    def starting(self) -> None:
        self._show("start-up", "Airflow and the embedded SageMaker", time.time())

    def ready(self) -> None:
        self._end("start-up", "ready", self.run.start_up)

    def step(self, step: StepRun) -> None:
        if step.state == "running":
            self._show(step.name, "running", step.started)
        else:
            self._end(step.name, step.state, step.seconds, step.message)

    def close(self) -> None:
        self._ended.set()
        with self._lock:
            if self.live and self._line:
                print("\r\033[K", end="", flush=True)

    def _show(self, name: str, state: str, since: float) -> None:
        with self._lock:
            self._line, self._since = f"  {name:<{self.width}}  {state}", since

    def _end(self, name: str, state: str, seconds: float, message: str = "") -> None:
        with self._lock:
            self._line = ""
            clear = "\r\033[K" if self.live else ""
            took = f"{seconds:7.1f} s" if seconds else ""
            self._print(f"{clear}  {name:<{self.width}}  {state:<16}{took}".rstrip())
            for line in message.splitlines()[:8]:
                self._print(f"      {line}")

    def _tick(self) -> None:
        while not self._ended.wait(0.2):
            with self._lock:
                if self._line:
                    print(f"\r\033[K{self._line} {time.time() - self._since:.0f} s", end="", flush=True)

    def _print(self, text: str) -> None:
        if not self.quiet:
            print(text, flush=True)


def print_summary(run: Run) -> None:
    """What came out, and where it lies."""
    steps = sum(step.seconds for step in run.steps.values())
    print(f"\n{run.state} in {run.seconds:.1f} s: {run.start_up:.1f} s start-up, {steps:.1f} s in steps, "
          f"{max(run.seconds - run.start_up - steps, 0):.1f} s Airflow between them")  # fmt: skip
    if run.message:
        print(f"\n{run.message}")
    _print_places(run)
    for step, metrics in run.metrics.items():
        rows = run.results[step].get("rows")
        print(f"\n{step}" + (f" on {rows} held-back rows" if rows else ""))
        width = max([17, *map(len, metrics)])
        for name, value in metrics.items():
            print(f"  {name:<{width}} {value:.4g}")
        _print_classes(run.results[step].get("classes") or {})
        _print_sample(run.results[step].get("sample") or [])
    if any("No S3 objects found" in step.message for step in run.steps.values()):
        print("\nthe local S3 starts empty: put data into it with --put FILE=s3://bucket/key")
    if run.state != "success":
        print(f"\nlogs: {_nearest(run.folder)}")


def _print_places(run: Run) -> None:
    places = [
        (step, output, value)
        for step, outputs in run.outputs.items()
        for output, value in outputs.items()
        if output in _TELLING and isinstance(value, str) and value.startswith("s3://")
    ]
    if places:
        print()
    several = len({output for _, output, _ in places}) < len(places)
    names = [f"{step}.{output}" if several else output for step, output, _ in places]
    width = max([16, *map(len, names)])
    for name, (_, _, uri) in zip(names, places, strict=True):
        path = local_path(uri.rstrip("/"), run.artifacts)
        print(f"{name:<{width}} {_nearest(path) if path and path.exists() else uri}")


def _nearest(path: Path) -> str:
    """The path as one would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _print_sample(sample: list[dict[str, Any]]) -> None:
    if sample:
        print("  first predictions    " + "  ".join(f"{_short(row['prediction']):>6}" for row in sample))
        print("  the truth            " + "  ".join(f"{_short(row['label']):>6}" for row in sample))


def _print_classes(classes: dict[str, dict[str, float]]) -> None:
    """A line for each class; what is more than a screen shows is in the report."""
    if not 1 < len(classes) <= _MOST_CLASSES:
        return
    width = min(max(map(len, classes)), 30)
    print(f"  {'':<{width}}  precision  recall     f1     rows")
    for name, row in classes.items():
        measures = f"{row['precision']:9.3f}{row['recall']:8.3f}{row['f1']:7.3f}"
        print(f"  {name[:width]:<{width}}  {measures}{row['support']:9}")


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
