"""A process that parses DAG folders as Airflow's DAG processor does: it imports once, and forks for every parse."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.airflow.deployment import Deployment, clean_environment
from tests.conftest import ROOT

#: Reads jobs as lines of JSON, answers each with one. `prelude` is Python that runs in the child before it parses.
_SCRIPT = """
import json, os, select, signal, sys, time, traceback
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
import mlpipelines.loader, mlpipelines.runtime.operators

def parse(job):
    os.environ.update(job["environment"])
    exec(job["prelude"], {"__name__": "prelude"})
    started = time.monotonic()
    bag = DagBag(job["folder"])
    seconds = time.monotonic() - started
    # In the form that Airflow hashes: the fields themselves come out of sets of its own.
    dags = {name: json.dumps(DagSerialization.to_dict(dag), sort_keys=True) for name, dag in bag.dags.items()}
    return {"dags": dags, "errors": {str(k): v for k, v in bag.import_errors.items()}, "seconds": seconds}

for line in sys.stdin:
    job = json.loads(line)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            answer = parse(job)
        except BaseException:
            answer = {"crash": traceback.format_exc()}
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    if not select.select([reading], [], [], job["limit"])[0]:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    print("ANSWER " + (answer or json.dumps({"crash": f"ended with status {status}"})), flush=True)
"""


@dataclass(frozen=True)
class Parsed:
    """What Airflow would see: `dags` by their serialised text; `errors` by the name of the DAG file."""

    dags: dict[str, str]
    errors: dict[str, str]
    seconds: float

    @property
    def problems(self) -> list[str]:
        """The lines of the import error that the pipelines have."""
        text = self.errors.get("invalid_pipelines.py", "")
        return text.partition("InvalidPipeline: ")[2].splitlines()


class Parser:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def parse(self, deployment: Deployment, prelude: str = "", limit: float = 60, **environment: str) -> Parsed:
        """One parse, in a process of its own; fails when that ends in any other way, or takes longer than `limit`."""
        assert self._process.stdin
        settings = {"MLPIPELINES_CACHE": str(deployment.root / "cache")} | environment
        job = {"folder": str(deployment.root / "dags"), "prelude": prelude, "environment": settings, "limit": limit}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert "crash" not in answer, answer["crash"]
        errors = {Path(file).name: text for file, text in answer["errors"].items()}
        return Parsed(answer["dags"], errors, answer["seconds"])

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        seen = []
        for line in self._process.stdout:
            if line.startswith("ANSWER "):
                answer: dict[str, Any] = json.loads(line.removeprefix("ANSWER "))
                return answer
            seen.append(line)
        raise AssertionError("the parser has ended:\n" + "".join(seen[-50:]))


@contextmanager
def running_parser(home: Path, **environment: str) -> Iterator[Parser]:
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT],
        env=clean_environment(home) | {"PYTHONPATH": str(ROOT / "dags")} | environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=home,
    )  # fmt: skip
    try:
        yield Parser(process)
    finally:
        process.kill()
        process.communicate()
