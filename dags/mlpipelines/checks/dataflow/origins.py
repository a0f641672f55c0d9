"""A reference -> the step that it comes from, over the steps that pass things on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlpipelines.checks.subject import Subject
from mlpipelines.facts.images import algorithm_of
from mlpipelines.facts.shapes import is_template
from mlpipelines.references import whole_reference

Fields = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of the split of a `prepare` step: all of it, its features, or its labels."""

    step: str
    name: str
    holds: str
    fields: Fields

    @property
    def features(self) -> int | None:
        """How many feature columns it has; None: the file does not say."""
        fields = self.fields
        renamed = fields["rename"] or {}
        columns = fields["select"] or [renamed.get(column, column) for column in fields["columns"] or ()]
        if not columns:
            return None
        return len(set(columns) - set(fields["drop"] or ()) - {fields["target"]})

    @property
    def labels(self) -> list[int] | None:
        """The numbers of its classes, where they are written down."""
        classes = self.fields["classes"]
        return sorted(set(classes.values())) if isinstance(classes, dict) else None


def part(subject: Subject, value: Any) -> Part | None:
    """The part of a split that a reference leads to. What a function of one's own makes is not known."""
    scope = whole_reference(value)
    step_type, fields = subject.merged.get(scope[0], (None, {})) if scope else (None, {})
    if scope is None or step_type is None or step_type.name != "prepare" or fields["callable"]:
        return None
    for name in fields["split"]:
        for ending, holds in (("", "all"), ("_features", "features"), ("_labels", "labels")):
            if scope[1] == name + ending:
                return Part(scope[0], name, holds, fields)
    return None


def algorithm(fields: Fields) -> str | None:
    """The built-in algorithm of a step as its author has written it down; None: other code, or not known."""
    image = fields.get("image")
    if image:
        found = None if is_template(image) or "${" in image else algorithm_of(image)
        return found.algorithm if found else None
    name = fields.get("algorithm")
    return name if isinstance(name, str) else None


def plain_algorithm(fields: Fields) -> str | None:
    """The same where nothing else decides what it reads: no script of one's own, and no piece of `request:`."""
    return None if fields.get("entry_point") or fields.get("request") else algorithm(fields)


def of_type(subject: Subject, value: Any, *types: str) -> tuple[str, Fields] | None:
    """(name, fields) of the step of one of these types that a reference leads to."""
    scope = whole_reference(value)
    if scope is None or scope[0] not in subject.merged:
        return None
    step_type, fields = subject.merged[scope[0]]
    return (scope[0], fields) if step_type.name in types else None


def trained_by(subject: Subject, artifact: Any) -> tuple[str, Fields] | None:
    """(name, fields) of the step that trains the model of an artifact, also when another step waits for it."""
    waited = of_type(subject, artifact, "wait")
    return of_type(subject, waited[1]["job"] if waited else artifact, "train", "tune")


def model_training(subject: Subject, transform: Fields) -> tuple[Fields, Fields] | None:
    """(the model which a transform step asks, the step that has trained it)"""
    model = of_type(subject, transform.get("model"), "model")
    training = trained_by(subject, model[1]["artifact"]) if model and not model[1]["request"] else None
    return (model[1], training[1]) if model and training else None
