"""Data formats of the built-in algorithms, and the forest, without a server."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import pytest

from mlpipelines.local.algorithms.cut_forest import grow
from mlpipelines.local.algorithms.linear_metrics import linear_metrics
from mlpipelines.local.algorithms.linear_model import BINARY, MULTICLASS, REGRESSOR, Linear
from mlpipelines.local.algorithms.recordio import MARK, parse_recordio
from mlpipelines.local.algorithms.serving import Refused, read_json, respond
from mlpipelines.local.algorithms.tables import Table
from mlpipelines.local.tuning.objectives import PUBLISHED


def field(number: int, content: bytes) -> bytes:
    """A field of protobuf that is shorter than 128 bytes."""
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def tensor(values: Sequence[float], kind: str = "f", keys: Sequence[int] = (), shape: Sequence[int] = ()) -> bytes:
    number = {"f": 2, "d": 3}[kind]
    packed = field(1, struct.pack(f"<{len(values)}{kind}", *values))
    sparse = (field(2, bytes(keys)) if keys else b"") + (field(3, bytes(shape)) if shape else b"")
    return field(number, packed + sparse)


def record(features: bytes, label: bytes = b"") -> bytes:
    entries = [(1, features), *([(2, label)] if label else [])]
    message = b"".join(field(number, field(1, b"values") + field(2, value)) for number, value in entries)
    return struct.pack("<II", MARK, len(message)) + message + b"\0" * (-len(message) % 4)


def test_records_become_rows_and_labels() -> None:
    content = record(tensor([1, 2.5, 3]), tensor([7])) + record(tensor([4, 5, 6], "d"), tensor([8], "d"))
    features, labels = parse_recordio(content)
    assert features.tolist() == [[1, 2.5, 3], [4, 5, 6]]
    assert labels.tolist() == [7, 8]


def test_sparse_records_become_dense_rows_and_labels_may_be_missing() -> None:
    features, labels = parse_recordio(record(tensor([5, 6], keys=[1, 3], shape=[4])))
    assert features.tolist() == [[0, 5, 0, 6]]
    assert labels.size == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"1.5,2.5\n1,2\n", "it is no application/x-recordio-protobuf: there is no record at byte 0"),
        (b"1\n", "it is no application/x-recordio-protobuf"),
        (record(tensor([1]))[:-4], "its last record is cut off"),
        (record(tensor([1])) + record(tensor([1, 2])), r"different numbers of features: \[1, 2\]"),
        (record(tensor([1])) + record(tensor([1]), tensor([2])), "some of its records have a label"),
        (record(tensor([1], keys=[1])), "a sparse record has no shape"),
        (struct.pack("<II", MARK, 4) + b"\xff\xff\xff\xff", "it is no application/x-recordio-protobuf"),
        (struct.pack("<II", MARK, 0), "record 1 has no features"),
        (b"", "no records"),
    ],
)
def test_what_is_no_record_says_so(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_recordio(content)


def test_a_model_answers_records_and_sparse_json() -> None:
    def total(rows: np.ndarray) -> list[dict[str, float]]:
        return [{"score": float(row.sum())} for row in rows]

    kind, text = respond(record(tensor([1, 2])), "application/x-recordio-protobuf", "text/csv", total)
    assert (kind, text) == ("text/csv", "3.0\n")
    sparse = '{"instances": [{"data": {"features": {"keys": [1, 3], "shape": [4], "values": [5, 6]}}}]}'
    assert read_json(sparse).tolist() == [[0, 5, 0, 6]]
    with pytest.raises(Refused, match="it is no application/x-recordio-protobuf"):
        respond(b"1,2", "application/x-recordio-protobuf", "text/csv", total)


def test_every_point_of_a_forest_is_in_one_leaf_of_each_tree() -> None:
    random = np.random.default_rng(0)
    samples = random.normal(size=(50, 64, 3))
    forest = grow(samples, random)
    leaves = forest.left < 0
    assert forest.mass[leaves].sum() == 50 * 64
    assert forest.mass[leaves].max() == 1
    assert (forest.low[leaves] == forest.high[leaves]).all()
    children = forest.left[~leaves]
    assert (forest.mass[children] + forest.mass[children + 1] == forest.mass[~leaves]).all()


def test_equal_points_share_a_leaf_and_say_less() -> None:
    random = np.random.default_rng(0)
    heap = np.repeat([[1.0, 1.0]], 63, axis=0)
    samples = np.stack([np.vstack([heap, [[5.0, 5.0]]])] * 50)
    usual, rare, new = grow(samples, random).scores(np.array([[1.0, 1.0], [5.0, 5.0], [9.0, 1.0]]))
    assert usual < rare < new


def test_a_score_depends_on_the_seed_only_a_little() -> None:
    rows = np.random.default_rng(1).normal(size=(500, 2))
    points = np.array([[0.0, 0.0], [3.0, 3.0], [8.0, -8.0]])
    found = []
    for seed in (1, 2):
        random = np.random.default_rng(seed)
        samples = np.stack([rows[random.choice(500, 128, replace=False)] for _ in range(100)])
        found.append(grow(samples, random).scores(points))
    assert found[0] == pytest.approx(found[1], rel=0.15)
    assert (np.diff(found[0]) > 0.5).all()


def test_a_linear_model_publishes_all_that_it_can_be_tuned_for() -> None:
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0]])
    found: dict[str, float] = {}
    for kind, classes in ((REGRESSOR, 1), (BINARY, 1), (MULTICLASS, 3)):
        model = Linear(kind, np.ones((2, classes)) * np.arange(1, classes + 1), np.zeros(classes))
        found |= linear_metrics(model, Table(rows, np.array([0.0, 1.0, 1.0, 0.0])), 1.0, 2)
    assert {f"test:{name}" for name in found} == {name for name in PUBLISHED["linear_learner"] if "test:" in name}
    assert all(np.isfinite(list(found.values())))


def test_metrics_of_ranked_classes_are_the_textbooks() -> None:
    scores = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.5, 0.2, 0.3]])
    model = Linear(MULTICLASS, np.log(scores), np.zeros(3))
    found = linear_metrics(model, Table(np.eye(3), np.array([0.0, 1.0, 2.0])), 1.0, 2)
    assert found["multiclass_accuracy"] == pytest.approx(2 / 3)
    assert found["multiclass_top_k_accuracy"] == 1
    assert found["dcg"] == pytest.approx((1 + 1 + 1 / np.log2(3)) / 3)
    assert found["macro_recall"] == pytest.approx(2 / 3)
    assert found["objective_loss"] == pytest.approx(-np.log([0.7, 0.7, 0.3]).mean())
