"""Bayesian search: a Gaussian process learns how good combinations are, the one with the most to gain comes next.

The process is scikit-learn's; what is expected to be gained is the textbook's expected improvement. AWS uses a Gaussian
process as well, but not this one: it will try other combinations.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlpipelines.local.tuning.search import Observation, RandomSearch, key
from mlpipelines.local.tuning.space import Space

#: Combinations that are weighed for each proposal, and how far from the best known one some of them lie.
CANDIDATES = 1000
NEAR = 0.1
Array = np.ndarray[Any, np.dtype[np.float64]]


class BayesianSearch:
    def __init__(self, space: Space, seed: int) -> None:
        self._space, self._seed = space, seed
        self._first = RandomSearch(space, seed)
        self._random = np.random.default_rng(seed)

    def propose(self, seen: Sequence[Observation]) -> dict[str, str] | None:
        known = [item for item in seen if item.loss is not None and self._space.features(item.values)]
        if len(known) < max(3, len(self._space.ranges) + 1):
            return self._first.propose(seen)
        candidates = self._candidates(known, {key(item.values) for item in seen})
        if not candidates:
            return self._first.propose(seen)
        others = [item for item in seen if item.loss is None and self._space.features(item.values)]
        gain = self._gain(known, others, self._features(candidates))
        return candidates[int(gain.argmax())]

    def _candidates(self, known: Sequence[Observation], tried: set[Any]) -> list[dict[str, str]]:
        """Combinations from everywhere, and some around the best one."""
        best = min(known, key=lambda item: item.loss if item.loss is not None else math.inf)
        around = self._random.random((CANDIDATES // 5, len(self._space.ranges)))
        drawn = [self._first.draw() for _ in range(CANDIDATES)]
        near = [self._near(best, noise.tolist()) for noise in around]
        return [values for values in {key(item): item for item in (*drawn, *near)}.values() if key(values) not in tried]

    def _near(self, best: Observation, noise: Sequence[float]) -> dict[str, str]:
        point = []
        for item, shift in zip(self._space.ranges, noise, strict=True):
            place = item.features(best.values[item.name]) or [0.5]
            center = place[0] if len(place) == 1 else (place.index(1.0) + 0.5) / len(place)
            point.append(min(max(center + NEAR * (2 * shift - 1), 0.0), 1.0))
        return self._space.values(point)

    def _gain(self, known: Sequence[Observation], others: Sequence[Observation], candidates: Array) -> Array:
        """Expected improvement of each candidate; `others` are those that still run or have failed."""
        from scipy.special import ndtr

        points, losses = self._features([item.values for item in known]), _comparable(known)
        model = self._fit(points, losses, None)
        if others:
            # What runs is taken to turn out as foreseen, or all parallel trials would be the same one; what failed as
            # the worst of all.
            more = self._features([item.values for item in others])
            failed = np.array([item.failed for item in others])
            supposed = np.where(failed, losses.max(), model.predict(more))
            points, losses = np.vstack([points, more]), np.concatenate([losses, supposed])
            model = self._fit(points, losses, model.kernel_)
        mean, deviation = model.predict(candidates, return_std=True)
        deviation = np.maximum(deviation, 1e-9)
        better = losses.min() - mean
        scaled = better / deviation
        density = np.exp(-(scaled**2) / 2) / math.sqrt(2 * math.pi)
        gain: Array = better * ndtr(scaled) + deviation * density
        return gain

    def _fit(self, points: Array, losses: Array, kernel: Any) -> Any:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import Matern, WhiteKernel

        learned = Matern(np.full(points.shape[1], 0.5), (0.05, 20.0), nu=2.5) + WhiteKernel(1e-2, (1e-6, 1.0))
        process = GaussianProcessRegressor(
            kernel or learned,
            normalize_y=True,
            optimizer=None if kernel else "fmin_l_bfgs_b",
            random_state=self._seed % 2**32,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a length scale is at its bound is expected with few points
            return process.fit(points, losses)

    def _features(self, combinations: Sequence[Any]) -> Array:
        return np.array([self._space.features(values) for values in combinations], dtype=float)


def _comparable(known: Sequence[Observation]) -> Array:
    """Losses; when they come from several groups, how each stands within its own."""
    losses = np.array([item.loss for item in known], dtype=float)
    groups = np.array([item.group for item in known])
    if len(set(groups.tolist())) > 1:
        for group in set(groups.tolist()):
            chosen = groups == group
            spread = losses[chosen].std()
            losses[chosen] = (losses[chosen] - losses[chosen].mean()) / (spread if spread > 0 else 1.0)
    return losses
