"""Pipeline files -> Airflow DAGs. The only module besides building.py that imports Airflow at module level.

Two DAG files call it: one registers every valid pipeline, the other raises with the problems of all invalid ones, so
that one broken file neither hides another DAG nor stays unseen. What files become comes out of a cache where it can.
"""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from mlpipelines.errors import InvalidPipeline, PipelineError, Problem, ProjectError
from mlpipelines.layout import Layout
from mlpipelines.precompiled import SHIPPED, Precompiled, Record
from mlpipelines.rounds import settled
from mlpipelines.store import Store
from mlpipelines.time_limit import TimeLimit
from mlpipelines.verdicts import Verdicts

if TYPE_CHECKING:
    from mlpipelines.project import Compiled

log = logging.getLogger(__name__)

#: The folder that compiled pipelines are kept in; `off`: nowhere. Default: mlpipelines-cache in Airflow's home.
CACHE = "MLPIPELINES_CACHE"
#: A starting task looks so often, with so many seconds in between, for a file that may just be being replaced.
_LOOKS, _PAUSE = 4, 0.1

Outcome = tuple[DAG | None, tuple[Problem, ...]]
Outcomes = dict[Path, Outcome]
#: Of a file that there was no time for.
_LATE: Outcome = (None, ())


def register_pipelines(namespace: dict[str, Any], dag_file: str) -> None:
    """Put the DAG of every valid pipeline of the project that `dag_file` lies in into `namespace`, its globals.

    While a task starts, only the DAG that it belongs to is built.
    """
    wanted = get_parsing_context().dag_id
    with _told_plainly(), _few_collections():
        layout = _layout(dag_file)
        if wanted is None:
            outcomes, look, late = _all(layout, dag_file, needs_dags=True)
            look.leave_word(late)
        else:
            outcomes = _wanted(layout, wanted)
        namespace.update({dag.dag_id: dag for dag, _ in outcomes.values() if dag})


def raise_problems(dag_file: str) -> None:
    """Raise InvalidPipeline with every problem of every invalid pipeline; do nothing when all are valid."""
    if get_parsing_context().dag_id is not None:
        return
    with _told_plainly(), _few_collections():
        outcomes, look, late = _all(_layout(dag_file), dag_file, needs_dags=False)
        problems = [*(late or look.word()), *look.common_problems()]
        problems += [problem for _, found in outcomes.values() for problem in found]
    if problems:
        raise InvalidPipeline(list(dict.fromkeys(problems)))


def build_dag(compiled: Compiled) -> DAG:
    """The Airflow DAG of a compiled pipeline."""
    return building.build_dag(compiled.pipeline.name, {**compiled.config, "doc_md": compiled.documentation})


def _all(layout: Layout, dag_file: str, *, needs_dags: bool) -> tuple[Outcomes, _Look, tuple[Problem, ...]]:
    """(what became of all files, the last look at them, what there is to say of those that were left out)"""
    looks: list[_Look] = []
    limit = TimeLimit(dag_file)

    def begin() -> _Look:
        looks.append(_Look(layout, needs_dags=needs_dags))
        return looks[-1]

    # Airflow parses both DAG files at once: when there is much to compile, they meet in the middle.
    outcomes = settled(layout, begin, is_over=limit.is_over, backwards=not needs_dags)
    late = sum(outcome is _LATE for outcome in outcomes.values())
    return outcomes, looks[-1], (limit.problem(late, len(outcomes)),) if late else ()


def _wanted(layout: Layout, name: str) -> Outcomes:
    """The same of one pipeline."""
    for turn in range(_LOOKS):
        if outcomes := settled(layout, lambda: _Look(layout, everything=False), name):
            return outcomes
        time.sleep(_PAUSE * (turn + 1 < _LOOKS))
    return {}


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

    def has(self, file: Path, content: bytes) -> bool:
        key = self._precompiled.key(file, content)
        return self._precompiled.has(key) or (not self.needs_dags and self._verdicts.known(key) is not None)

    def late(self, file: Path) -> Outcome:
        return _LATE

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

    def leave_word(self, problems: tuple[Problem, ...]) -> None:
        """For the DAG file that may raise: one with DAGs that does loses them all."""
        for problem in problems:
            log.error("%s", problem)
        self._precompiled.leave_word(problems)

    def word(self) -> tuple[Problem, ...]:
        """What the other DAG file has left."""
        return self._precompiled.word()

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
    """Where the project's folders are. One that is missing may just be being replaced."""
    for _ in range(_LOOKS - 1):
        with suppress(ProjectError):
            return Layout.of_dag_folder(Path(dag_file).parent)
        time.sleep(_PAUSE)
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
