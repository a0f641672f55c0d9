"""Pipeline files -> Airflow DAGs. The only module besides building.py that imports Airflow at module level.

Two DAG files call it: one registers every valid pipeline, the other raises with the problems of all invalid ones, so
that one broken file neither hides another DAG nor stays unseen. What files become comes out of a cache where it can.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY", "False")

import airflow
from airflow.providers import amazon
from airflow.sdk import DAG, get_parsing_context

from mlpipelines import building
from mlpipelines.acceptance import accepted, has_policies
from mlpipelines.errors import InvalidPipeline, PipelineError, Problem
from mlpipelines.layout import Layout
from mlpipelines.precompiled import SHIPPED, Precompiled, Record
from mlpipelines.rounds import settled
from mlpipelines.store import Store
from mlpipelines.verdicts import Verdicts

if TYPE_CHECKING:
    from mlpipelines.project import Compiled

#: The folder that compiled pipelines are kept in; `off`: nowhere. Default: mlpipelines-cache in Airflow's home.
CACHE = "MLPIPELINES_CACHE"
#: A starting task looks so often, with so many seconds in between, for a file that may just be being replaced.
_LOOKS, _PAUSE = 4, 0.1

Outcome = tuple[DAG | None, tuple[Problem, ...]]


def register_pipelines(namespace: dict[str, Any], dag_file: str) -> None:
    """Put the DAG of every valid pipeline of the project that `dag_file` lies in into `namespace`, its globals.

    While a task starts, only the DAG that it belongs to is built.
    """
    wanted = get_parsing_context().dag_id
    with _told_plainly(), _few_collections():
        layout = _layout(dag_file)
        for turn in range(_LOOKS):
            outcomes = settled(layout, lambda: _Look(layout, everything=wanted is None), wanted)
            if outcomes or wanted is None:
                break
            time.sleep(_PAUSE * (turn + 1 < _LOOKS))
        namespace.update({dag.dag_id: dag for dag, _ in outcomes.values() if dag})


def raise_problems(dag_file: str) -> None:
    """Raise InvalidPipeline with every problem of every invalid pipeline; do nothing when all are valid."""
    if get_parsing_context().dag_id is not None:
        return
    with _told_plainly(), _few_collections():
        layout = _layout(dag_file)
        outcomes = settled(layout, lambda: _Look(layout, needs_dags=False))
        problems = [*_Look(layout).common_problems(), *(problem for _, found in outcomes.values() for problem in found)]
    if problems:
        raise InvalidPipeline(list(dict.fromkeys(problems)))


def build_dag(compiled: Compiled) -> DAG:
    """The Airflow DAG of a compiled pipeline."""
    return building.build_dag(compiled.pipeline.name, {**compiled.config, "doc_md": compiled.documentation})


class _Look:
    """One round over the pipelines: those that are compiled already, and what Airflow says to them."""

    def __init__(self, layout: Layout, *, needs_dags: bool = True, everything: bool = True) -> None:
        self.layout, self.needs_dags, self.everything = layout, needs_dags, everything
        shipped, self._cache = Store(layout.root / SHIPPED, writable=False), _cache()
        self._precompiled = Precompiled(layout, [shipped, self._cache] if self._cache else [shipped])

    def holds(self) -> bool:
        return self._precompiled.fingerprint.holds(self.layout)

    def touched(self) -> int:
        return self._precompiled.fingerprint.touched()

    def valid(self, file: Path, content: bytes) -> Outcome:
        if not self.needs_dags:
            verdict = self._verdicts.known(self._precompiled.key(file, content))
            if verdict and self._precompiled.is_beside(file, verdict.code):
                return None, verdict.problems
        record = self._precompiled.record(file, content)
        if record.config is None:
            return None, record.problems
        # An operator, or what policies say, may become another one unseen.
        lasting = self.everything and record.released and not has_policies()
        dag, problems = _tried(self.layout.name_of(file), file.stem, record.config)
        if lasting:
            self._verdicts.note(Record(record.key, None, problems, record.code))
        return dag, problems

    def invalid(self, problems: tuple[Problem, ...]) -> Outcome:
        return None, problems

    def end(self) -> None:
        self._precompiled.keep()
        if self.everything and self.holds():
            self._verdicts.keep()
        if self._cache:
            self._cache.tidy()

    def common_problems(self) -> tuple[Problem, ...]:
        return self._precompiled.common_problems()

    @cached_property
    def _verdicts(self) -> Verdicts:
        versions = f"{airflow.__version__} {amazon.__version__} {version('dag-factory')}"
        return Verdicts(self._cache, self._precompiled.fingerprint.key("verdicts", versions.encode()))


def _tried(file: str, name: str, config: dict[str, Any]) -> Outcome:
    """The DAG, or what Airflow refuses in it. Operators and dag-factory raise anything; no file may hide another."""
    try:
        return accepted(lambda: building.build_dag(name, config, owned=not has_policies())), ()
    except Exception as error:
        message = f"Airflow refuses this pipeline: {type(error).__name__}: {error}"
        return None, (Problem(file, 1, 1, "PL503", message),)


def _layout(dag_file: str) -> Layout:
    return Layout.of_dag_folder(Path(dag_file).parent)


def _cache() -> Store | None:
    """Where compiled pipelines are kept on this machine."""
    from airflow.configuration import AIRFLOW_HOME

    folder = os.environ.get(CACHE) or str(Path(AIRFLOW_HOME, "mlpipelines-cache"))
    return None if folder == "off" else Store(Path(folder))


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What is wrong with the project as a whole is an import error like others."""
    try:
        yield
    except InvalidPipeline:
        raise
    except PipelineError as error:
        raise InvalidPipeline([Problem("pipelines", 1, 1, "PL504", str(error))]) from None


@contextmanager
def _few_collections() -> Iterator[None]:
    """Airflow's half a million objects stay, and of ours next to nothing lives in circles: looking through them again
    and again takes a tenth of the time."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
