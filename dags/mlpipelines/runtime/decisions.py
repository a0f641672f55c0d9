"""Labels and what a model says of them, classes or scores -> the class that it decides for, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.predictions import Predictions
from mlpipelines.runtime.values import Values, as_number, sorted_classes


@dataclass(frozen=True)
class Decided:
    """`classes`: all that the labels or the decisions have; `truth`, `decided`: a row's position in them."""

    classes: list[str]
    truth: Any
    decided: Any


def decisions(labels: Values, predictions: Predictions, threshold: float | None, positive: str | None) -> Decided:
    names, truth = labels.classes()
    if are_scores(predictions, threshold):
        odd = None if threshold is not None else odd_score(predictions)
        if odd is not None:
            raise StepError(
                f"the predictions are numbers such as {odd:g}, which are neither classes nor scores between 0 and 1; "
                "if the model predicts numbers, write `task: regression`; if they are scores of another range, give "
                "the `threshold` from which they mean the positive class, or ask for `metrics: [roc_auc]` alone"
            )
        classes, decided = _by_threshold(names, predictions, 0.5 if threshold is None else threshold, positive)
    elif predictions.values is not None:
        classes, decided = predictions.values.classes()
    else:
        classes, decided = _greatest(names, predictions)
    return _joined(names, truth, classes, decided)


def are_scores(predictions: Predictions, threshold: float | None) -> bool:
    """One number per row that is not the class itself."""
    if predictions.width != 1:
        return False
    undecided = predictions.values is None
    fractions = predictions.plain and not (predictions.scores % 1 == 0).all()
    return threshold is not None or undecided or fractions


def odd_score(predictions: Predictions) -> float | None:
    """When all rows have one number and no class: one that is neither a class's nor a probability."""
    if predictions.width != 1 or not (predictions.plain or predictions.values is None):
        return None
    numbers = predictions.scores[:, 0]
    odd = numbers[((numbers < 0) | (numbers > 1)) & (numbers % 1 != 0)]
    return float(odd[0]) if len(odd) else None


def scored_classes(names: Sequence[str], positive: str | None) -> tuple[str, str]:
    """(the other class, the class that one score per row speaks for)"""
    classes = sorted_classes(names)
    if len(classes) == 1 and classes[0] in ("0", "1"):
        classes = ["0", "1"]
    if len(classes) != 2:
        raise StepError(
            f"the predictions are one score per row, and the labels have {len(classes)} classes; a score decides "
            "between two: let the model predict classes (or a score for each), or write `task: regression`"
        )
    yes = classes[-1] if positive is None else positive
    if yes not in classes:
        raise StepError(f"`positive` is {yes!r}, and the classes are {', '.join(classes)}")
    return next(name for name in classes if name != yes), yes


def _by_threshold(
    names: Sequence[str], predictions: Predictions, threshold: float, positive: str | None
) -> tuple[list[str], Any]:
    import numpy as np

    return list(scored_classes(names, positive)), (predictions.scores[:, 0] >= threshold).astype(np.int64)


def _greatest(names: Sequence[str], predictions: Predictions) -> tuple[list[str], Any]:
    """The class with the greatest score; classes are numbered as the scores are."""
    scores = predictions.scores
    odd = ((scores < -1e-6) | (scores > 1 + 1e-6)).any(axis=1)
    if odd.any():
        values = ", ".join(f"{score:g}" for score in scores[odd][0][:5])
        raise StepError(
            f"a prediction has several values that are no probabilities ({values}); keep only the prediction in the "
            "transform job's output, or name its column: `prediction_column: -1` is the last"
        )
    text = next((name for name in names if as_number(name) is None), None)
    if text is not None:
        raise StepError(
            f"the labels are texts such as {text!r}, and the predictions are {predictions.width} scores a row, of the "
            "classes 0, 1, ...; give the labels as the numbers that the model was trained with"
        )
    return [str(number) for number in range(predictions.width)], scores.argmax(axis=1)


def _joined(names: Sequence[str], truth: Any, others: Sequence[str], decided: Any) -> Decided:
    import numpy as np

    present = [others[at] for at in np.unique(decided)]
    classes = sorted_classes(dict.fromkeys([*names, *present]))
    position = {name: at for at, name in enumerate(classes)}

    def placed(own: Sequence[str], codes: Any) -> Any:
        return np.array([position.get(name, -1) for name in own], np.int64)[codes]

    return Decided(classes, placed(names, truth), placed(others, decided))
