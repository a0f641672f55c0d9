"""What SageMaker refuses in processing jobs beyond their shapes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html and what it links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, RuleTable, ShapeRuleTable, at, below, entries, given, listed, number, problem
from mlpipelines.facts.machines import local_storage
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

#: Where SageMaker mounts what a processing job reads and writes.
PROCESSING_FOLDER = "/opt/ml/processing/"
_INPUTS: RequestPath = ("ProcessingInputs",)
_OUTPUTS: RequestPath = ("ProcessingOutputConfig", "Outputs")


def inputs(request: Request) -> Iterator[ShapeProblem]:
    """An input comes from one place, to a folder of its own."""
    seen: set[str] = set()
    for index, item in entries(request, *_INPUTS):
        yield from below((*_INPUTS, index), _input(item))
        path = at(item, "S3Input", "LocalPath")
        if isinstance(path, str):
            if path.rstrip("/") in seen:
                message = f"another input goes to {path} already"
                yield problem("SM411", (*_INPUTS, index, "S3Input", "LocalPath"), message, "give each its own `path:`")
            seen.add(path.rstrip("/"))


def _input(item: Request) -> Iterator[ShapeProblem]:
    yield from _one_of(item, "S3Input", "DatasetDefinition", "SM401", "an input is read")
    managed, place = given(item, "AppManaged", default=False) is False, at(item, "S3Input")
    if isinstance(place, dict):
        yield from below(("S3Input",), _place(place, managed))
        yield from below(("S3Input",), _stream(place, managed))
    dataset = at(item, "DatasetDefinition")
    if isinstance(dataset, dict):
        yield from below(("DatasetDefinition",), _place(dataset, managed))
        engines = ("AthenaDatasetDefinition", "RedshiftDatasetDefinition")
        yield from below(("DatasetDefinition",), _one_of(dataset, *engines, "SM406", "a dataset is queried"))


def outputs(request: Request) -> Iterator[ShapeProblem]:
    """An output goes to one place, from a folder that SageMaker knows."""
    for index, item in entries(request, *_OUTPUTS):
        path = (*_OUTPUTS, index)
        yield from below(path, _one_of(item, "S3Output", "FeatureStoreOutput", "SM402", "an output is written"))
        managed, place = given(item, "AppManaged", default=False) is False, at(item, "S3Output")
        if isinstance(place, dict):
            yield from below((*path, "S3Output"), _place(place, managed, "SM412"))
        if "FeatureStoreOutput" in item and managed:
            message = "only the job itself writes to a feature store"
            yield problem("SM403", (*path, "FeatureStoreOutput"), message, "write `AppManaged: true` beside it")


def names(request: Request) -> Iterator[ShapeProblem]:
    """Inputs have names of their own, and so have outputs."""
    for holder, member, what in ((_INPUTS, "InputName", "inputs"), (_OUTPUTS, "OutputName", "outputs")):
        found: list[Any] = [at(item, member) for item in listed(request, *holder)]
        for index, name in enumerate(found):
            if name is not None and name in found[:index]:
                message = f"two {what} are called {name!r}"
                yield problem("SM407", (*holder, index, member), message, "give each a name of its own")


def _one_of(item: Request, one: str, other: str, rule: str, what: str) -> Iterator[ShapeProblem]:
    found = [member for member in (one, other) if item.get(member)]
    if len(found) > 1:
        yield problem(rule, (other,), f"{what} in one way, and there is {one} already", "keep one of the two")
    elif not found:
        yield problem(rule, (), f"{what} in one way, and here is none", f"write {one} or {other}")


def _place(place: Request, managed: bool, elsewhere: str = "SM404") -> Iterator[ShapeProblem]:
    path = at(place, "LocalPath")
    hint = f"such as {PROCESSING_FOLDER}data"
    if isinstance(path, str) and not path.startswith(PROCESSING_FOLDER):
        yield problem(elsewhere, ("LocalPath",), f"{path!r} does not lie below {PROCESSING_FOLDER}", hint)
    elif managed and "LocalPath" not in place:
        yield problem("SM404", (), "SageMaker needs to know the folder in the container (LocalPath)", hint)


def _stream(place: Request, managed: bool) -> Iterator[ShapeProblem]:
    mode = given(place, "S3InputMode", default="")
    if place.get("S3CompressionType") == "Gzip" and mode == "File":
        hint = "write `mode: Pipe`, or unpack the data in the script"
        yield problem("SM405", ("S3CompressionType",), "Gzip is unpacked in Pipe mode only", hint)
    if managed and mode == "":
        message = "SageMaker needs to know how the data reaches the container (S3InputMode)"
        yield problem("SM410", (), message, "write `S3InputMode: File`")


def disk(request: Request) -> Iterator[ShapeProblem]:
    """Machines with disks of their own have no others."""
    cluster: RequestPath = ("ProcessingResources", "ClusterConfig")
    size, machine = number(request, *cluster, "VolumeSizeInGB"), at(request, *cluster, "InstanceType")
    most = local_storage(machine) if size is not None else None
    if size is not None and most is not None and size > most:
        message = f"{machine} has a disk of {most} GB of its own, and gets no other"
        yield problem("SM408", (*cluster, "VolumeSizeInGB"), message, f"at most {most}, or another `instance_type`")


RULES: RuleTable = {"CreateProcessingJob": (inputs, outputs, names, disk)}
SHAPE_RULES: ShapeRuleTable = {
    ("range", "ProcessingMaxRuntimeInSeconds"): (
        "SM409",
        "no processing job runs for more than 9 days: split the work",
    ),
}
