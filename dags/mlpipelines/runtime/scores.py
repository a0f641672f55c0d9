"""The scores of a classifier -> how well they put the rows of each class first: ROC, precision-recall, log loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.decisions import are_scores, scored_classes
from mlpipelines.runtime.predictions import Predictions
from mlpipelines.runtime.values import Values, sorted_classes

#: A ROC curve keeps no more points than a picture can show.
_POINTS = 1000


class NoScores(StepError):
    """The predictions do not say what a metric of scores needs; the text says what."""


@dataclass(frozen=True)
class Curve:
    """A class's ROC curve, thinned, and the areas below its whole ROC and precision-recall curves."""

    false_positives: Any
    true_positives: Any
    roc_auc: float
    pr_auc: float


@dataclass(frozen=True)
class ClassScores:
    """`columns` (rows, classes): the score of each class; `truth`: each row's position in `classes`.

    Of two classes only `positive` is measured; of more, each against all others.
    """

    classes: list[str]
    truth: Any
    columns: Any
    positive: str | None

    @cached_property
    def curves(self) -> Mapping[str, Curve]:
        """The curve of each class that some rows are of and others not. Raises NoScores when there is none."""
        wanted = self.classes if self.positive is None else [self.positive]
        found = {name: curve for name in wanted if (curve := self._curve(self.classes.index(name))) is not None}
        if not found:
            raise NoScores("all labels are of one class, so there is nothing that scores could tell apart")
        return found

    @property
    def counts(self) -> Mapping[str, int]:
        """The rows of each class."""
        return {name: self._count(name) for name in self.classes}

    def mean(self, area: str, weighted: bool) -> float:
        """roc_auc or pr_auc over the classes, each alike or by its number of rows."""
        areas = {name: getattr(curve, area) for name, curve in self.curves.items()}
        shares = {name: self._count(name) if weighted else 1 for name in areas}
        return float(sum(areas[name] * shares[name] for name in areas) / sum(shares.values()))

    def log_loss(self) -> float:
        """Mean negative logarithm of the true class's probability. Raises NoScores for scores that are none."""
        import numpy as np

        if not ((self.columns >= -1e-6) & (self.columns <= 1 + 1e-6)).all():
            raise NoScores("the scores are no probabilities: some are not between 0 and 1")
        sums = self.columns.sum(axis=1)
        if not (abs(sums - 1) < 1e-3).all():
            raise NoScores("the scores are no probabilities: those of a row do not add up to 1")
        right = np.take_along_axis(self.columns, self.truth[:, None], axis=1)[:, 0] / sums
        return float(-np.log(np.clip(right, np.finfo(np.float64).eps, 1)).mean())

    def _curve(self, at: int) -> Curve | None:
        rows = self.truth == at
        return curve(rows, self.columns[:, at]) if rows.any() and not rows.all() else None

    def _count(self, name: str) -> int:
        return int((self.truth == self.classes.index(name)).sum())


def class_scores(
    labels: Values, predictions: Predictions, threshold: float | None, positive: str | None
) -> ClassScores:
    """Raises NoScores when the predictions hold none, or not for the classes of the labels."""
    names, truth = labels.classes()
    if predictions.width == 0 or (predictions.plain and not are_scores(predictions, threshold)):
        raise NoScores("the predictions are classes without scores")
    if predictions.width == 1:
        return _of_one_score(names, truth, predictions, positive)
    return _of_a_score_each(names, truth, predictions, positive)


def curve(rows: Any, scores: Any) -> Curve:
    """`rows`: which are of the class; `scores`: how much each looks like it."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # of the rows with one score
    right = np.cumsum(rows[order])[last].astype(np.float64)
    wrong = 1.0 + last - right
    precision, recall = right / (right + wrong), right / right[-1]
    pr_auc = float((np.diff(recall, prepend=0.0) * precision).sum())
    x, y = np.append(0.0, wrong / wrong[-1]), np.append(0.0, recall)
    kept = _thinned(x, y)
    return Curve(x[kept], y[kept], float(np.trapezoid(y, x)), pr_auc)


def _thinned(x: Any, y: Any) -> Any:
    """Positions of points that are evenly spread along the curve, both ends among them."""
    import numpy as np

    if len(x) <= _POINTS:
        return np.arange(len(x))
    way = x + y  # both only grow
    return np.unique(np.append(np.searchsorted(way, np.linspace(0.0, way[-1], _POINTS - 1)), len(x) - 1))


def _of_one_score(names: Sequence[str], truth: Any, predictions: Predictions, positive: str | None) -> ClassScores:
    import numpy as np

    decided = not predictions.plain and predictions.values is not None
    no, yes = _score_of(names, positive, decided)
    score = predictions.scores[:, 0]
    other = 1 - score if ((score >= 0) & (score <= 1)).all() else -score
    classes = [no, yes]
    return ClassScores(classes, _positions(names, classes, truth), np.column_stack([other, score]), positive or yes)


def _score_of(names: Sequence[str], positive: str | None, decided: bool) -> tuple[str, str]:
    """A score beside a decision is that of the greater class, whichever counts as positive."""
    try:
        no, yes = scored_classes(names, positive)
    except StepError as error:
        raise NoScores(str(error)) from error
    first, second = sorted_classes([no, yes])
    return (first, second) if decided else (no, yes)


def _of_a_score_each(names: Sequence[str], truth: Any, predictions: Predictions, positive: str | None) -> ClassScores:
    classes = [str(number) for number in range(predictions.width)]
    strange = next((name for name in names if name not in classes), None)
    if strange is not None:
        raise NoScores(
            f"the labels have the class {strange!r}, and the predictions hold scores of the classes 0 to {classes[-1]}"
        )
    two = predictions.width == 2
    if two and positive is not None and positive not in classes:
        raise StepError(f"`positive` is {positive!r}, and the classes are 0, 1")
    yes = (positive or classes[-1]) if two else None
    return ClassScores(classes, _positions(names, classes, truth), predictions.scores, yes)


def _positions(names: Sequence[str], classes: Sequence[str], truth: Any) -> Any:
    import numpy as np

    return np.array([classes.index(name) for name in names], np.int64)[truth]
