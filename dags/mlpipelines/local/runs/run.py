"""A pipeline file -> its finished run on this machine: Airflow for real, against the embedded SageMaker.

Two child processes do the work, the server and Airflow; both end with this one, however it ends. What the run leaves
lies in one folder: S3's objects, the jobs' logs, Airflow's log, the result.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mlpipelines.local.runs import airflow_run
from mlpipelines.local.runs.artifacts import save_logs, save_objects, upload
from mlpipelines.local.runs.joining import join
from mlpipelines.local.runs.plan import PACKAGES, Plan, RunError, make_plan
from mlpipelines.local.runs.progress import Progress, print_summary
from mlpipelines.project import Project

WORK = ".mlpipelines"
IMAGES = "images.yaml"
#: The caller's settings of the embedded SageMaker itself.
SERVER_VARIABLES = ("MLPIPELINES_LOCAL_NO_CAPACITY",)
#: Finished runs that are kept for each pipeline.
KEPT_RUNS = 10


@dataclass
class StepRun:
    """How one step went."""

    name: str
    state: str = "not run"
    seconds: float = 0.0
    message: str = ""
    started: float = 0.0

    def take(self, event: dict[str, Any]) -> None:
        """Take one event of its task into account."""
        self.state = event["event"]
        if self.state == "running":
            self.started = self.started or event["time"]
            return
        # A task that fails while its templates are rendered has never been said to run.
        self.seconds = event["time"] - (self.started or event["time"])
        self.message = event.get("message", "")

    def as_json(self) -> dict[str, Any]:
        told = {"name": self.name, "state": self.state, "seconds": round(self.seconds, 1)}
        return told | ({"message": self.message} if self.message else {})


@dataclass
class Run:
    """How a run went; `artifacts` is the folder where every S3 object of the run can be read."""

    pipeline: str
    folder: Path
    state: str = "failed"
    seconds: float = 0.0
    start_up: float = 0.0
    steps: dict[str, StepRun] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def artifacts(self) -> Path:
        return self.folder / "s3"

    def as_json(self) -> dict[str, Any]:
        return {
            "pipeline": self.pipeline,
            "state": self.state,
            "seconds": round(self.seconds, 1),
            "steps": [step.as_json() for step in self.steps.values()],
            "outputs": self.outputs,
            "metrics": self.metrics,
            "artifacts": str(self.artifacts),
            **({"message": self.message} if self.message else {}),
        }


def run_pipeline(
    project: Project,
    file: Path,
    *,
    params: Mapping[str, str],
    variables: Mapping[str, str],
    uploads: Mapping[str, Path],
    as_json: bool = False,
    port: int = 0,
    endpoint: str = "",
    no_capacity: Sequence[str] = (),
    faults: str | None = None,
) -> int:
    """Run the pipeline, show how it goes and what came out. 0: every step succeeded; 1: not; 130: interrupted.

    `endpoint`: that of an embedded SageMaker that runs already; `no_capacity`: instance types that are rehearsed to be
    out of stock; `faults`: as in chaos.py. Raises InvalidPipeline, and RunError when the run cannot start.
    """
    plan = make_plan(project.compile(file), file.absolute(), params, variables, uploads)
    plan = replace(plan, no_capacity=tuple(no_capacity), faults=faults)
    folder = _new_folder(project.root, plan.compiled.pipeline.name)
    run = Run(plan.compiled.pipeline.name, folder)
    run.steps = {step.name: StepRun(step.name) for step in plan.compiled.pipeline.steps}
    progress = Progress(run, quiet=as_json)
    began = time.time()
    try:
        with interruptible():
            _execute(project, plan, run, progress, port, endpoint)
    except KeyboardInterrupt:
        progress.close()
        shutil.rmtree(folder, ignore_errors=True)
        _remove_partial_downloads(project.root, began)
        print("interrupted: nothing of this run is left", file=sys.stderr)
        return 130
    except BaseException:
        progress.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    progress.close()
    (folder / "xcom.json").write_text(json.dumps(run.results, indent=2, default=str) + "\n", encoding="utf-8")
    (folder / "result.json").write_text(json.dumps(run.as_json(), indent=2) + "\n", encoding="utf-8")
    _remove_old(folder.parent)
    if as_json:
        print(json.dumps(run.as_json()))
    else:
        print_summary(run)
    return 0 if run.state == "success" else 1


def _execute(project: Project, plan: Plan, run: Run, progress: Progress, port: int, endpoint: str) -> None:
    """Start both processes at once, follow the run, keep what it leaves."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlpipelines-airflow-")))
        airflow, events = stack.enter_context(_airflow(project, plan, run.folder, home))
        if endpoint:
            join(endpoint, plan.region, plan.buckets, plan.roles)
        endpoint = endpoint or stack.enter_context(_server(project, plan, run.folder, home, port))
        progress.starting()
        upload(endpoint, plan.region, plan.uploads)
        order = json.dumps({"endpoint_url": endpoint, "params": dict(plan.params)})
        for event in events:
            if event["event"] == "ready":
                run.start_up = time.monotonic() - started
                progress.ready()
                airflow.stdin.write(order + "\n")
                airflow.stdin.flush()
            else:
                _apply(event, plan, run, progress)
        try:
            save_objects(endpoint, plan.region, run.artifacts)
            save_logs(endpoint, plan.region, run.folder / "logs")
        except (BotoCoreError, ClientError, OSError) as error:
            run.state = "failed"
            run.message = f"what the run wrote cannot be kept, the embedded SageMaker does not answer: {_first(error)}"
    run.seconds = time.monotonic() - started
    if not run.message and run.state != "success" and not any(step.state == "failed" for step in run.steps.values()):
        run.message = f"Airflow ended before the run did; see {run.folder / 'airflow.log'}"


