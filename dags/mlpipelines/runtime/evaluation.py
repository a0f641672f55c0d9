"""Labels, predictions and how to compare them -> the report and the pictures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime import metrics as measures
from mlpipelines.runtime.custom_metrics import Measured, custom_metrics, load_metrics, of_classes
from mlpipelines.runtime.decisions import Decided, decisions, odd_score
from mlpipelines.runtime.pictures import confusion_picture, roc_picture
from mlpipelines.runtime.predictions import Predictions
from mlpipelines.runtime.scores import ClassScores, NoScores, class_scores
from mlpipelines.runtime.values import Values, as_number, class_of

log = logging.getLogger(__name__)

_FEW = 20
_SAMPLE = 5
#: A matrix of more classes is larger than the data.
_MOST_CLASSES = 1000


@dataclass(frozen=True)
class Settings:
    """How to compare.

    `task: auto` is what `metrics` belong to; else it is classification when the labels are texts, or integers with at
    most 20 different values and fewer different values than rows, or when the predictions hold a score for each class;
    regression otherwise. It is regression too when numeric labels meet one number a row that neither is a whole number
    nor lies between 0 and 1, and no `threshold` says that it is a score.
    With two classes `average` is binary, else macro; the positive class is the greater one unless `positive` names it
    (as text or number: "1" is 1). One score per row is compared with `threshold` (0.5). Metrics that the predictions
    cannot give are left out, or a mistake where `metrics` names them.
    """

    task: str = "auto"
    metrics: Sequence[str] | None = None
    custom_metrics: Mapping[str, str] = field(default_factory=dict)
    average: str | None = None
    threshold: float | None = None
    positive: str | None = None
    pictures: bool = True

    @property
    def positive_class(self) -> str | None:
        return None if self.positive is None else class_of(self.positive.strip())

    @property
    def ranks_only(self) -> bool:
        """Whether nothing is asked for that needs a decision for a class."""
        return bool(self.metrics) and {*(self.metrics or ())} <= {*measures.SCORED} and not self.custom_metrics


def evaluation(labels: Values, predictions: Predictions, settings: Settings) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(the report, {picture: its PNG}). Raises StepError for what cannot be compared."""
    functions = load_metrics(settings.custom_metrics)
    task = _task(labels, predictions, settings)
    names = measures.wanted_metrics(task, settings.metrics)
    if task == "classification":
        return _Classification(labels, predictions, settings, names).report(functions)
    return _regression(labels, predictions, settings, names, functions), {}


def _task(labels: Values, predictions: Predictions, settings: Settings) -> str:
    asked = measures.task_of(settings.metrics or ()) if settings.task == "auto" else settings.task
    if asked is not None:
        return asked
    different = len(labels.classes()[0])
    text = labels.numbers is None
    few = not text and (labels.numbers % 1 == 0).all() and different <= _FEW and different < len(labels)
    measured = not text and settings.threshold is None and odd_score(predictions) is not None
    chosen = "classification" if text or predictions.width > 1 or (few and not measured) else "regression"
    log.info("The task is %s: %d rows, %d different labels", chosen, len(labels), different)
    return chosen


