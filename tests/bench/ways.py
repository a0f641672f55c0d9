"""A number of pipelines -> the same DAGs in all the ways that are measured beside each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mlpipelines.project import Compiled, Project
from mlpipelines.render import dag_factory_yaml
from tests.bench.blueprint_project import without_blueprint, write_blueprint_project
from tests.bench.dagbag import CACHE, Way, read
from tests.bench.handwritten import dag_file
from tests.bench.measure import environment, run_process
from tests.bench.projects import write_project

COLD, WARM, SHIPPED = "ours, cold", "ours, warm", "ours, shipped"
COLD_AT_ONCE = "ours, cold, both DAG files at once"
ONE_FILE, FILES = "hand-written, one file", "hand-written, a file each"
FACTORY, BLUEPRINT = "dag-factory's folder mode", "airflow-blueprint"
FACTORY_FILE = """\
# An Airflow DAG file.
import dagfactory

dagfactory.load_yaml_dags(globals_dict=globals(), dags_folder={folder!r})
"""


def our_ways(folder: Path, count: int) -> dict[str, Way]:
    """A new project in `folder`: with an empty cache each time, and with a cache that the first reading fills."""
    folder.mkdir(exist_ok=True)
    write_project(folder, count)
    dags = folder / "dags"
    return {COLD: Way(dags, dags, count, None), WARM: Way(dags, dags, count, folder / "cache")}


def all_ways(folder: Path, count: int) -> dict[str, Way]:
    ours = our_ways(folder, count)
    project = Project.at(folder)
    pipelines = [(file, result) for file, result in project.compile_all(project.files())]
    compiled = {file: result.config for file, result in pipelines if isinstance(result, Compiled)}
    assert len(compiled) == count
    ways = {
        ONE_FILE: _one_file(folder / "one", compiled),
        FILES: _file_each(folder / "each", compiled),
        FACTORY: _factory(folder / "factory", compiled),
        BLUEPRINT: write_blueprint_project(folder / "blueprint", compiled.items()),
    }
    others = {name: Way(dags, folder / "dags", count) for name, dags in ways.items()}
    return {**ours, SHIPPED: _shipped(folder / "shipped", count), **others}


def compare(ways: dict[str, Way]) -> None:
    """Raises AssertionError unless all ways give the same DAGs. Fills caches and bytecode by the way."""
    found = {name: read(way, "--dags").found["dags"] for name, way in ways.items()}
    for name, dags in found.items():
        assert dags.keys() == found[ONE_FILE].keys(), name
        for dag_id, dag in found[ONE_FILE].items():
            expected, given = (dag, dags[dag_id])
            if name == BLUEPRINT:
                expected, given = without_blueprint(expected), without_blueprint(given)
            assert given == expected, f"{name}: {dag_id} is another DAG: {_difference(expected, given)}"


def _shipped(folder: Path, count: int) -> Way:
    """A project with what `mlpipelines compile` has written, and no other cache."""
    folder.mkdir()
    write_project(folder, count)
    dags = folder / "dags"
    variables = environment(dags, **{CACHE: "off"})
    run_process([sys.executable, "-m", "mlpipelines", "compile"], variables, folder)
    for file in (folder / ".mlpipelines").rglob("*"):
        file.chmod(0o555 if file.is_dir() else 0o444)
    return Way(dags, dags, count)


def _one_file(folder: Path, compiled: dict[Path, dict[str, Any]]) -> Path:
    folder.mkdir()
    (folder / "dags.py").write_text(dag_file({file.stem: config for file, config in compiled.items()}))
    return folder


def _file_each(folder: Path, compiled: dict[Path, dict[str, Any]]) -> Path:
    folder.mkdir()
    for file, config in compiled.items():
        (folder / f"{file.stem}.py").write_text(dag_file({file.stem: config}))
    return folder


def _factory(folder: Path, compiled: dict[Path, dict[str, Any]]) -> Path:
    """Its YAML lies outside of the DAG folder, so that Airflow does not look through it, too."""
    dags, source = folder / "dags", folder / "yaml"
    for new in (folder, dags, source):
        new.mkdir()
    (dags / "dags.py").write_text(FACTORY_FILE.format(folder=str(source)))
    for file, config in compiled.items():
        (source / file.name).write_text(dag_factory_yaml(file.stem, config), encoding="utf-8")
    return dags


def _difference(expected: Any, given: Any, where: str = "") -> str:
    """The first place where two plain values differ."""
    if isinstance(expected, dict) and isinstance(given, dict):
        for key in expected.keys() | given.keys():
            if expected.get(key) != given.get(key):
                return _difference(expected.get(key), given.get(key), f"{where}.{key}")
    if isinstance(expected, list) and isinstance(given, list) and len(expected) == len(given):
        for number, (one, other) in enumerate(zip(expected, given, strict=True)):
            if one != other:
                return _difference(one, other, f"{where}[{number}]")
    return f"{where}: {given!r}, not {expected!r}"
