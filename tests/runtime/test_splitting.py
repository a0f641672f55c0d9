"""Counts are exact, membership is random, and every row lands in exactly one part."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpipelines.runtime.preparation import Treatment, prepare_files
from mlpipelines.runtime.splitting import Assigner, class_counts, fractions_of, part_counts
from mlpipelines.runtime.tables import Layout, open_source

weights = st.lists(st.integers(1, 20), min_size=1, max_size=5)
sizes = st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any)


def shares(weights: list[int]) -> list[Fraction]:
    return [Fraction(weight, sum(weights)) for weight in weights]


@pytest.mark.parametrize(
    ("rows", "split", "counts"),
    [
        (150, {"train": 0.7, "test": 0.3}, [105, 45]),
        (10, {"a": 0.33, "b": 0.33, "c": 0.34}, [3, 3, 4]),
        (5, {"a": 0.5, "b": 0.5}, [3, 2]),
        (3, {"a": "0.8", "b": "0.1", "c": "0.1"}, [3, 0, 0]),
        (7, {"all": 1}, [7]),
    ],
)
def test_the_largest_remainder_decides(rows: int, split: dict[str, float], counts: list[int]) -> None:
    assert part_counts(rows, list(fractions_of(split).values())) == counts


@given(st.integers(0, 10_000), weights)
def test_parts_add_up_and_are_within_one_of_their_share(rows: int, weights: list[int]) -> None:
    counts = part_counts(rows, shares(weights))
    assert sum(counts) == rows
    assert all(abs(count - rows * share) < 1 for count, share in zip(counts, shares(weights), strict=True))


@given(sizes, weights)
def test_classes_keep_their_share_and_parts_their_size(sizes: list[int], weights: list[int]) -> None:
    counts = class_counts(sizes, shares(weights))
    assert [sum(row) for row in counts] == sizes
    assert [sum(column) for column in zip(*counts, strict=True)] == part_counts(sum(sizes), shares(weights))
    for row, size in zip(counts, sizes, strict=True):
        assert all(abs(count - size * share) <= 1 for count, share in zip(row, shares(weights), strict=True))


@given(sizes, weights, st.integers(1, 40), st.booleans())
def test_every_place_is_filled_once(sizes: list[int], weights: list[int], chunk: int, random: bool) -> None:
    counts = class_counts(sizes, shares(weights))
    rng = np.random.default_rng(0) if random else None
    classes = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    assigner = Assigner(counts, rng)
    parts = np.concatenate([assigner.parts(classes[at : at + chunk]) for at in range(0, len(classes), chunk)])
    found = Counter(zip(classes.tolist(), parts.tolist(), strict=True))
    expected = {(c, p): n for c, row in enumerate(counts) for p, n in enumerate(row) if n}
    assert found == expected


@settings(max_examples=25, deadline=None)
@given(
    labels=st.lists(st.sampled_from("pqr"), min_size=12, max_size=60).filter(lambda x: min(Counter(x).values()) > 2),
    weights=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    stratify=st.booleans(),
    shuffle=st.booleans(),
    seed=st.integers(0, 5),
)
def test_every_row_lands_in_exactly_one_part(
    tmp_path_factory: pytest.TempPathFactory,
    labels: list[str],
    weights: list[int],
    stratify: bool,
    shuffle: bool,
    seed: int,
) -> None:
    if len(set(labels)) < 2:
        return
    folder = tmp_path_factory.mktemp("rows")
    (folder / "d.csv").write_text("".join(f"{n},{label}\n" for n, label in enumerate(labels)))
    split = {f"part{n}": share for n, share in enumerate(shares(weights))}
    treatment = Treatment(split, "y", classes="auto", stratify=stratify, shuffle=shuffle, seed=seed)
    result = prepare_files(_source(folder / "d.csv"), treatment, folder)
    assert list(result.counts.values()) == part_counts(len(labels), shares(weights))
    numbers = {str(number): label for label, number in (result.classes or {}).items()}
    seen = []
    for part, count in result.counts.items():
        rows = (folder / part).read_text().split()
        assert len(rows) == count
        seen += [(int(row.split(",")[1]), numbers[row.split(",")[0]]) for row in rows]
    assert sorted(seen) == list(enumerate(labels))


def _source(path: Path):
    return open_source(path, str(path), path.name, Layout(columns=("a", "y")))


def test_many_blocks_and_buckets_are_shuffled_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlpipelines.runtime.scattering._BUCKET", 200)
    monkeypatch.setattr("mlpipelines.runtime.records.BLOCK", 300)
    data = "".join(f"{n},{n % 3}\n" for n in range(1000))
    (tmp_path / "d.csv").write_text(data)
    for shuffle in (True, False):
        folder = tmp_path / str(shuffle)
        folder.mkdir()
        treatment = Treatment(fractions_of({"a": 0.5, "b": 0.5}), "y", classes="auto", shuffle=shuffle)
        prepare_files(_source(tmp_path / "d.csv"), treatment, folder)
        rows = [int(line.split(",")[1]) for part in "ab" for line in (folder / part).read_text().split()]
        assert sorted(rows) == list(range(1000))
        followers = sum(after == before + 1 for before, after in itertools.pairwise(rows))
        assert followers < 20 if shuffle else followers > 990


def test_places_are_equally_likely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every order of four rows, over buckets of one row and blocks of two, about equally often."""
    monkeypatch.setattr("mlpipelines.runtime.scattering._BUCKET", 4)
    monkeypatch.setattr("mlpipelines.runtime.records.BLOCK", 5)
    (tmp_path / "d.csv").write_text("0,0\n1,0\n2,0\n3,0\n")
    source = _source(tmp_path / "d.csv")
    orders: Counter[str] = Counter()
    for seed in range(480):
        treatment = Treatment(fractions_of({"a": 0.5, "b": 0.5}), "y", seed=seed)
        prepare_files(source, treatment, tmp_path)
        orders["".join(line[2] for part in "ab" for line in (tmp_path / part).read_text().split())] += 1
        shutil.rmtree(tmp_path / "rows")
    assert len(orders) == 24
    # 23 degrees of freedom: 49.7 is passed once in a thousand times, and the seeds are fixed.
    assert sum((count - 20) ** 2 / 20 for count in orders.values()) < 49.7