def _apply(event: dict[str, Any], plan: Plan, run: Run, progress: Progress) -> None:
    """Take one event of the Airflow process into account."""
    kind = event["event"]
    if kind == "crash":
        run.message = f"{event['message']}; see {run.folder / 'airflow.log'}"
    elif kind == "result":
        _finish(event, plan, run, progress)
    elif event["step"] in run.steps:
        step = run.steps[event["step"]]
        step.take(event)
        progress.step(step)


def _finish(result: dict[str, Any], plan: Plan, run: Run, progress: Progress) -> None:
    run.state = result["state"]
    run.outputs = result["outputs"]
    run.results = result["xcom"]
    for name, state in result["states"].items():
        if name in run.steps and run.steps[name].state not in ("success", "failed"):
            run.steps[name].state = state if state != "None" else "not run"
            progress.step(run.steps[name])
    for step in plan.compiled.pipeline.steps:
        if step.type.metrics and isinstance(run.results.get(step.name), dict):
            run.metrics[step.name] = run.results[step.name]["metrics"]
    if run.state == "success" and any(step.state == "failed" for step in run.steps.values()):
        run.state = "failed"


@contextlib.contextmanager
def _airflow(project: Project, plan: Plan, folder: Path, home: Path) -> Iterator[tuple[Any, Iterator[dict[str, Any]]]]:
    """(process, its events) of the Airflow that runs the pipeline."""
    dags = home / "dags"
    dags.mkdir()
    (dags / "pipeline.py").write_text(airflow_run.DAG_FILE, encoding="utf-8")
    ours, theirs = os.pipe()
    environment = plan.environment(home, dags) | {
        "MLPIPELINES_RUN_EVENTS": str(theirs),
        "MLPIPELINES_RUN_FILE": str(plan.file),
        "MLPIPELINES_RUN_ROOT": str(project.root),
        "MLPIPELINES_RUN_DATABASE": str(kept_database(project.root)),
        "MLPIPELINES_LOCAL": "1",
        "MLPIPELINES_CODE_ROOT": str(project.code_root(plan.file)),
        "MLPIPELINES_DATASET_CACHE": str(_subfolder(project.root, "datasets")),
        "MPLCONFIGDIR": str(_subfolder(project.root, "cache/matplotlib")),  # what it knows of fonts, not in the home
        "TMPDIR": str(home),  # what a step leaves behind when it is killed goes with it
        "PYTHONPATH": os.pathsep.join([str(project.root / "dags"), str(PACKAGES)]),
    }
    command = [sys.executable, "-m", airflow_run.__name__]
    with (folder / "airflow.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=home, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True,
            pass_fds=[theirs], start_new_session=True,
        )  # fmt: skip
    os.close(theirs)
    with _ending(process), os.fdopen(ours, encoding="utf-8") as lines:
        yield process, (json.loads(line) for line in lines)


