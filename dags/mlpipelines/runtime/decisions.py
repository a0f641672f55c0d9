"""Labels and what a model says of them, classes or scores -> the class that it decides for, row by row."""

from __future__ import annotations

from collections.abc import Sequence

from mlpipelines.errors import StepError
from mlpipelines.runtime.metrics import sorted_classes
from mlpipelines.runtime.predictions import Prediction, as_number


def decisions(
    truth: Sequence[str], predictions: Sequence[Prediction], threshold: float | None, positive: str | None
) -> list[str]:
    classes = sorted_classes(set(truth))
    if _are_scores(predictions, threshold):
        odd = None if threshold is not None else odd_score(predictions)
        if odd is not None:
            raise StepError(
                f"the predictions are numbers such as {odd:g}, which are neither classes nor scores between 0 and 1; "
                "if the model predicts numbers, write `task: regression`; if they are scores of another range, give "
                "the `threshold` from which they mean the positive class"
            )
        return _by_threshold(classes, predictions, 0.5 if threshold is None else threshold, positive)
    return [class_of(entry.value) if entry.value is not None else _greatest(entry.scores) for entry in predictions]


def _are_scores(predictions: Sequence[Prediction], threshold: float | None) -> bool:
    """One number per row that is not the class itself."""
    if not all(len(entry.scores) == 1 for entry in predictions):
        return False
    undecided = all(entry.value is None for entry in predictions)
    numbers = all(entry.value is None or as_number(entry.value) == entry.scores[0] for entry in predictions)
    fractions = any(not entry.scores[0].is_integer() for entry in predictions)
    return threshold is not None or undecided or (numbers and fractions)


def odd_score(predictions: Sequence[Prediction]) -> float | None:
    """When all rows have one number: one that is neither a class's nor a probability."""
    if not all(len(entry.scores) == 1 for entry in predictions):
        return None
    if not all(entry.value is None or as_number(entry.value) == entry.scores[0] for entry in predictions):
        return None
    numbers = (entry.scores[0] for entry in predictions)
    return next((number for number in numbers if not 0 <= number <= 1 and not number.is_integer()), None)


def _by_threshold(
    classes: Sequence[str], predictions: Sequence[Prediction], threshold: float, positive: str | None
) -> list[str]:
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
    no = next(name for name in classes if name != yes)
    return [yes if entry.scores[0] >= threshold else no for entry in predictions]


def _greatest(scores: Sequence[float]) -> str:
    if not all(-1e-6 <= score <= 1 + 1e-6 for score in scores):
        raise StepError(
            f"a prediction has several values that are no probabilities ({', '.join(f'{s:g}' for s in scores[:5])}); "
            "keep only the prediction in the transform job's output"
        )
    return str(max(range(len(scores)), key=scores.__getitem__))


def class_of(text: str) -> str:
    """One spelling for one class: 1, 1.0 and 1e0 are the same."""
    number = as_number(text)
    return str(int(number)) if number is not None and number.is_integer() else text
