"""An Airflow whose workers share nothing but the bundle's files and S3: two of Celery's, and pods.

It has both executors. Each worker has a home, a working directory, temporary files, an AIRFLOW_HOME and a copy
of the bundle of its own, no way to Airflow's database, and no AWS settings but the connection that Airflow keeps.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.airflow.deployment import Deployment
from tests.conftest import ROOT
from tests.e2e.deployed_airflow import Airflow
from tests.e2e.pod_executor import make_places
from tests.local.support import ROLE, Server, running_server

PODS = "tests.e2e.pod_executor.PodExecutor"
#: What a pod has of this process's environment, and of Airflow's settings.
_KEPT = ("PATH", "LANG", "LC_ALL")
_TOLD_TO_WORKERS = ("AIRFLOW__CORE__EXECUTION_API", "AIRFLOW__WORKERS__", "AIRFLOW__LOGGING__LOGGING_LEVEL")
#: Every task is a new process or more, which takes its time on a busy machine, and so does the API server.
_PATIENCE = {
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
    "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
}
#: A program that ends when a file is there; the file's name is its hyperparameter `end`.
_WAITER = """
import json, os, pathlib, time
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
end = pathlib.Path(json.loads((base / "input/config/hyperparameters.json").read_text())["end"])
while not end.exists():
    time.sleep(0.1)
(base / "model/model").write_text("")
"""


class Bundle(Deployment):
    """One copy of the project."""

    def __init__(self, root: Path, pipelines: dict[str, str]) -> None:
        root.mkdir(parents=True)
        super().__init__(root)
        self.dags = root / "dags"
        defaults = self.pipelines / "defaults.yaml"
        defaults.write_text(defaults.read_text().replace("us-east-2", "us-east-1") + "poll_interval: 1s\n")
        for name, text in pipelines.items():
            self.add(name, text)
        (self.pipelines / "code").mkdir()
        (self.pipelines / "code" / "tell.py").write_text(f"print('{root.parent.name}')\n")

    def compile(self) -> None:
        """Ship the compiled pipelines with it."""
        command = [sys.executable, "-m", "mlpipelines", "compile"]
        environment = {**os.environ, "PYTHONPATH": str(self.dags)}
        subprocess.run(command, cwd=self.root, env=environment, check=True, capture_output=True, timeout=120)

    def make_read_only(self) -> dict[str, tuple[int, int]]:
        """As an image has it: compiled, and not to be written to. Gives what it holds."""
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(self.dags)], check=True, timeout=120)
        for path in (*self.root.rglob("*"), self.root):
            path.chmod(path.stat().st_mode & 0o555)
        return self.files()

    def files(self) -> dict[str, tuple[int, int]]:
        """Path -> size and time of everything. Root may write where it is not allowed to."""
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in self.root.rglob("*")}


@dataclass
class Workers:
    """`root` holds a folder for each worker, and `pods/` with one for each pod."""

    root: Path
    airflow: Airflow
    aws: Server
    bundles: dict[str, Bundle]
    snapshots: dict[str, dict[str, tuple[int, int]]]
    """What the read-only bundles held at first."""

    def kill(self, worker: str) -> None:
        """The machine is gone: all that the worker has started ends with it, at once."""
        process = self.airflow.processes.pop(worker)
        signal_all(self.root / worker)
        process.wait(20)

    def tasks(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        found = self.airflow.listed(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances", "task_instances")
        return {task["task_id"]: task for task in found}

    def place(self, task: dict[str, Any]) -> str:
        """The worker or the pod that a task has run on: Airflow knows it by its working directory."""
        return Path(task["hostname"]).parent.name

    def jobs(self, name: str) -> list[str]:
        """The statuses of the training jobs whose names contain `name`."""
        found = self.aws.sagemaker.list_training_jobs(NameContains=name, MaxResults=100)["TrainingJobSummaries"]
        return [job["TrainingJobStatus"] for job in found]

    def pods(self, dag: str) -> list[Path]:
        """The folders of a pipeline's pods, `<dag>.<task>.<try>.<some letters>`."""
        return sorted((self.root / "pods").glob(f"{dag}.*"))

    def logs(self) -> str:
        """What all workers and pods have written."""
        files = [*self.root.glob("*/airflow/logs/**/*.log"), *self.root.glob("pods/*/log")]
        return "\n".join(f"== {file}\n{file.read_text(errors='replace')[-3000:]}" for file in sorted(files))


