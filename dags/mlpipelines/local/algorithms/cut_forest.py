"""A forest of random cut trees in numpy: points -> boxes that random cuts divide; a point -> how soon it is cut off.

The forest is that of S. Guha, N. Mishra, G. Roy, O. Schrijvers, "Robust Random Cut Forest Based Anomaly Detection on
Streams", ICML 2016: a box is cut across a side chosen by its length, at a place chosen evenly. The score of a point is
what its insertion is expected to give, averaged over the trees: 1 / (depth + 1) where a random cut separates it, which
happens to the share of the box's growth by the point; scaled by log2 of the sample. So about 1 is usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlpipelines.local.algorithms.tables import Array

#: Numbers that scoring holds in one array.
CHUNK = 4_000_000
#: Where the rest of the way down can no longer be seen in the score.
NEGLIGIBLE = 1e-9
Ints = np.ndarray[Any, np.dtype[np.int64]]


class CutForest:
    """All trees in one set of arrays; node i < trees is a root, `left` and `right` are -1 for a leaf."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.low, self.high = arrays["low"], arrays["high"]
        self.side, self.cut = arrays["side"], arrays["cut"]
        self.left, self.mass = arrays["left"], arrays["mass"]
        self.trees = int(arrays["trees"])

    @property
    def width(self) -> int:
        return int(self.low.shape[1])

    @property
    def arrays(self) -> dict[str, Any]:
        names = ("low", "high", "side", "cut", "left", "mass", "trees")
        return {name: getattr(self, name) for name in names}

    def scores(self, rows: Array) -> Array:
        size = max(1, CHUNK // (self.trees * self.width))
        parts = [self._scores(rows[start : start + size]) for start in range(0, len(rows), size)]
        return np.concatenate(parts)

    def _scores(self, rows: Array) -> Array:
        total = np.zeros(len(rows) * self.trees)
        walker = np.arange(len(total))
        row, node = walker // self.trees, walker % self.trees
        chance, depth = np.ones(len(total)), 0
        sample = self.mass[: self.trees].max()
        while len(walker):
            points, low, high = rows[row], self.low[node], self.high[node]
            beyond = (np.maximum(low - points, 0) + np.maximum(points - high, 0)).sum(axis=1)
            inside = (high - low).sum(axis=1)
            leaf = self.left[node] < 0
            cut_off = np.divide(beyond, beyond + inside, out=np.zeros_like(beyond), where=beyond > 0)
            total[walker] += chance * cut_off / (depth + 1)
            chance = chance * (1 - cut_off)
            # The point is in the tree already: the deeper and the more often, the less it says.
            mass = self.mass[node]
            known = (1 - mass / (2 * sample)) / (depth + np.log2(mass + 1))
            total[walker] += np.where(leaf, chance * known, 0)
            on = ~leaf & (chance > NEGLIGIBLE)
            right = points[np.arange(len(points)), self.side[node]] > self.cut[node]
            walker, row, chance = walker[on], row[on], chance[on]
            node = (self.left[node] + right)[on]
            depth += 1
        scores: Array = total.reshape(len(rows), self.trees).mean(axis=1) * np.log2(sample + 1)
        return scores


def grow(samples: Array, random: np.random.Generator) -> CutForest:
    """A tree for each of `samples` (trees x points x features); all trees grow by a level at a time."""
    trees, size, width = samples.shape
    points = samples.reshape(-1, width)
    order, sizes = np.arange(len(points)), np.full(trees, size)
    levels: list[dict[str, Any]] = []
    nodes = 0
    while len(sizes):
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        low, high = (side.reduceat(points[order], starts) for side in (np.minimum, np.maximum))
        nodes += len(sizes)
        side, cut, divided = _cuts(low, high, random)
        left = np.full(len(sizes), -1)
        left[divided] = nodes + 2 * np.arange(divided.sum())
        levels.append({"low": low, "high": high, "side": side, "cut": cut, "left": left, "mass": sizes})
        order, sizes = _divide(points, order, sizes, side, cut, divided)
    joined = {name: np.concatenate([level[name] for level in levels]) for name in levels[0]}
    return CutForest({**joined, "trees": trees})


def _cuts(low: Array, high: Array, random: np.random.Generator) -> tuple[Ints, Array, Any]:
    """For each box the side across which it is cut and where; and which boxes can be cut: those of unlike points."""
    until = np.cumsum(high - low, axis=1)
    divided = until[:, -1] > 0
    place = np.minimum(random.random(len(low)) * until[:, -1], np.nextafter(until[:, -1], 0))
    side = (until > place[:, None]).argmax(axis=1)
    here = np.arange(len(low))
    first, last = low[here, side], high[here, side]
    cut = first + random.random(len(low)) * (last - first)
    # Rounding must not put the cut on the far end, or nothing would lie beyond it.
    return side, np.where(cut < last, cut, first), divided


def _divide(points: Array, order: Ints, sizes: Ints, side: Ints, cut: Array, divided: Any) -> tuple[Ints, Ints]:
    """The points of boxes that were cut, sorted by their new boxes, and how many each of these has."""
    box = np.repeat(np.arange(len(sizes)), sizes)
    kept = divided[box]
    order, box = order[kept], box[kept]
    right = points[order, side[box]] > cut[box]
    child = 2 * (np.cumsum(divided) - 1)[box] + right
    return order[np.argsort(child, kind="stable")], np.bincount(child, minlength=2 * int(divided.sum()))