@contextlib.contextmanager
def _server(project: Project, plan: Plan, folder: Path, home: Path, port: int) -> Iterator[str]:
    """The endpoint of the embedded SageMaker."""
    command = [sys.executable, "-m", "mlpipelines.local.server", "--port", str(port), "--parent-pipe"]
    command += ["--region", plan.region, "--journal", str(folder / "requests.jsonl")]
    for bucket in plan.buckets:
        command += ["--bucket", bucket]
    for role in plan.roles:
        command += ["--role", role]
    for instance_type in plan.no_capacity:
        command += ["--no-capacity", instance_type]
    if plan.faults:
        command += ["--faults", plan.faults, "--fault-journal", str(folder / "faults.jsonl")]
    if (project.root / IMAGES).is_file():
        command += ["--images", str(project.root / IMAGES)]
    environment = {key: value for key, value in plan.environment(home, home).items() if "AIRFLOW" not in key}
    environment["TMPDIR"] = str(home)
    environment |= {name: os.environ[name] for name in SERVER_VARIABLES if name in os.environ}
    with (folder / "sagemaker.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            start_new_session=True,
        )  # fmt: skip
    with _ending(process):
        assert process.stdout is not None
        ready = process.stdout.readline()
        if not ready:
            reason = (folder / "sagemaker.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise RunError(f"the embedded SageMaker did not start: {reason[-1] if reason else 'no reason given'}")
        yield str(json.loads(ready)["endpoint_url"])


@contextlib.contextmanager
def _ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """End the process and its children when the block ends, kindly first."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        for number, patience in ((signal.SIGTERM, 6.0), (signal.SIGKILL, 6.0)):
            try:
                process.wait(timeout=0 if process.poll() is not None else 0.2)
                break
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=patience)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal end a run as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _new_folder(root: Path, pipeline: str) -> Path:
    """A new folder for one run below .mlpipelines/runs; named by time, so that the newest sorts last."""
    parent = _subfolder(root, f"runs/{pipeline}")
    return Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%dT%H%M%S-"), dir=parent))


def kept_database(root: Path) -> Path:
    import importlib.metadata

    names = ("apache-airflow-core", "apache-airflow-providers-amazon")
    versions = "-".join(importlib.metadata.version(name) for name in names)
    return _subfolder(root, "cache") / f"airflow-{versions}.db"


def _subfolder(root: Path, name: str) -> Path:
    """A folder below .mlpipelines in the project, or below the user's temporary folder where that cannot be written."""
    for base in (root / WORK, _elsewhere):
        with contextlib.suppress(OSError):
            folder = base() / name if callable(base) else base / name
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    raise RunError(f"cannot write to {root / WORK}, nor to {tempfile.gettempdir()}")


@cache
def _elsewhere() -> Path:
    """A folder of nobody else's, for projects that cannot be written to."""
    folder = Path(tempfile.mkdtemp(prefix="mlpipelines-runs-"))
    print(f"the project's folder cannot be written to; this run is kept in {folder}", file=sys.stderr)
    return folder


def _remove_partial_downloads(root: Path, since: float) -> None:
    """What this run has begun to download."""
    for path in (root / WORK / "datasets").glob("partial-*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime >= since:
                shutil.rmtree(path, ignore_errors=True)


def _remove_old(runs: Path) -> None:
    for old in sorted(path for path in runs.iterdir() if path.is_dir())[:-KEPT_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
