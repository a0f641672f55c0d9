"""Whether a trial that still runs is hopeless, from the losses that it and the others have logged (less is better)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median

#: Hyperband lets one in so many trials pass each rung, and rungs are so many times as high as the one before.
REDUCTION = 3
Losses = Sequence[float]


def worse_than_median(own: Losses, completed: Sequence[Losses]) -> bool:
    """TrainingJobEarlyStoppingType Auto, as AWS describes it: worse than the median of what completed trials had on
    average up to the same point."""
    if not own or not any(completed):
        return False
    return own[-1] > median(fmean(losses[: len(own)]) for losses in completed if losses)


def rungs(least: int, most: int) -> list[int]:
    found = []
    while least < most:
        found.append(least)
        least *= REDUCTION
    return found


def below_the_cut(own: Losses, others: Sequence[Losses], heights: Sequence[int]) -> bool:
    """Successive halving: not among the best third of those that have come to the highest rung that `own` is on."""
    reached = [height for height in heights if height <= len(own)]
    if not reached:
        return False
    rung = reached[-1] - 1
    peers = [losses[rung] for losses in others if len(losses) > rung]
    count = len(peers) + 1
    return count >= REDUCTION and sum(loss < own[rung] for loss in peers) >= count // REDUCTION
