"""The parts of a split against each other: rows that do not belong together, and rows that are used twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from mlpipelines.checks.dataflow.origins import Fields, Part, model_training, of_type, part
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.references import whole_reference


def wrong_rows(subject: Subject) -> Iterator[Problem]:
    """Predictions are compared with the labels of other rows, with features, or with what was trained on."""
    for name, fields in subject.of_type("evaluate"):
        labels = part(subject, fields["labels"])
        if labels and labels.holds != "labels" and (labels.fields["target"] or (labels.features or 0) > 1):
            what = "features" if labels.holds == "features" else "rows as a whole"
            hint = f"write ${{{labels.step}.{labels.name}_labels}}" if labels.fields["target"] else ""
            yield subject.field_problem(name, ("labels",), "DF08", f"these are the {what}, not the labels", hint)
            continue
        if guessed := part(subject, fields["predictions"]):
            message = f"these are rows that {guessed.step!r} has prepared: nothing has predicted them"
            hint = "write ${<transform step>.predictions}"
            yield subject.field_problem(name, ("predictions",), "DF08", message, hint)
            continue
        transform = of_type(subject, fields["predictions"], "transform")
        data = part(subject, transform[1]["input"]) if transform and not transform[1]["request"] else None
        if transform is None or data is None:
            continue
        if labels and labels.step == data.step and labels.name != data.name:
            message = f"the predictions are those for {data.name!r}, and these are the labels of {labels.name!r}"
            hint = f"write ${{{data.step}.{data.name}_labels}}"
            yield subject.field_problem(name, ("labels",), "DF08", message, hint)
        elif _trained_on(subject, transform[1], data):
            message = f"the model was trained on {data.name!r}: how it predicts these rows tells nothing of others"
            hint = _another(data)
            yield subject.field_problem(name, ("predictions",), "DF13", message, hint)


def _trained_on(subject: Subject, transform: Fields, data: Part) -> bool:
    """Whether the model of a transform step has seen these rows in training."""
    found = model_training(subject, transform)
    channels: dict[str, Any] = (found[1]["channels"] if found else None) or {}
    seen = part(subject, channels["train"]["uri"]) if "train" in channels else None
    return seen is not None and (seen.step, seen.name) == (data.step, data.name)


def _another(data: Part) -> str:
    others = [name for name in data.fields["split"] if name != data.name]
    if others:
        best = "test" if "test" in others else others[-1]
        return f"let the transform step read ${{{data.step}.{best}_features}}"
    return f"write `split: {{train: 0.7, test: 0.3}}` in {data.step!r}"


def joined_predictions(subject: Subject) -> Iterator[Problem]:
    """Each line of a transform that joins holds its input too: something must say where the prediction stands."""
    for name, fields in subject.of_type("evaluate"):
        transform = of_type(subject, fields["predictions"], "transform")
        if transform is None or fields["prediction_column"] is not None or fields["prediction_field"] is not None:
            continue
        if transform[1]["join"] is True and not transform[1]["output_filter"] and not transform[1]["request"]:
            message = f"{transform[0]!r} writes each prediction beside its input (`join`), so a line holds more than it"
            hint = "write `prediction_column: -1`, or let an `output_filter` leave the prediction alone"
            yield subject.field_problem(name, ("predictions",), "DF15", message, hint)


def same_data_twice(subject: Subject) -> Iterator[Problem]:
    """Training and validation on the same rows."""
    for kind in ("train", "tune"):
        for name, fields in subject.of_type(kind):
            channels = [c for c in ("train", "validation", "test") if c in (fields["channels"] or {})]
            for first, second in combinations(channels, 2):
                uri = fields["channels"][second]["uri"]
                if fields["channels"][first]["uri"] == uri and whole_reference(uri):
                    message = f"the channels {first!r} and {second!r} are the same data"
                    yield subject.field_problem(
                        name, ("channels", second, "uri"), "DF11", message, "refer to another part of the split"
                    )
                    break
