"""What an output is (`kind`) against what the field wants that refers to it (`x-wants`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.checks.dataflow.origins import algorithm
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem
from mlpipelines.references import Reference, whole_reference

KIND_WORDS = {
    "data": "data",
    "artifact": "a trained model (model.tar.gz)",
    "file": "a file such as a report",
    "image": "the URI of an image",
    "model": "the name of a model",
    "endpoint": "the name of an endpoint",
    "endpoint_config": "the name of an endpoint configuration",
    "package": "the ARN of a version in the model registry",
    "group": "the name of a model package group",
    "job": "the name of a job",
    "execution": "the ARN of an execution",
    "experiment": "the name of an experiment",
    "notebook": "the name of a notebook instance",
    "arn": "an ARN",
    "number": "a number",
    "text": "a text",
}
_PLACES = frozenset(("data", "artifact", "file"))
#: Nobody hinders an author from calling two things alike.
_NAMES = frozenset(("model", "endpoint", "endpoint_config", "group", "job", "experiment", "notebook"))
_INSTEAD = {
    ("artifact", "model"): "a `model` step makes a model of it: refer to that one's `name`",
    ("job", "model"): "a `model` step makes a model of what a job has trained: refer to that one's `name`",
    ("job", "artifact"): "${<training step>.artifact} is what it has trained",
    ("model", "artifact"): "${<training step>.artifact} is what it was made of",
    ("model", "package"): "a `register` step makes a version of an artifact, and ${<register step>.arn} is its ARN",
    ("model", "endpoint_config"): "write it as `model:`, or make an `endpoint_config` of it first",
    ("endpoint_config", "endpoint"): "an `endpoint` step deploys it: refer to that one's `name`",
    ("number", "data"): "",
}
#: Channels that built-in algorithms read data of; a model to go on from comes in others.
_DATA_CHANNELS = ("train", "validation", "test")


def wrong_kind(subject: Subject) -> Iterator[Problem]:
    """A reference to something else than its place wants."""
    for reference in subject.references:
        if reference.path[0] != "steps" or len(reference.path) < 3 or reference.scope not in subject.merged:
            continue
        wanted = _wanted(subject, reference)
        if wanted and whole_reference(_value(subject, reference)):
            step_type, fields = subject.merged[reference.scope]
            kind = step_type.output_kind(reference.name, fields)
            if kind and kind not in wanted:
                yield from _refused(subject, reference, kind, wanted)


def _wanted(subject: Subject, reference: Reference) -> tuple[str, ...]:
    _, step, *path = reference.path
    step_type, fields = subject.merged[str(step)]
    wanted = step_type.wanted_kinds(tuple(path))
    if path[0] == "channels" and path[1] in _DATA_CHANNELS and algorithm(fields) and not fields["entry_point"]:
        return ("data",)
    return wanted


def _refused(subject: Subject, reference: Reference, kind: str, wanted: tuple[str, ...]) -> Iterator[Problem]:
    same_name = kind in _NAMES and not _NAMES.isdisjoint(wanted)
    if same_name and any(fields.get("name") == reference.text for _, fields in subject.merged.values()):
        return
    field = next(key for key in reversed(reference.path) if isinstance(key, str))
    message = f"{reference.text} is {KIND_WORDS[kind]}, and `{field}` wants {KIND_WORDS[wanted[0]]}"
    doubtful = kind in _PLACES and not _PLACES.isdisjoint(wanted) and wanted != ("artifact",)
    code = "DF10" if doubtful else "DF01"
    yield subject.document.problem(reference.path, code, message, _hint(subject, reference, kind, wanted))


def _hint(subject: Subject, reference: Reference, kind: str, wanted: tuple[str, ...]) -> str:
    """An output of the same step that would do, or the way to one."""
    step_type, fields = subject.merged[reference.scope]
    fitting = [name for name in step_type.outputs(fields) if step_type.output_kind(name, fields) in wanted]
    if fitting:
        return f"it gives {', '.join(f'${{{reference.scope}.{name}}}' for name in fitting[:4])}"
    return _INSTEAD.get((kind, wanted[0]), "")


def _value(subject: Subject, reference: Reference) -> Any:
    value: Any = subject.data
    for key in reference.path:
        value = value[key]
    return value
