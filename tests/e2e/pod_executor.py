"""An executor that starts tasks as Airflow's Kubernetes executor does, without a cluster: a "pod" is a process.

It runs the command that the Kubernetes executor gives its pods, in empty folders of its own (home, AIRFLOW_HOME,
temporary files, working directory), with no environment but `POD_ENVIRONMENT`, a JSON object: what an image and a pod
template would set. `POD_FOLDER` is where the pods' folders are made. A pod can write to its own folders alone, where
Linux allows a process a view of its own of the file system.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from airflow.executors.base_executor import BaseExecutor

#: Runs a command with one folder writable, and works in its `work`: folder, command...
READ_ONLY = (
    *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c"),
    'mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0/work" && exec "$@"',
)


class PodExecutor(BaseExecutor):
    """One process for each task; how it exits is all that is known of it."""

    is_production = False

    def start(self) -> None:
        self.pods: dict[Any, subprocess.Popen[bytes]] = {}

    def _process_workloads(self, workload_items: Sequence[Any]) -> None:
        for workload in workload_items:
            del self.queued_tasks[workload.ti.key]
            self.running.add(workload.ti.key)
            self.pods[workload.ti.key] = start_pod(workload.ti, workload.model_dump_json())

    def sync(self) -> None:
        for key, pod in list(self.pods.items()):
            status = pod.poll()
            if status is not None:
                del self.pods[key]
                (self.fail if status else self.success)(key)

    def end(self) -> None:
        """Pods outlive their scheduler."""

    def terminate(self) -> None:
        """As `end`."""


def start_pod(ti: Any, workload: str) -> subprocess.Popen[bytes]:
    folder = Path(tempfile.mkdtemp(prefix=f"{ti.dag_id}.{ti.task_id}.{ti.try_number}.", dir=os.environ["POD_FOLDER"]))
    environment = {**json.loads(os.environ["POD_ENVIRONMENT"]), **make_places(folder)}
    wrapped = (*READ_ONLY, str(folder)) if is_read_only_possible() else ()
    command = [*wrapped, sys.executable, "-m", "airflow.sdk.execution_time.execute_workload", "--json-string", workload]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=folder / "work",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@cache
def is_read_only_possible() -> bool:
    """Found out by trying."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "pod" / "work").mkdir(parents=True)
        command = [*READ_ONLY, f"{name}/pod", "sh", "-c", f"touch {name}/pod/work/x; ! touch {name}/x"]
        return shutil.which("unshare") is not None and subprocess.run(command, capture_output=True).returncode == 0


def make_places(folder: Path) -> dict[str, str]:
    """Empty folders in `folder`, which nobody else has, and the variables that name them; `work` is to work in."""
    for name in ("home", "airflow", "tmp", "work"):
        (folder / name).mkdir(parents=True)
    return {"HOME": f"{folder}/home", "AIRFLOW_HOME": f"{folder}/airflow", "TMPDIR": f"{folder}/tmp"}
