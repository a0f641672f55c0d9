"""Airflow's DagBag over our DAG files, beside hand-written Python, dag-factory's folder mode and airflow-blueprint.

All ways give the same DAGs, which is compared first. Each measurement is a process of its own.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tests.bench.dagbag import Reading, Way, read, read_both
from tests.bench.measure import Row, interleaved, new_folder
from tests.bench.ways import (
    BLUEPRINT,
    COLD,
    COLD_AT_ONCE,
    FACTORY,
    FILES,
    ONE_FILE,
    SHIPPED,
    WARM,
    all_ways,
    compare,
    our_ways,
)

Readings = dict[str, list[Reading]]


def rows(quick: bool) -> Iterator[Row]:
    count, repeats = (50, 1) if quick else (1000, 3)
    with new_folder() as name:
        folder = Path(name)
        ways = all_ways(folder / "many", count)
        compare(ways)
        readings = _measured(ways, repeats)
        readings |= interleaved({COLD_AT_ONCE: lambda: read_both(ways[COLD])}, repeats, warm_up=False)
        yield from _loading(readings, count)
        yield from _memory(readings)
        yield from _task_start(ways, our_ways(folder / "single", 1), count, 1 if quick else 5)
        costs = {count: {way: _cpu(readings[way]) for way in (WARM, COLD)}}
        for other in (10,) if quick else (100, 4000):
            costs[other] = _costs(our_ways(folder / str(other), other), min(repeats, 2))
        yield from _scale(costs)


def _measured(ways: Mapping[str, Way], repeats: int, *, warm_up: bool = False) -> Readings:
    return interleaved({name: _reading(way) for name, way in ways.items()}, repeats, warm_up=warm_up)


def _reading(way: Way) -> Callable[[], Reading]:
    return lambda: read(way)


def _cpu(readings: list[Reading]) -> float:
    return statistics.median(reading.cpu for reading in readings)


def _loading(readings: Readings, count: int) -> Iterator[Row]:
    for way, found in readings.items():
        yield Row(f"{count} DAGs, {way}: processor time", _cpu(found), "s")
        yield Row("  seconds", statistics.median(reading.seconds for reading in found), "s")
        yield Row("  seconds of the whole process", statistics.median(reading.whole for reading in found), "s")
    hand, each = _cpu(readings[ONE_FILE]), _cpu(readings[FILES])
    for way, target in ((WARM, 1.4), (SHIPPED, 1.4), (COLD, 2.5)):
        yield Row(f"{way}: times as long as {ONE_FILE}", _cpu(readings[way]) / hand, "x", target)
        yield Row(f"  as {FILES}", _cpu(readings[way]) / each, "x")
    seconds = {way: statistics.median(reading.seconds for reading in readings[way]) for way in (COLD_AT_ONCE, ONE_FILE)}
    ratio = seconds[COLD_AT_ONCE] / seconds[ONE_FILE]
    yield Row(f"{COLD_AT_ONCE}, as Airflow reads them: seconds, times those of {ONE_FILE}", ratio, "x", 2.5)
    for rival in (FACTORY, BLUEPRINT):
        yield Row(
            f"{WARM}: times as fast as {rival}", _cpu(readings[rival]) / _cpu(readings[WARM]), "x", 5, higher=True
        )
        yield Row("  cold", _cpu(readings[rival]) / _cpu(readings[COLD]), "x")


def _memory(readings: Readings) -> Iterator[Row]:
    peaks = {way: statistics.median(reading.megabytes for reading in found) for way, found in readings.items()}
    grown = {way: statistics.median(reading.grown for reading in found) for way, found in readings.items()}
    for way in readings:
        yield Row(f"{way}: memory", peaks[way], "MB")
        yield Row("  of it for the DAGs", grown[way], "MB")
    for way in (WARM, SHIPPED, COLD):
        yield Row(f"{way}: memory, times that of {ONE_FILE}", peaks[way] / peaks[ONE_FILE], "x", 1.3)
        yield Row("  of it for the DAGs", grown[way] / grown[ONE_FILE], "x")


def _task_start(many: Mapping[str, Way], single: Mapping[str, Way], count: int, repeats: int) -> Iterator[Row]:
    """A starting task needs one DAG; the others should cost it nothing."""
    wanted = {1: _only_dag(single[COLD]), count: _only_dag(many[COLD])}
    starts = {
        f"{way}, one of {size}": _starting(ways[way], wanted[size])
        for size, ways in ((1, single), (count, many))
        for way in (WARM, SHIPPED, COLD)
        if way in ways
    }
    hand = f"{ONE_FILE}, one of {count}"
    starts[hand] = _starting(many[ONE_FILE], wanted[count], found=count)
    readings = _measured(starts, repeats, warm_up=repeats > 1)
    for name, found in readings.items():
        yield Row(f"task start, {name}: processor time", _cpu(found), "s")
    for way in (WARM, COLD):
        ratio = _cpu(readings[f"{way}, one of {count}"]) / _cpu(readings[f"{way}, one of 1"])
        yield Row(f"task start, {way}: with {count} pipelines, times that with 1", ratio, "x", 1.2)


def _only_dag(way: Way) -> str:
    files = sorted((way.dags.parent / "pipelines").glob("*-*.yaml"))
    return files[len(files) // 2].stem


def _starting(way: Way, dag_id: str, *, found: int = 1) -> Way:
    """The way as a task of that DAG takes it when it starts."""
    context = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": dag_id, "_AIRFLOW_PARSING_CONTEXT_TASK_ID": "train_model"}
    return replace(way, count=found, variables=context)


def _costs(ways: Mapping[str, Way], repeats: int) -> dict[str, float]:
    read(ways[WARM])  # which fills its cache
    return {way: _cpu(readings) for way, readings in _measured(ways, repeats).items()}


def _scale(costs: Mapping[int, Mapping[str, float]]) -> Iterator[Row]:
    for way in (WARM, COLD):
        for count in sorted(costs):
            yield Row(f"{way}: cost of each of {count} DAGs", costs[count][way] / count * 1000, "ms")
        few, *_, most = sorted(costs)
        ratio = (costs[most][way] / most) / (costs[few][way] / few)
        yield Row(f"  of {most}, times that of {few}", ratio, "x", 1.1)