@dataclass(frozen=True)
class _Classification:
    labels: Values
    predictions: Predictions
    settings: Settings
    names: Sequence[str]

    @cached_property
    def decided(self) -> Decided | None:
        if self.settings.ranks_only and self.settings.threshold is None and odd_score(self.predictions) is not None:
            return None
        return decisions(self.labels, self.predictions, self.settings.threshold, self.settings.positive_class)

    @cached_property
    def scores(self) -> ClassScores:
        return class_scores(self.labels, self.predictions, self.settings.threshold, self.settings.positive_class)

    def report(self, functions: Mapping[str, Callable[..., Any]]) -> tuple[dict[str, Any], dict[str, bytes]]:
        table = {} if self.decided is None else measures.class_table(self.decided)
        values, missing = self._metrics(table)
        if self.decided is not None:
            measured = of_classes(self.decided, lambda: self.scores) if functions else Measured(None, None)
            values |= custom_metrics(functions, self.settings.custom_metrics, measured)
        report: dict[str, Any] = {"task": "classification", "rows": len(self.labels), "metrics": values}
        report |= {"not_computed": missing} if missing else {}
        report |= {"classes": table} if table else {}
        drawn = {}
        if self.decided is not None and len(self.decided.classes) <= _MOST_CLASSES:
            matrix = measures.confusion_matrix(self.decided)
            report["confusion_matrix"] = {"classes": self.decided.classes, "matrix": matrix.tolist()}
            if self.settings.pictures:
                drawn["confusion_matrix"] = confusion_picture(matrix, self.decided.classes)
        drawn |= self._roc_curve()
        return report | {"sample": self._sample()}, drawn

    def _metrics(self, table: Mapping[str, Mapping[str, float]]) -> tuple[dict[str, float], dict[str, str]]:
        decisive = [name for name in self.names if name in measures.DECISIVE]
        scored = [name for name in self.names if name in measures.SCORED]
        weighted = self.settings.average == "weighted"
        values, missing = measures.scored_metrics(lambda: self.scores, scored, weighted)
        _require(missing, self.settings)
        rows, average, positive = len(self.labels), self.settings.average, self.settings.positive_class
        values |= measures.decisive_metrics(table, rows, decisive, average, positive) if decisive else {}
        return {name: values[name] for name in self.names if name in values}, missing

    def _roc_curve(self) -> dict[str, bytes]:
        if not self.settings.pictures:
            return {}
        try:
            curves = self.scores.curves
        except NoScores:
            return {}
        area = self.scores.mean("roc_auc", self.settings.average == "weighted")
        return {"roc_curve": roc_picture(curves, self.scores.counts, area)}

    def _sample(self) -> list[dict[str, Any]]:
        found, first = self.decided, range(min(_SAMPLE, len(self.labels)))
        if found is None:
            pairs = [(float(self.predictions.scores[row, 0]), self.labels.text(row)) for row in first]
        else:
            pairs = [(found.classes[found.decided[row]], found.classes[found.truth[row]]) for row in first]
        return [{"prediction": prediction, "label": label} for prediction, label in pairs]


def _regression(
    labels: Values,
    predictions: Predictions,
    settings: Settings,
    names: Sequence[str],
    functions: Mapping[str, Callable[..., Any]],
) -> dict[str, Any]:
    truth, values = _numbers("label", labels), _predicted_numbers(predictions)
    found, missing = measures.regression_metrics(truth, values, names)
    _require(missing, settings)
    found |= custom_metrics(functions, settings.custom_metrics, Measured(truth, values))
    pairs = zip(values[:_SAMPLE].tolist(), truth[:_SAMPLE].tolist(), strict=True)
    return {
        "task": "regression",
        "rows": len(truth),
        "metrics": found,
        **({"not_computed": missing} if missing else {}),
        "sample": [{"prediction": prediction, "label": label} for prediction, label in pairs],
    }


def _require(missing: Mapping[str, str], settings: Settings) -> None:
    """What was asked for by name must be there; what was not is only told."""
    for name, reason in missing.items():
        if name in (settings.metrics or ()):
            raise StepError(f"`metrics` asks for {name}, which cannot be computed: {reason}")
        log.info("%s is not computed: %s", name, reason)


def _predicted_numbers(predictions: Predictions) -> Any:
    if predictions.values is None and predictions.width == 1:
        return predictions.scores[:, 0]
    if predictions.values is None:
        raise StepError(f"the predictions are {predictions.width} scores a row, no single number; write "
                        "`task: classification`")  # fmt: skip
    return _numbers("prediction", predictions.values)


def _numbers(what: str, values: Values) -> Any:
    if values.numbers is not None:
        return values.numbers
    import numpy as np

    odd = [at for at, text in enumerate(values.texts) if as_number(text) is None]
    row = int(np.flatnonzero(np.isin(values.codes, odd))[0])
    raise StepError(f"the {what} of row {row + 1} is no single number ({values.text(row)!r}); write "
                    "`task: classification`")  # fmt: skip
