"""What SageMaker refuses in the channels of training jobs and in the network that their data and image come over.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html and what it links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, Rule, at, below, entries, given, listed, number, problem
from mlpipelines.facts.images import algorithm_of
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

_FILES = ("File", "FastFile")
#: What is known only at run time is None.
Names = list[Any] | None


def channels(job: Request) -> Iterator[ShapeProblem]:
    """What holds for each channel alone, given the job's input mode, its machines and its network."""
    groups = _groups(job)
    default = at(job, "AlgorithmSpecification", "TrainingInputMode")
    single = number(job, "ResourceConfig", "InstanceCount") == 1 and groups == [] and _is_own(job)
    for index, channel in entries(job, "InputDataConfig"):
        path: RequestPath = ("InputDataConfig", index)
        mode = channel.get("InputMode", default)
        if mode in _FILES:
            yield from below(path, _only_in_pipe_mode(channel, mode))
        source = at(channel, "DataSource")
        if isinstance(source, dict):
            yield from below((*path, "DataSource"), _source(source, mode, groups, single, "VpcConfig" in job))


def channel_names(job: Request) -> Iterator[ShapeProblem]:
    """A channel is a folder of the container: its name is used once."""
    seen: set[str] = set()
    for index, channel in entries(job, "InputDataConfig"):
        name = channel.get("ChannelName")
        if name in seen:
            message = f"the channel {name!r} is given twice: both would be the folder /opt/ml/input/data/{name}"
            yield problem("SM123", ("InputDataConfig", index, "ChannelName"), message, "rename one of them")
        elif isinstance(name, str) and not is_template(name):
            seen.add(name)


def private_registry(job: Request) -> Iterator[ShapeProblem]:
    """A registry of one's own is reached over the job's VPC."""
    path: RequestPath = ("AlgorithmSpecification", "TrainingImageConfig", "TrainingRepositoryAccessMode")
    if "VpcConfig" not in job and at(job, *path) == "Vpc":
        hint = "write `vpc: {subnets: [...], security_groups: [...]}`"
        yield problem("SM127", path, "an image of a private registry is fetched over a VPC, and the job has none", hint)


def group_names(job: Request) -> Iterator[ShapeProblem]:
    """Channels find their instance groups by name."""
    path: RequestPath = ("ResourceConfig", "InstanceGroups")
    seen: set[Any] = set()
    for index, group in entries(job, *path):
        name = at(group, "InstanceGroupName")
        if name is not None and name in seen:
            message = f"another instance group is called {name!r} already"
            yield problem("SM135", (*path, index, "InstanceGroupName"), message, "give each a name of its own")
        seen.add(name)


def _groups(job: Request) -> list[Any] | None:
    """The names of the instance groups; None: they are known only at run time."""
    found = given(job, "ResourceConfig", "InstanceGroups", default=[])
    names = [at(group, "InstanceGroupName") for group in found or ()]
    return None if found is None or None in names else names


def _is_own(job: Request) -> bool:
    """Whether the algorithm is not AWS's own: some of these take shared out data only."""
    image = at(job, "AlgorithmSpecification", "TrainingImage")
    return isinstance(image, str) and algorithm_of(image) is None


def _only_in_pipe_mode(channel: Request, mode: str) -> Iterator[ShapeProblem]:
    if channel.get("CompressionType") == "Gzip":
        hint = "write `input_mode: Pipe`, or unpack the data in the training code"
        yield problem("SM120", ("CompressionType",), f"Gzip is unpacked in Pipe mode only, and this is {mode}", hint)
    if channel.get("RecordWrapperType") == "RecordIO":
        message = f"objects are wrapped into records in Pipe mode only, and this is {mode}"
        yield problem("SM132", ("RecordWrapperType",), message, "write `input_mode: Pipe`, or leave it out")


def _source(source: Request, mode: Any, groups: Names, single: bool, network: bool) -> Iterator[ShapeProblem]:
    if len(source) != 1:
        given = f"this has {', '.join(source)}" if source else "this has none"
        path: RequestPath = (list(source)[-1],) if source else ()
        yield problem("SM124", path, f"a channel has exactly one source, and {given}", "make a channel of each")
    if "FileSystemDataSource" in source and not network:
        hint = "write `vpc: {subnets: [...], security_groups: [...]}`"
        yield problem(
            "SM125", ("FileSystemDataSource",), "a file system is reached over a VPC, and the job has none", hint
        )
    if objects := at(source, "S3DataSource"):
        yield from below(("S3DataSource",), _objects(objects, mode, groups, single))


def _objects(source: Request, mode: Any, groups: Names, single: bool) -> Iterator[ShapeProblem]:
    kind = source.get("S3DataType")
    if kind == "AugmentedManifestFile":
        yield from _augmented(source, mode)
    elif source.get("AttributeNames") and kind and not is_template(kind):
        hint = "write `data_type: AugmentedManifestFile`, or leave `attributes` out"
        yield problem("SM134", ("AttributeNames",), "only an AugmentedManifestFile has attributes", hint)
    if single and source.get("S3DataDistributionType") == "ShardedByS3Key":
        hint = "leave `distribution` out, or take more machines (`instance_count`)"
        yield problem("SM126", ("S3DataDistributionType",), "the data is shared out among one machine", hint)
    for index, name in enumerate(listed(source, "InstanceGroupNames")):
        if groups is not None and name not in groups and not is_template(name):
            hint = f"the groups are {', '.join(map(str, groups))}" if groups else "the job has none"
            yield problem("SM133", ("InstanceGroupNames", index), f"there is no instance group {name!r}", hint)


def _augmented(source: Request, mode: Any) -> Iterator[ShapeProblem]:
    if mode in _FILES:
        message = f"an augmented manifest is read in Pipe mode only, and this is {mode}"
        yield problem("SM121", ("S3DataType",), message, "write `input_mode: Pipe`")
    if not source.get("AttributeNames"):
        message = "an augmented manifest needs the attributes to read (AttributeNames)"
        yield problem("SM122", ("S3DataType",), message, "write `attributes: [...]`, in the order of the data")


JOB_RULES: tuple[Rule, ...] = (channels, channel_names, group_names, private_registry)
