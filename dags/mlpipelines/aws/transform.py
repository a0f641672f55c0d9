"""What SageMaker refuses in batch transforms beyond their shapes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, RuleTable, at, below, given, number, problem
from mlpipelines.facts.json_path import InvalidPath, JsonPath
from mlpipelines.facts.shapes import ShapeProblem

#: The most MB that AWS sends to one machine at once.
_MOST = 100
_MOST_MACHINES = 100
_MEDIA_TYPE = re.compile(r"[\w.+*-]+/[\w.+*-]+\s*(;|$)")
_SPLIT, _ASSEMBLE = ("TransformInput", "SplitType"), ("TransformOutput", "AssembleWith")


def payload(request: Request) -> Iterator[ShapeProblem]:
    """At most 100 MB are under way to one machine. What is not given may be for the container to say."""
    size, concurrent = number(request, "MaxPayloadInMB"), number(request, "MaxConcurrentTransforms")
    if size is None:
        return
    if size > _MOST:
        yield problem("SM301", ("MaxPayloadInMB",), f"{size} MB is more than AWS sends at once, which is {_MOST} MB")
    elif size * (concurrent or 1) > _MOST:
        message = f"{concurrent} x {size} MB at once are more than the {_MOST} MB that AWS sends to one machine"
        yield problem("SM302", ("MaxPayloadInMB",), message, "lower `max_payload` or `max_concurrent`")


def records(request: Request) -> Iterator[ShapeProblem]:
    """Several records in a request need a way to tell them apart."""
    if request.get("BatchStrategy") == "MultiRecord" and given(request, *_SPLIT, default="None") == "None":
        hint = "write `split_type: Line`"
        yield problem("SM303", ("BatchStrategy",), "several records in a request need a SplitType", hint)


def data_processing(request: Request) -> Iterator[ShapeProblem]:
    """Filters and joins need single records, in a format that AWS reads, and the same format on both sides."""
    asked = at(request, "DataProcessing")
    if not asked:
        return
    kind = _media_type(at(request, "TransformInput", "ContentType"))
    joins = at(asked, "JoinSource") == "Input"
    written = kind if joins else _media_type(at(request, "TransformOutput", "Accept"))
    for member, of in (("InputFilter", kind), ("OutputFilter", written)):
        text = at(asked, member)
        if isinstance(text, str):
            yield from below(("DataProcessing", member), _json_path(text, of == "text/csv"))
    reads, writes = joins or _is_filter(at(asked, "InputFilter")), joins or _is_filter(at(asked, "OutputFilter"))
    if reads:
        yield from _formats(request, kind, joins)
    if reads or writes:
        yield from _lines(request, reads and kind == "text/csv", joins, writes and written == "text/csv")


def _formats(request: Request, kind: str, joins: bool) -> Iterator[ShapeProblem]:
    if kind and not ("csv" in kind or "json" in kind):
        hint = "write `content_type:` text/csv, application/json or application/jsonlines, as the data is"
        path = ("TransformInput", "ContentType")
        yield problem("SM307", path, f"filters and joins read CSV and JSON, and this is {kind}", hint)
    elif kind and joins:
        path, accept = ("TransformOutput", "Accept"), given(request, "TransformOutput", "Accept", default="")
        if accept == "":
            message = f"a join needs predictions as {kind}, like the input; the algorithm's own format may be another"
            yield problem("SM313", ("DataProcessing", "JoinSource"), message, f"write `accept: {kind}`")
        elif accept is not None and _family(_media_type(accept)) != _family(kind):
            message = f"a join needs the same format on both sides; {accept} is not that of the input, {kind}"
            yield problem("SM306", path, message, f"write `accept: {kind}`, or leave the join out")


def _lines(request: Request, by_csv: bool, joins: bool, writes_csv: bool) -> Iterator[ShapeProblem]:
    split, assemble = given(request, *_SPLIT, default="None"), given(request, *_ASSEMBLE, default="None")
    if by_csv and split not in ("Line", None):
        yield problem("SM312", _SPLIT, "CSV is filtered and joined line by line", "write `split_type: Line`")
    if writes_csv and assemble not in ("Line", None) and (split != "Line" or not joins):
        yield problem(
            "SM312", _ASSEMBLE, "what is filtered or joined is written in lines", "write `assemble_with: Line`"
        )
    elif joins and None not in (split, assemble) and split != assemble and not (by_csv and split != "Line"):
        message = f"a join puts its records together as it took them apart: {split}, and this is {assemble}"
        yield problem("SM305", _ASSEMBLE, message, f"write `assemble_with: {split}`")


def _json_path(text: str, by_csv: bool) -> Iterator[ShapeProblem]:
    try:
        path = JsonPath(text)
    except InvalidPath as error:
        yield problem("SM308", (), str(error), "such as $[1:]")
        return
    if by_csv and not path.is_positional:
        yield problem("SM308", (), "columns of CSV have positions only", "such as $[0,2:]")


def machines(request: Request) -> Iterator[ShapeProblem]:
    """No transform has more than 100 machines."""
    count = number(request, "TransformResources", "InstanceCount")
    if count is not None and count > _MOST_MACHINES:
        message = f"{count} machines are too many: AWS gives a batch transform at most {_MOST_MACHINES}"
        yield problem("SM309", ("TransformResources", "InstanceCount"), message)


def source(request: Request) -> Iterator[ShapeProblem]:
    """Augmented manifests are for training."""
    path = ("TransformInput", "DataSource", "S3DataSource", "S3DataType")
    if at(request, *path) == "AugmentedManifestFile":
        hint = "write `data_type: ManifestFile`, or S3Prefix"
        yield problem("SM314", path, "a batch transform reads no augmented manifests", hint)


def media_types(request: Request) -> Iterator[ShapeProblem]:
    """Types are called type/subtype, and text has no binary records."""
    for path in (("TransformInput", "ContentType"), ("TransformOutput", "Accept")):
        text = at(request, *path)
        if isinstance(text, str) and text and not _MEDIA_TYPE.match(text):
            yield problem("SM315", path, f"{text!r} is not the name of a media type", "such as text/csv")
    kind, split = _media_type(at(request, "TransformInput", "ContentType")), at(request, *_SPLIT)
    if split in ("RecordIO", "TFRecord") and ("csv" in kind or "json" in kind):
        yield problem("SM316", _SPLIT, f"{kind} has no records of {split}", "write `split_type: Line`")


def unjoined(request: Request) -> Iterator[ShapeProblem]:
    """Only what is joined has the prediction as a field."""
    asked = at(request, "DataProcessing") or {}
    if "SageMakerOutput" in str(asked.get("OutputFilter")) and given(asked, "JoinSource", default="None") == "None":
        message = "without a join there is no field SageMakerOutput"
        yield problem("SM317", ("DataProcessing", "OutputFilter"), message, "write `join: true`")


def _is_filter(path: Any) -> bool:
    """`$` is everything, and so no filter."""
    return isinstance(path, str) and path.strip() not in ("", "$")


def _media_type(content_type: Any) -> str:
    """`text/csv; charset=utf-8` -> `text/csv`; empty when it is not known."""
    return content_type.partition(";")[0].strip().lower() if isinstance(content_type, str) else ""


def _family(media_type: str) -> str:
    """JSON and JSON Lines go together."""
    return "json" if "json" in media_type else media_type


RULES: RuleTable = {"CreateTransformJob": (payload, records, data_processing, machines, source, media_types, unjoined)}
