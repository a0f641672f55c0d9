"""A project of pipelines in a folder of its own, and its runs by the command line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.conftest import ROOT


@dataclass
class Finished:
    """What a run printed, and what it left."""

    status: int
    result: dict[str, Any]
    stdout: str
    stderr: str

    @property
    def folder(self) -> Path:
        return Path(self.result["artifacts"]).parent

    @property
    def states(self) -> dict[str, str]:
        return {step["name"]: step["state"] for step in self.result["steps"]}

    def object(self, uri: str) -> Path:
        """The local file of an S3 object of the run."""
        return Path(self.result["artifacts"]) / uri.removeprefix("s3://")

    def requests(self) -> list[dict[str, Any]]:
        """What SageMaker was asked, in order."""
        return [json.loads(line) for line in (self.folder / "requests.jsonl").read_text().splitlines()]


class Workspace:
    """A project that holds nothing but pipelines; a home folder that must stay empty."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / "home"
        self.home.mkdir()
        (root / "tmp").mkdir()  # what a killed run cannot remove
        (root / "pipelines").mkdir()
        shutil.copy(ROOT / "pipelines" / "defaults.yaml", root / "pipelines")

    def add(self, name: str, text: str) -> Path:
        file = self.root / "pipelines" / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    @property
    def environment(self) -> dict[str, str]:
        """Settings of the user's own that a local run must not follow."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "AWS", "MLPIPELINES"))}
        foreign = {
            "AWS_PROFILE": "nobody",
            "AIRFLOW_HOME": str(self.home / "never"),
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        }
        return {
            **kept,
            **foreign,
            "HOME": str(self.home),
            "TMPDIR": str(self.root / "tmp"),
            "PYTHONPATH": str(ROOT / "dags"),
        }

    def start(self, file: Path, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mlpipelines", "run", str(file), *arguments],
            cwd=self.root, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=_interruptible,
        )  # fmt: skip

    def run(self, file: Path, *arguments: str) -> Finished:
        process = self.start(file, "--json", *arguments)
        stdout, stderr = process.communicate(timeout=240)
        assert stdout.strip(), stderr
        return Finished(process.returncode, json.loads(stdout), stdout, stderr)


def _interruptible() -> None:
    """Tests that were started in the background ignore Ctrl-C, and so would what they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of a web server for the files of a folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def processes_of(root: Path) -> list[int]:
    """Processes whose command line or environment names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
                seen = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if state != "Z" and str(root).encode() in seen:
                found.append(int(entry.name))
    return found
