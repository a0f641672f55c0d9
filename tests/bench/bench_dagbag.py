"""Airflow's DagBag over our DAG files, beside hand-written Python and dag-factory's own folder mode with the same DAGs.

Each measurement is a process of its own. The DAGs of all ways are compared first: they are the same.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpipelines.project import Compiled, Project
from mlpipelines.render import dag_factory_yaml
from tests.bench.handwritten import dag_file
from tests.bench.measure import Row, environment, interleaved, new_folder, run_process
from tests.bench.projects import write_project

CHILD = Path(__file__).with_name("dagbag_child.py")
FACTORY_FILE = """\
# An Airflow DAG file.
import dagfactory

dagfactory.load_yaml_dags(globals_dict=globals(), dags_folder={folder!r})
"""
OURS, ONE_FILE, FILES = "ours", "hand-written, one file", "hand-written, a file each"
FACTORY = "dag-factory's folder mode"


@dataclass(frozen=True)
class Reading:
    """One process that read a DAG folder: what it found, and how long that and the whole process took."""

    found: dict[str, Any]
    seconds: float
    cpu: float
    whole: float


def rows(quick: bool) -> Iterator[Row]:
    with new_folder() as name:
        folder = Path(name)
        ways = _write_ways(folder, 30 if quick else 300)
        _compare(ways, folder)
        yield from _loading(ways, folder, 30 if quick else 300, 1 if quick else 3)
    yield from _task_start((30,) if quick else (300, 1000), 1 if quick else 3)


def _loading(ways: dict[str, Path], folder: Path, count: int, repeats: int) -> Iterator[Row]:
    readings = interleaved({way: lambda d=dags: _read(d, folder) for way, dags in ways.items()}, repeats)  # type: ignore[misc]
    cpu = {way: statistics.median(reading.cpu for reading in readings[way]) for way in ways}
    for way in ways:
        yield Row(f"{count} DAGs, {way}", statistics.median(r.seconds for r in readings[way]), "s")
        yield Row("  processor time", cpu[way], "s")
        yield Row("  whole process", statistics.median(r.whole for r in readings[way]), "s")
    for way in (ONE_FILE, FILES):
        ratio = cpu[OURS] / cpu[way]
        yield Row(f"times as long as {way}", ratio, "x", 2.0)
        yield Row("  a later target", ratio, "x", 1.4)
    ratio = cpu[FACTORY] / cpu[OURS]
    yield Row(f"times as fast as {FACTORY}", ratio, "x", 3.5, higher=True)
    yield Row("  a later target", ratio, "x", 5, higher=True)


def _task_start(counts: tuple[int, ...], repeats: int) -> Iterator[Row]:
    """A starting task needs one DAG; the others should cost it nothing."""
    for count in counts:
        with new_folder() as name:
            folder = Path(name)
            wanted = write_project(folder, count)[count // 2].stem
            context = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": wanted, "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "train_model"}
            readings = interleaved({OURS: lambda f=folder, c=context: _read(f / "dags", f, **c)}, repeats)[OURS]  # type: ignore[misc]
            assert all(reading.found["count"] == 1 for reading in readings)
        yield Row(f"task start, one of {count} DAGs", statistics.median(r.seconds for r in readings), "s")


def _write_ways(folder: Path, count: int) -> dict[str, Path]:
    """{way: its DAG folder}, all with the same DAGs."""
    files = write_project(folder, count)
    project = Project.at(folder)
    compiled = {file.stem: result for file, result in project.compile_all(files) if isinstance(result, Compiled)}
    assert len(compiled) == count
    one, each, factory = (folder / name for name in ("one", "each", "factory"))
    for new in (one, each, factory, factory / "yaml"):
        new.mkdir()
    (one / "dags.py").write_text(dag_file({name: result.config for name, result in compiled.items()}))
    for name, result in compiled.items():
        (each / f"{name}.py").write_text(dag_file({name: result.config}))
        (factory / "yaml" / f"{name}.yaml").write_text(dag_factory_yaml(name, result.config), encoding="utf-8")
    (factory / "dags.py").write_text(FACTORY_FILE.format(folder=str(factory / "yaml")))
    return {OURS: folder / "dags", ONE_FILE: one, FILES: each, FACTORY: factory}


def _compare(ways: dict[str, Path], folder: Path) -> None:
    """Raises AssertionError unless all ways give the same DAGs."""
    found = {way: _read(dags, folder, "--dags").found["dags"] for way, dags in ways.items()}
    for way in ways:
        assert found[way].keys() == found[OURS].keys(), way
        for name, dag in found[OURS].items():
            assert found[way][name] == dag, f"{way}: {name} is another DAG"


def _read(dags: Path, folder: Path, *options: str, **context: str) -> Reading:
    home = folder / "airflow"
    variables = environment(
        folder / "dags",
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(dags),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
        AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY="False",
        **context,
    )
    sample = run_process([sys.executable, CHILD, str(dags), *options], variables, folder)
    lines = [line for line in sample.output.splitlines() if line.startswith("RESULT ")]
    found = json.loads(lines[0].removeprefix("RESULT "))
    assert not found["errors"], next(iter(found["errors"].items()))
    return Reading(found, found["seconds"], found["cpu"], sample.seconds)
