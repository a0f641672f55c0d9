"""A built-in algorithm and what comes before and after it: the model's image, its metrics, its numbers of classes."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.dataflow.origins import Fields, algorithm, part, plain_algorithm, trained_by
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem


def other_algorithm(subject: Subject) -> Iterator[Problem]:
    """A model whose container is that of another algorithm than the one that has trained its artifact."""
    for name, (step_type, fields) in subject.merged.items():
        if step_type.inherit.get("algorithm") == "artifact" and not fields.get("request"):
            yield from _other_algorithm(subject, name, (), fields)
        for index, container in enumerate(fields.get("containers") or ()):
            if not fields.get("request"):
                yield from _other_algorithm(subject, name, ("containers", index), container)


def _other_algorithm(subject: Subject, name: str, path: tuple[str | int, ...], fields: Fields) -> Iterator[Problem]:
    serves = algorithm(fields)
    training = trained_by(subject, fields.get("artifact")) if serves else None
    trains = algorithm(training[1]) if training else None
    if training and trains and serves != trains:
        field = "image" if fields.get("image") else "algorithm"
        message = f"this is the container of {serves}, and {training[0]!r} trains {trains}"
        hint = f"without `{field}` it is that of the training step" if not path else f"write `algorithm: {trains}`"
        yield subject.field_problem(name, (*path, field), "DF02", message, hint)


def wrong_classes(subject: Subject) -> Iterator[Problem]:
    """Numbers of classes in the hyperparameters against the classes that the data have."""
    for name, fields in _trainings(subject):
        data = part(subject, fields["channels"]["train"]["uri"]) if "train" in fields["channels"] else None
        labels = data.labels if data and data.holds == "all" else None
        if labels:
            yield from _wrong_classes(subject, name, fields, labels)


def _wrong_classes(subject: Subject, name: str, fields: Fields, labels: list[int]) -> Iterator[Problem]:
    kind, given = plain_algorithm(fields), fields["hyperparameters"] or {}
    counts, decides = ("num_class", "objective") if kind == "xgboost" else ("num_classes", "predictor_type")
    if kind not in ("xgboost", "linear-learner"):
        return
    wanted, task = whole_number(given.get(counts)), str(given.get(decides, ""))
    if wanted is not None and labels[-1] >= wanted and task.startswith("multi"):
        message = f"the classes have the numbers {_shown(labels)}, and {counts} is {wanted}"
        hint = f"write {counts}: {labels[-1] + 1}" + ("" if labels[0] == 0 else ", or number the classes from 0")
        yield subject.field_problem(name, ("hyperparameters", counts), "DF05", message, hint)
    elif task.startswith("binary") and not {0, 1}.issuperset(labels):
        message = f"the classes have the numbers {_shown(labels)}, and {task} knows 0 and 1"
        others = "multi:softmax and num_class" if kind == "xgboost" else "multiclass_classifier and num_classes"
        hint = f"write {others}: {labels[-1] + 1}" if len(labels) > 2 else "number the classes 0 and 1"
        yield subject.field_problem(name, ("hyperparameters", decides), "DF05", message, hint)


def too_many_neighbours(subject: Subject) -> Iterator[Problem]:
    """k-nearest neighbours looks at no more rows than it has sampled."""
    for name, fields in _trainings(subject):
        given = fields["hyperparameters"] or {}
        k, sample = whole_number(given.get("k")), whole_number(given.get("sample_size"))
        if k is not None and sample is not None and k > sample and plain_algorithm(fields) == "knn":
            message = f"{k} neighbours are wanted of {sample} rows that are sampled"
            yield subject.field_problem(name, ("hyperparameters", "k"), "DF06", message, "make k smaller")


def _trainings(subject: Subject) -> Iterator[tuple[str, Fields]]:
    for kind in ("train", "tune"):
        for name, fields in subject.of_type(kind):
            if not fields["request"] and fields["channels"]:
                yield name, fields


def whole_number(value: object) -> int | None:
    """A hyperparameter that is a plain whole number."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _shown(labels: list[int]) -> str:
    shown = [str(label) for label in labels]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:3], "...", shown[-1]])
