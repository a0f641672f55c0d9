"""What SageMaker refuses in training and tuning jobs beyond their shapes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html and what it links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, RuleTable, at, below, listed, number, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template
from mlpipelines.units import LONGEST_SECONDS


def spot(job: Request) -> Iterator[ShapeProblem]:
    """Spot jobs wait at least as long as they run; others do not wait; none runs for ever."""
    path = ("StoppingCondition", "MaxWaitTimeInSeconds")
    longest, runtime = number(job, *path), number(job, "StoppingCondition", "MaxRuntimeInSeconds")
    wanted = job.get("EnableManagedSpotTraining")
    if longest is not None and not wanted:
        yield problem("SM103", path, "only spot jobs wait for machines", "set EnableManagedSpotTraining (`spot: true`)")
    elif longest is not None and runtime is not None and longest < runtime:
        message = f"a spot job waits and trains for {longest} s together, and may train for {runtime} s"
        yield problem("SM101", path, message, "the waiting time includes the training: make it at least as long")
    if wanted is True and "MaxWaitTimeInSeconds" not in (at(job, "StoppingCondition") or {}):
        message = "a spot job needs the longest time that it may wait and train"
        yield problem(
            "SM102", ("EnableManagedSpotTraining",), message, "write `spot: true`, or give MaxWaitTimeInSeconds too"
        )
    if runtime is not None and runtime > LONGEST_SECONDS:
        hint = "save checkpoints, and go on in another job"
        yield problem(
            "SM118", ("StoppingCondition", "MaxRuntimeInSeconds"), "AWS lets no job run for more than 28 days", hint
        )


def warm_pool(job: Request) -> Iterator[ShapeProblem]:
    """Spot machines are not kept for the next job, nor are groups of different ones."""
    path = ("ResourceConfig", "KeepAlivePeriodInSeconds")
    spot_machines = job.get("EnableManagedSpotTraining") is True
    if number(job, *path) and (spot_machines or listed(job, "ResourceConfig", "InstanceGroups")):
        kind = "spot machines" if spot_machines else "groups of machines"
        yield problem(
            "SM106" if spot_machines else "SM107",
            path,
            f"{kind} are not kept for the next job",
            "leave one of the two out",
        )


def channels(job: Request) -> Iterator[ShapeProblem]:
    """Channels name instance groups that exist, attributes where there are some, and are unpacked in Pipe mode only."""
    groups = [group.get("InstanceGroupName") for group in listed(job, "ResourceConfig", "InstanceGroups")]
    default = at(job, "AlgorithmSpecification", "TrainingInputMode")
    for index, channel in enumerate(listed(job, "InputDataConfig")):
        path: RequestPath = ("InputDataConfig", index)
        source = at(channel, "DataSource", "S3DataSource") or {}
        yield from below((*path, "DataSource", "S3DataSource"), _groups(source, groups))
        yield from below((*path, "DataSource", "S3DataSource"), _attributes(source))
        mode = channel.get("InputMode", default)
        if channel.get("CompressionType") == "Gzip" and mode in ("File", "FastFile"):
            hint = "write `input_mode: Pipe`, or unpack the data in the training code"
            yield problem(
                "SM120", (*path, "CompressionType"), f"Gzip is unpacked in Pipe mode only, and this is {mode}", hint
            )
        if channel.get("RecordWrapperType") == "RecordIO" and mode in ("File", "FastFile"):
            message = f"objects are wrapped into records in Pipe mode only, and this is {mode}"
            yield problem("SM132", (*path, "RecordWrapperType"), message, "write `input_mode: Pipe`, or leave it out")


def _groups(source: Request, groups: list[Any]) -> Iterator[ShapeProblem]:
    for index, name in enumerate(listed(source, "InstanceGroupNames")):
        if name not in groups and not is_template(name):
            hint = f"the groups are {', '.join(map(str, groups))}" if groups else "the job has none"
            yield problem("SM133", ("InstanceGroupNames", index), f"there is no instance group {name!r}", hint)


def _attributes(source: Request) -> Iterator[ShapeProblem]:
    augmented = source.get("S3DataType") == "AugmentedManifestFile"
    if augmented and not source.get("AttributeNames"):
        yield problem("SM122", ("S3DataType",), "an augmented manifest needs the attributes to read (AttributeNames)")
    if source.get("AttributeNames") and not augmented and source.get("S3DataType"):
        yield problem("SM134", ("AttributeNames",), "only an AugmentedManifestFile has attributes")


def trials(request: Request) -> Iterator[ShapeProblem]:
    """What holds for training jobs holds for the trials of a tuning job."""
    definition = at(request, "TrainingJobDefinition") or {}
    for rule in (spot, warm_pool, channels):
        yield from below(("TrainingJobDefinition",), rule(definition))


def search(request: Request) -> Iterator[ShapeProblem]:
    """The limits and the strategy of a tuning job go together."""
    config = at(request, "HyperParameterTuningJobConfig") or {}
    yield from below(("HyperParameterTuningJobConfig",), _limits(config))
    if config.get("Strategy") == "Hyperband" and config.get("TrainingJobEarlyStoppingType", "Off") == "Auto":
        path = ("HyperParameterTuningJobConfig", "TrainingJobEarlyStoppingType")
        yield problem("SM203", path, "Hyperband stops trials itself", "leave early stopping out")


def _limits(config: Request) -> Iterator[ShapeProblem]:
    jobs = number(config, "ResourceLimits", "MaxNumberOfTrainingJobs")
    parallel = number(config, "ResourceLimits", "MaxParallelTrainingJobs")
    most = 10_000 if config.get("Strategy") == "Random" else 750
    if jobs is not None and parallel is not None and parallel > jobs:
        message = f"{parallel} jobs cannot run at once when there are {jobs}"
        yield problem("SM221", ("ResourceLimits", "MaxParallelTrainingJobs"), message)
    if jobs is not None and jobs > most:
        message = f"at most {most} jobs can be tried with this strategy"
        yield problem("SM211", ("ResourceLimits", "MaxNumberOfTrainingJobs"), message)


RULES: RuleTable = {
    "CreateTrainingJob": (spot, warm_pool, channels),
    "CreateHyperParameterTuningJob": (trials, search),
}
