"""Where the time goes when Airflow's DagBag reads our DAG files: cold, warm, and beside hand-written Python."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.dagbag import read
from tests.bench.measure import Row, interleaved, new_folder
from tests.bench.ways import COLD, ONE_FILE, WARM, all_ways

SAMPLING = Path(__file__).with_name("sampling_child.py")


def rows(quick: bool) -> Iterator[Row]:
    count, repeats = (50, 1) if quick else (1000, 3)
    with new_folder() as name:
        ways = {way: found for way, found in all_ways(Path(name, "many"), count).items() if way in WAYS}
        readings = interleaved({way: lambda w=found: read(w, child=SAMPLING) for way, found in ways.items()}, repeats)  # type: ignore[misc]
    for way in WAYS:
        yield from _parts(way, [reading.found for reading in readings[way]])


WAYS = (COLD, WARM, ONE_FILE)


def _parts(way: str, found: list[dict[str, Any]]) -> Iterator[Row]:
    spent = {part: statistics.median(each["spent"].get(part, 0.0) for each in found) for part in found[0]["spent"]}
    yield Row(f"{way}: all", statistics.median(each["whole"] for each in found), "s")
    for part in sorted(spent, key=lambda part: -spent[part]):
        yield Row(f"  {part}", spent[part], "s")
    yield Row("  (garbage collection, in the above)", statistics.median(each["collections"] for each in found), "s")
