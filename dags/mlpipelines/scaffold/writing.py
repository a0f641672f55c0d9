"""Proposal -> the text of a pipeline file, commented where a person would wonder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlpipelines.document import plain_value
from mlpipelines.scaffold.columns import Columns
from mlpipelines.scaffold.guessing import Proposal
from mlpipelines.scaffold.reading import Sample

_WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")


@dataclass(frozen=True)
class Place:
    """Where the data is: `uri` for the pipeline, `comments` for people."""

    uri: str
    comments: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    name: str
    schema: str | None
    """What the editor takes the schema from."""
    region: str | None
    """Set when the project's defaults have none."""


def pipeline_text(header: Header, place: Place, sample: Sample, columns: Columns, proposal: Proposal) -> str:
    lines = [*_head(header, proposal), "steps:", *_prepare(place, sample, columns, proposal), ""]
    lines += [*_train(proposal), "", *_predict(proposal)]
    return "\n".join(lines) + "\n"


def _head(header: Header, proposal: Proposal) -> Iterator[str]:
    if header.schema:
        yield f"# yaml-language-server: $schema={header.schema}"
    yield f"name: {scalar(header.name)}"
    verb = "Predict" if proposal.problem == "regression" else "Classify by"
    yield f"description: {scalar(f'{verb} {proposal.target} with {proposal.algorithm}.')}"
    yield "schedule: null                      # by hand; or a cron expression, @daily, {every: 6h}"
    if header.region:
        yield f"defaults: {{region: {header.region}}}       # better in pipelines/defaults.yaml, for all pipelines"
    yield ""


def _prepare(place: Place, sample: Sample, columns: Columns, proposal: Proposal) -> Iterator[str]:
    yield "  data_prep:"
    yield "    type: prepare"
    yield from (f"    # {_comment(comment)}" for comment in place.comments)
    yield f"    dataset: {scalar(place.uri)}"
    yield from _format(sample)
    yield from _columns(sample, columns, proposal)
    yield f"    target: {scalar(proposal.target)}"
    yield from _classes(proposal)
    yield from _features(proposal)
    yield from _gaps(proposal)
    yield _flow("    split: ", {part: f"{share:g}" for part, share in proposal.split.items()}, quoted=False)
    if not proposal.stratify:
        yield "    stratify: false                   # a class has fewer rows than there are parts"


def _format(sample: Sample) -> Iterator[str]:
    if not sample.format_is_told:
        yield f"    format: {sample.format}"
    if sample.format == "csv" and sample.delimiter != ",":
        yield f"    delimiter: {json.dumps(sample.delimiter)}"


def _columns(sample: Sample, columns: Columns, proposal: Proposal) -> Iterator[str]:
    names = [column.name for column in columns]
    if sample.format in ("jsonl", "parquet"):
        if sample.left_out or sample.truncated:
            yield _flow("    columns: ", names)
        if sample.left_out:
            yield f"    # not read, since they hold lists or objects: {_comment(', '.join(sample.left_out))}"
        return
    if sample.names is None or columns.renamed:
        if sample.names is None:
            yield "    # The file has no header: these names are made up, give them better ones."
        yield _flow("    columns: ", names)
    if sample.names is not None and columns.renamed:
        yield "    header: true                      # the file's own names cannot be used as they are"


def _classes(proposal: Proposal) -> Iterator[str]:
    if proposal.problem == "regression":
        return
    if proposal.classes is None:
        yield f"    classes: auto                     # {proposal.class_count} were seen"
        return
    shown = {scalar(text, key=True): str(number) for text, number in proposal.classes.items()}
    yield _flow("    classes: ", shown, quoted=False)


def _features(proposal: Proposal) -> Iterator[str]:
    if proposal.dropped:
        reasons: dict[str, list[str]] = {}
        for name, reason in proposal.dropped.items():
            reasons.setdefault(reason, []).append(name)
        for reason, names in reasons.items():
            yield f"    # {_comment(', '.join(names)[:80])}: {reason}"
        yield _flow("    drop: ", list(proposal.dropped))
    if proposal.encode:
        yield "    categories: encode                # words become numbers, in sorted order"


def _gaps(proposal: Proposal) -> Iterator[str]:
    if proposal.gaps:
        yield _flow("    missing_values: ", list(proposal.gaps))
    if proposal.missing:
        yield "    missing:"
        for name, what in proposal.missing.items():
            yield f"      {scalar(name, key=True)}: {what if what == 'drop' else f'{{fill: {what}}}'}"


def _train(proposal: Proposal) -> Iterator[str]:
    yield "  train_model:"
    yield "    type: train"
    yield f"    # {proposal.algorithm}: {proposal.why}"
    yield f"    algorithm: {proposal.algorithm}"
    if proposal.algorithm == "xgboost":
        yield "    algorithm_version: 1.7-1"
    yield _flow("    hyperparameters: ", proposal.hyperparameters)
    if "validation" in proposal.split:
        yield '    channels: {train: "${data_prep.train}", validation: "${data_prep.validation}"}'
    else:
        yield '    channels: {train: "${data_prep.train}"}'
    yield "    instance_type: ml.m5.large"
    yield "    max_runtime: 1h"


def _predict(proposal: Proposal) -> Iterator[str]:
    yield from (
        "  create_model:",
        "    type: model",
        "    artifact: ${train_model.artifact}",
        "",
        "  test_model:",
        "    type: transform",
        "    model: ${create_model.name}",
        "    input: ${data_prep.test_features}",
        "    instance_type: ml.m5.large",
        "",
        "  quality:",
        "    type: evaluate",
        "    predictions: ${test_model.predictions}",
        "    labels: ${data_prep.test_labels}",
    )
    if proposal.problem == "regression":
        yield "    task: regression"
    yield f"    metrics: [{', '.join(proposal.metrics)}]"


def _flow(start: str, items: Iterable[str] | Mapping[str, str], *, quoted: bool = True) -> str:
    """`[a, b]` or `{a: b}`, broken into lines where it would be too wide."""
    if isinstance(items, Mapping):
        pairs = ((scalar(key, key=True), scalar(value)) if quoted else (key, value) for key, value in items.items())
        pieces = [f"{key}: {value}" for key, value in pairs]
    else:
        pieces = [scalar(item, key=True) for item in items]
    opening, closing = ("{", "}") if isinstance(items, Mapping) else ("[", "]")
    line = f"{start}{opening}{', '.join(pieces)}{closing}"
    if len(line) <= _WIDTH:
        return line
    lines, current = [f"{start}{opening}"], " " * 6
    for number, piece in enumerate(pieces):
        text = piece if number == len(pieces) - 1 else f"{piece}, "
        if len(current) + len(text) > _WIDTH and current.strip():
            lines.append(current.rstrip())
            current = " " * 6
        current += text
    return "\n".join([*lines, current.rstrip(), f"    {closing}"])


def scalar(text: str, *, key: bool = False) -> str:
    """A text in YAML that is read as it is, without quotes where that is safe; a number stays one where it is no key.

    Keys are not searched for references and templates; values are.
    """
    value = plain_value(text)
    if not isinstance(value, str):
        return text if not key and isinstance(value, int | float) and not isinstance(value, bool) else json.dumps(text)
    if _PLAIN.fullmatch(text):
        return text
    shown = text if key or "${data_prep." in text else text.replace("${", "$${")
    return json.dumps(shown, ensure_ascii=not text.isprintable())


def _comment(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
