"""What SageMaker's built-in algorithms refuse in their data: channels, content types, input modes, shares.

What could not be confirmed is HP920, a warning. Facts: `facts/hyperparameters.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.built_in import Job
from mlpipelines.aws.parts import Request, at, listed, problem
from mlpipelines.errors import did_you_mean
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

#: Channels of data to learn from; the others hold lists, labels, models or vocabularies of formats of their own.
_DATA = ("train", "validation", "test")
#: What could not be confirmed.
_DOUBT = "HP920"
_RECORDS = "application/x-recordio-protobuf"


def channel_problems(job: Job) -> Iterator[ShapeProblem]:
    given = job.definition.get("InputDataConfig")
    if given is not None and not isinstance(given, list):
        return
    names = [at(channel, "ChannelName") for channel in given or ()]
    if None not in names:
        yield from _missing(job, names)
    for index, (channel, name) in enumerate(zip(given or (), names, strict=True)):
        path: RequestPath = (*job.path, "InputDataConfig", index)
        if isinstance(name, str):
            yield from _unknown(job, name, path)
            yield from _format(job, channel, name, path) if name in _DATA else ()
            yield from _shared(job, channel, name, path)


def _missing(job: Job, names: list[Any]) -> Iterator[ShapeProblem]:
    absent = [name for name in job.facts["channels"]["required"] if name not in names]
    unknown = [name for name in names if name not in job.facts["channels"]["optional"]] if absent else []
    needed = [name for name in absent if not any(did_you_mean(word, [name]) for word in unknown)]  # told already
    if needed:
        words = f"channel{'s' if len(needed) > 1 else ''} {', '.join(needed)}"
        yield problem(_of(job, "HP910"), (*job.path, "InputDataConfig"), f"{job.algorithm} needs the {words}")
    elif (
        job.algorithm == "blazingtext"
        and "validation" not in names
        and (job.text("early_stopping") or "").lower() == "true"
    ):
        message = "blazingtext stops early by what it measures on a channel validation"
        yield problem("HP910", job.place("early_stopping"), message, "give that channel, or leave early_stopping out")
    images = [name for name in job.facts.get("image_channels", ()) if name not in names]
    if images:
        yield from _lists(job, images)


def _lists(job: Job, missing: list[str]) -> Iterator[ShapeProblem]:
    """Single images come with lists of what they are; records and manifests bring that themselves."""
    for index, channel in enumerate(listed(job.definition, "InputDataConfig")):
        kind = str(at(channel, "ContentType") or "").partition(";")[0].strip().lower()
        source = at(channel, "DataSource", "S3DataSource", "S3DataType")
        if (kind.startswith("image/") or kind == "application/x-image") and source in ("S3Prefix", "ManifestFile"):
            message = f"{job.algorithm} with {kind} needs the channel{'s' if len(missing) > 1 else ''} "
            path: RequestPath = (*job.path, "InputDataConfig", index, "ContentType")
            if at(channel, "ChannelName") in _DATA:
                yield problem("HP917", path, message + ", ".join(missing), "or give the images as RecordIO")
                return


def _unknown(job: Job, name: str, path: RequestPath) -> Iterator[ShapeProblem]:
    channels = job.facts["channels"]
    known = [*channels["required"], *channels["optional"]]
    if name not in known:
        hint = did_you_mean(name, known) or f"its channels are {', '.join(known)}"
        rule = _DOUBT if job.algorithm == "object2vec" else _of(job, "HP910")
        yield problem(rule, (*path, "ChannelName"), f"{job.algorithm} does not read a channel {name!r}", hint)


def _format(job: Job, channel: Request, name: str, path: RequestPath) -> Iterator[ShapeProblem]:
    """Content type and input mode, alone and together."""
    kinds, mode = job.facts["content_types"], _mode(job, channel)
    given, unknown = at(channel, "ContentType"), is_template(channel.get("ContentType"))
    kind, _, parameters = str(given or "").partition(";")
    kind = kind.strip().lower()
    if kind and kind not in kinds:
        rule = _DOUBT if job.facts.get("doubtful_content_types") else _of(job, "HP911")
        hint = did_you_mean(kind, kinds) or f"one of {', '.join(kinds)}"
        yield problem(rule, (*path, "ContentType"), f"{job.algorithm} does not read {kind}", hint)
        return
    if job.algorithm == "xgboost" and not kind and not unknown:
        message = f"xgboost reads the channel {name!r} as text/libsvm when it is not told the content type"
        yield problem("HP912", path, message, "write content_type: text/csv, or text/libsvm")
    yield from _label_size(job, name, kind, parameters, path)
    mode_path: RequestPath = (
        (*path, "InputMode") if "InputMode" in channel else (*job.path, "AlgorithmSpecification", "TrainingInputMode")
    )
    if mode == "Pipe" and "Pipe" not in job.facts["input_modes"]:
        message = f"{job.algorithm} cannot read its data in Pipe mode"
        yield problem(_of(job, "HP916"), mode_path, message, "write input_mode: File")
    elif mode == "Pipe" and kind and kind not in job.facts.get("pipe_content_types", kinds):
        streamed = ", ".join(job.facts["pipe_content_types"])
        rule = "HP915" if job.algorithm == "lda" else "HP916"
        message = f"{job.algorithm} cannot read {kind} in Pipe mode"
        yield problem(_of(job, rule), mode_path, message, f"in that mode it reads {streamed}")


def _label_size(job: Job, name: str, kind: str, parameters: str, path: RequestPath) -> Iterator[ShapeProblem]:
    wanted = job.facts.get("label_size", {}).get(name)
    if wanted is None or kind not in ("text/csv", "csv") or is_template(parameters):
        return
    sizes = [value.strip() for key, _, value in _pairs(parameters) if key.strip().lower() == "label_size"]
    if job.algorithm == "xgboost" and sizes and sizes[0] != wanted:
        message = f"xgboost takes the first column as label, and label_size is {sizes[0]}"
        yield problem("HP913", (*path, "ContentType"), message, "write content_type: text/csv")
    if job.algorithm == "randomcutforest" and sizes[:1] != [wanted]:
        message = f"randomcutforest reads the channel {name!r} with its labels in the first column"
        yield problem("HP914", (*path, "ContentType"), message, "write content_type: text/csv;label_size=1")


def _pairs(parameters: str) -> list[tuple[str, str, str]]:
    return [part.partition("=") for part in parameters.split(";") if part.strip()]


def _shared(job: Job, channel: Request, name: str, path: RequestPath) -> Iterator[ShapeProblem]:
    """Whether each machine gets all of the data or a share of it."""
    source = at(channel, "DataSource", "S3DataSource")
    if source is None or is_template(source.get("S3DataDistributionType")):
        return
    given = source.get("S3DataDistributionType")
    place: RequestPath = (*path, "DataSource", "S3DataSource", *(["S3DataDistributionType"] if given else []))
    wanted = job.facts.get("distribution", {}).get(name)
    if wanted and (given or "FullyReplicated") != wanted:
        message = f"{job.algorithm} wants the channel {name!r} to be {wanted}"
        yield problem("HP914", place, message, f"write distribution: {wanted}")
    likely = job.facts.get("doubtful_distribution", {}).get(name)
    if likely and given and given != likely:
        message = f"{job.algorithm} is documented to want the channel {name!r} {likely}"
        yield problem(_DOUBT, place, message, f"write distribution: {likely}")


def _mode(job: Job, channel: Request) -> Any:
    """File, Pipe or FastFile; None: known only at run time. FastFile looks like files to an algorithm."""
    if "InputMode" in channel:
        return at(channel, "InputMode")
    return at(job.definition, "AlgorithmSpecification", "TrainingInputMode")


def _of(job: Job, rule: str) -> str:
    return _DOUBT if job.doubtful else rule