@contextmanager
def running_workers(root: Path, pipelines: dict[str, str], policy: str) -> Iterator[Workers]:
    """SageMaker, an Airflow, and two Celery workers, `one` and `two`, each with a queue of its own and a common one.

    `policy` is the text of Airflow's `airflow_local_settings.py`. The bundles of `two` and of the pods are read-only;
    what pipelines become is kept by `one`, compiled anew for each task by `two`, and in the bundle of the pods.
    """
    (root / "images.yaml").write_text("waiter: python waiter.py\n")
    (root / "waiter.py").write_text(_WAITER)
    with running_server(root / "aws", "--images", str(root / "images.yaml"), "--workers", "8") as aws:
        bundles = {name: Bundle(root / name / "bundle", pipelines) for name in ("server", "one", "two", "pods")}
        bundles["pods"].compile()
        snapshots = {name: bundles[name].make_read_only() for name in ("two", "pods")}
        airflow = Airflow(root / "server" / "airflow", bundles["server"].dags, {})
        airflow.environment |= _settings(root, airflow, bundles)
        try:
            _start(airflow, bundles, policy)
            airflow.await_ready(len(pipelines))
            _connect(airflow, aws)
            yield Workers(root, airflow, aws, bundles, snapshots)
        finally:
            airflow.end_all()
            for name in ("one", "two", "pods"):
                signal_all(root / name)


def signal_all(folder: Path, number: signal.Signals = signal.SIGKILL) -> None:
    """To every process that works in the folder: their titles hide their environments and commands."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                os.kill(int(entry.name), number)


def _settings(root: Path, airflow: Airflow, bundles: dict[str, Bundle]) -> dict[str, str]:
    broker = root / "broker"
    broker.mkdir()
    airflow.environment |= _PATIENCE
    shared = {name: airflow.environment[name] for name in airflow.environment if name.startswith(_TOLD_TO_WORKERS)}
    image = {name: os.environ[name] for name in _KEPT if name in os.environ} | shared
    return {
        "PYTHONPATH": os.pathsep.join((str(bundles["server"].dags), str(ROOT))),
        "AIRFLOW__CORE__EXECUTOR": f"CeleryExecutor,{PODS}",
        "AIRFLOW__CELERY__BROKER_URL": f"sqla+sqlite:///{broker}/messages.db",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+sqlite:///{broker}/results.db",
        "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL": "False",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        "AIRFLOW__CELERY__SYNC_PARALLELISM": "1",
        "POD_FOLDER": str(bundles["pods"].root.parent),
        # As our image has it: the package is importable, and DAGs are read from there.
        "POD_ENVIRONMENT": json.dumps({**image, "PYTHONPATH": str(bundles["pods"].dags), **_own(bundles["pods"])}),
    }


def _own(bundle: Bundle) -> dict[str, str]:
    return {"AIRFLOW__CORE__DAGS_FOLDER": str(bundle.dags), "AIRFLOW__CORE__HOSTNAME_CALLABLE": "os.getcwd"}


def _start(airflow: Airflow, bundles: dict[str, Bundle], policy: str) -> None:
    config = airflow.folder / "config"
    config.mkdir()
    (config / "airflow_local_settings.py").write_text(policy)
    airflow.migrate()
    airflow.start(*airflow.commands)
    for name, cache in (("one", {}), ("two", {"MLPIPELINES_CACHE": "off"})):
        options = ("--queues", f"{name},both", "--without-mingle", "--without-gossip", "--skip-serve-logs")
        airflow.commands[name] = ["celery", "worker", *options]
        places = make_places(bundles[name].root.parent)
        database = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{places['AIRFLOW_HOME']}/none.db"}
        executor = {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "PYTHONPATH": ""}
        settings = {**places, **_own(bundles[name]), **database, **executor, **cache}
        airflow.start(name, cwd=bundles[name].root.parent / "work", **settings)


def _connect(airflow: Airflow, aws: Server) -> None:
    """What a deployment has once: the connection and the Variables; and the data."""
    airflow.call("POST", "/api/v2/variables", {"key": "s3_bucket", "value": "lab"})
    airflow.call("POST", "/api/v2/variables", {"key": "role", "value": ROLE})
    extra = {"endpoint_url": aws.endpoint_url, "region_name": "us-east-1"}
    account = {"conn_type": "aws", "login": "test", "password": "test", "extra": json.dumps(extra)}
    airflow.call("POST", "/api/v2/connections", {"connection_id": "aws-sagemaker", **account})
    aws.put("raw/iris.data", (ROOT / "dags" / "mlpipelines" / "local" / "datasets" / "iris.data").read_text())
