"""The columns that `prepare` writes against what is made of them: features, labels, headers, content types."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.checks.dataflow.algorithms import whole_number
from mlpipelines.checks.dataflow.origins import Fields, Part, algorithm, model_training, part, plain_algorithm
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem

#: Algorithms that take the first column of CSV for the label when they train, and want none when they predict.
SUPERVISED = frozenset(("knn", "linear-learner", "xgboost"))
_UNSUPERVISED = frozenset(("kmeans", "pca"))
_RECORDS = "application/x-recordio-protobuf"
_NOT_CSV = {
    "xgboost": frozenset(
        (_RECORDS, "recordio-protobuf", "text/libsvm", "text/x-libsvm", "libsvm", "application/x-parquet", "parquet")
    )
}


def labels_in_input(subject: Subject) -> Iterator[Problem]:
    """A model gets the labels that it is to predict."""
    for name, fields in subject.of_type("transform"):
        data = None if fields["request"] or fields["input_filter"] else part(subject, fields["input"])
        if data and _is_other_text(fields["content_type"]):
            message = f"`prepare` writes CSV, and `content_type` says {fields['content_type']}"
            yield subject.field_problem(name, ("content_type",), "DF12", message, "write text/csv, or leave it out")
            continue
        found = model_training(subject, fields) if data else None
        kind = plain_algorithm(found[1]) if found else None
        if data is None or found is None or kind is None or algorithm(found[0]) != kind:
            continue
        content_type = (fields["content_type"] or "text/csv").partition(";")[0]
        if content_type in _not_csv(kind):
            message = f"`prepare` writes CSV, and `content_type` says {content_type}"
            yield subject.field_problem(name, ("content_type",), "DF12", message, "write text/csv, or leave it out")
        elif content_type == "text/csv" and data.holds == "labels":
            message = f"these are the labels alone, and {kind} predicts them from the features"
            hint = f"write ${{{data.step}.{data.name}_features}}"
            yield subject.field_problem(name, ("input",), "DF03", message, hint)
        elif kind in SUPERVISED and content_type == "text/csv" and data.holds == "all" and data.fields["target"]:
            message = (
                f"the target {data.fields['target']!r} stands first in this part, and {kind} takes it for a feature"
            )
            hint = f"write ${{{data.step}.{data.name}_features}}, or `input_filter: $[1:]`"
            yield subject.field_problem(name, ("input",), "DF03", message, hint)


def _is_other_text(content_type: str | None) -> bool:
    """Whether this is said to be JSON."""
    return (content_type or "").partition(";")[0] in ("application/json", "application/jsonlines")


def columns_of_channels(subject: Subject) -> Iterator[Problem]:
    """The channels of a built-in algorithm, as far as `prepare` feeds them."""
    for kind in ("train", "tune"):
        for name, fields in subject.of_type(kind):
            trained = plain_algorithm(fields) if fields["channels"] else None
            if trained:
                for channel, content in fields["channels"].items():
                    data = part(subject, content["uri"])
                    if data:
                        yield from _one_channel(subject, name, fields, (trained, channel), data)


def _one_channel(
    subject: Subject, name: str, fields: Fields, trained: tuple[str, str], data: Part
) -> Iterator[Problem]:
    kind, channel = trained
    given = (fields["channels"][channel]["content_type"] or "").partition(";")
    if given[0] in _not_csv(kind):
        message = f"`prepare` writes CSV, and the channel {channel!r} says {given[0]}"
        yield subject.field_problem(
            name, ("channels", channel, "content_type"), "DF12", message, "write text/csv, or leave it out"
        )
        return
    if channel not in ("train", "validation", "test") or given[0] not in ("text/csv", ""):
        return
    if kind in SUPERVISED and given[2].replace(" ", "") == "label_size=0" and channel == "train":
        message = f"label_size=0 says that the rows have no labels, and {kind} learns from them"
        hint = "leave it out" if data.fields["target"] else "give the prepare step a `target`"
        yield subject.field_problem(name, ("channels", channel, "content_type"), "DF14", message, hint)
        return
    if kind in SUPERVISED and data.holds != "all" and data.fields["target"]:
        message = f"these are the {data.holds} alone, and {kind} takes the first column for the label"
        hint = f"write ${{{data.step}.{data.name}}}: the target stands first in it"
        yield subject.field_problem(name, ("channels", channel, "uri"), "DF14", message, hint)
    elif channel == "train":
        yield from _wrong_count(subject, name, fields, (kind, given[2].replace(" ", "")), data)


def _not_csv(kind: str) -> frozenset[str]:
    """Content types that an algorithm reads, and that CSV is not."""
    return _NOT_CSV.get(kind, frozenset((_RECORDS,)))


def _wrong_count(subject: Subject, name: str, fields: Fields, reads: tuple[str, str], data: Part) -> Iterator[Problem]:
    """feature_dim against the columns that there are."""
    wanted = whole_number((fields["hyperparameters"] or {}).get("feature_dim"))
    count = _features(reads, data) if wanted is not None else None
    if count is not None and wanted != count:
        message = f"{data.step!r} writes {count} feature column{'s' if count != 1 else ''}, and feature_dim is {wanted}"
        hint = f"write ${{{data.step}.feature_count}}, or {count}"
        hint = hint if data.holds == "features" or data.fields["target"] else f"write {count}"
        yield subject.field_problem(name, ("hyperparameters", "feature_dim"), "DF04", message, hint)


def _features(reads: tuple[str, str], data: Part) -> int | None:
    """How many features an algorithm finds in a part; None: the file does not say."""
    kind, settings = reads
    has_label = data.holds == "all" and bool(data.fields["target"])
    if data.features is None:
        return None
    if kind in SUPERVISED and settings in ("", "label_size=1") and has_label:
        return data.features
    if kind in _UNSUPERVISED and settings == "label_size=0":
        return data.features + has_label
    return None


def header_in_data(subject: Subject) -> Iterator[Problem]:
    """The raw dataset of a `prepare` step, header and all, in place of what that step makes of it."""
    raw = {
        fields["dataset"]: name
        for name, fields in subject.of_type("prepare")
        if fields["dataset"].startswith("s3://") and _has_header(fields)
    }
    for kind in ("train", "tune") if raw else ():
        for name, fields in subject.of_type(kind):
            trained = plain_algorithm(fields)
            for channel, content in (fields["channels"] or {}).items() if trained else ():
                if content["uri"] in raw and (content["content_type"] or "").startswith("text/csv"):
                    step = raw[content["uri"]]
                    message = f"the first line of this file names its columns, and {trained} takes it for data"
                    hint = f"refer to what {step!r} makes of it: ${{{step}.<part>}}"
                    yield subject.field_problem(name, ("channels", channel, "uri"), "DF07", message, hint)


def _has_header(fields: Fields) -> bool:
    csv = fields["format"] == "csv" or (fields["format"] is None and fields["dataset"].endswith(".csv"))
    return csv and bool(fields["header"] if fields["header"] is not None else not fields["columns"])


def automl_without_header(subject: Subject) -> Iterator[Problem]:
    """AutoML finds its target by the header, which `prepare` leaves out."""
    for name, fields in subject.of_type("automl"):
        data = part(subject, fields["input"])
        if data and not fields["request"]:
            message = f"AutoML finds {fields['target']!r} by the header, and `prepare` writes none"
            hint = "give it the dataset itself, or data of a `process` step"
            yield subject.field_problem(name, ("input",), "DF16", message, hint)
