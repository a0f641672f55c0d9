"""The first half of a shuffle that needs no memory: every row goes to a random bucket, which is shuffled later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_BUCKET = 4 << 20  # bytes; a bucket is shuffled in memory
_MOST_BUCKETS = 10_000


@dataclass(frozen=True)
class Scatter:
    """Without a seed there is no shuffle: every block is a bucket. Independent of how many threads throw."""

    seed: int | None
    size: int

    def throw(self, block: int) -> Throw:
        return Throw(self, block)

    @property
    def buckets(self) -> int | None:
        if self.seed is None:
            return None
        return max(1, min(_MOST_BUCKETS, -(-self.size // _BUCKET)))


@dataclass
class Throw:
    """One block's rows: `order` brings them into the order of their buckets, `bounds` is where each bucket begins."""

    scatter: Scatter
    block: int
    bounds: Any = None

    def order(self, rows: int) -> Any:
        import numpy as np

        seed, count = self.scatter.seed, self.scatter.buckets
        if seed is None or count is None:
            self.bounds = np.array([0, rows])
            return None
        buckets = np.random.default_rng([seed, 0, self.block]).integers(0, count, rows, dtype=np.uint16)
        self.bounds = np.concatenate([[0], np.cumsum(np.bincount(buckets, minlength=count))])
        return np.argsort(buckets, kind="stable").astype(np.int32)
