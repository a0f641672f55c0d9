"""What SageMaker refuses in the machines and disks of training, processing and transform jobs.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, Rule, RuleTable, at, below, entries, listed, problem
from mlpipelines.facts.machines import has_local_storage, is_ebs_only
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

_SELECTED = ("SelectedInstanceType", "SelectedInstanceCount")
_PREFERENCES: RequestPath = ("InstancePreferences",)


def training_machines(job: Request) -> Iterator[ShapeProblem]:
    """Machines of training jobs, one kind or several in an order of preference."""
    machines = at(job, "ResourceConfig")
    if machines:
        spot = job.get("EnableManagedSpotTraining") is True
        yield from below(("ResourceConfig",), _disks(machines))
        yield from below(("ResourceConfig",), _read_only(machines))
        if listed(machines, *_PREFERENCES):
            yield from below(("ResourceConfig",), _preferences(machines, spot))


def processing_machines(job: Request) -> Iterator[ShapeProblem]:
    """Machines of processing jobs."""
    machines = at(job, "ProcessingResources", "ClusterConfig")
    if machines:
        yield from below(("ProcessingResources", "ClusterConfig"), _locked(machines))
        yield from below(("ProcessingResources", "ClusterConfig"), _read_only(machines))


def transform_machines(job: Request) -> Iterator[ShapeProblem]:
    """Machines of batch transforms."""
    yield from below(("TransformResources",), _locked(at(job, "TransformResources") or {}))


def trial_machines(trial: Request) -> Iterator[ShapeProblem]:
    """Machines of a tuning job's trials, which have a member of their own besides that of training jobs."""
    machines = at(trial, "HyperParameterTuningResourceConfig")
    if not machines:
        return
    path: RequestPath = ("HyperParameterTuningResourceConfig",)
    yield from below(path, _locked(machines))
    if listed(machines, "InstanceConfigs"):
        for member in ("InstanceType", "InstanceCount", "VolumeSizeInGB"):
            if member in machines:
                message = f"the machines are listed in InstanceConfigs, and {member} stands beside them"
                yield problem("SM214", (*path, member), message, "leave it out")


def _kinds(machines: Request) -> list[Any]:
    """The instance types that are asked for; those known only at run time are among them."""
    listings = ("InstanceGroups", "InstancePreferences", "InstanceConfigs")
    several = [item.get("InstanceType") for member in listings for _, item in entries(machines, member)]
    return several or [machines.get("InstanceType")]


def _disks(machines: Request) -> Iterator[ShapeProblem]:
    """Machines without disks of their own need to be told the size of one."""
    yield from _locked(machines)
    if not machines.get("VolumeSizeInGB") and any(map(is_ebs_only, _kinds(machines))):
        kind = next(filter(is_ebs_only, _kinds(machines)))
        message = f"{kind} has no disk of its own, and the size of the one to rent is not given"
        yield problem("SM116", ("VolumeSizeInGB",), message, "write `volume_size: 30`, in GB")


def _locked(machines: Request) -> Iterator[ShapeProblem]:
    if machines.get("VolumeKmsKeyId") and all(map(has_local_storage, kinds := _kinds(machines))):
        message = f"{kinds[0]} has disks of its own, which its hardware encrypts: AWS takes no key for them"
        hint = "leave `volume_kms_key` out, or take machines without disks such as ml.m5.xlarge"
        yield problem("SM117", ("VolumeKmsKeyId",), message, hint)


def _read_only(machines: Request) -> Iterator[ShapeProblem]:
    for member in _SELECTED:
        if member in machines:
            message = f"{member} is what AWS says of a job that runs, and takes from nobody"
            yield problem("SM119", (member,), message, "leave it out")


def _preferences(machines: Request, spot: bool) -> Iterator[ShapeProblem]:
    """Of several instance types in an order of preference one is taken, when AWS has machines of it."""
    others = [m for m in ("InstanceType", "InstanceGroups", "InstancePlacementConfig") if m in machines]
    others += ["spot machines (EnableManagedSpotTraining)"] if spot else []
    if others:
        message = f"machines are asked for by preference (InstancePreferences) and by {', '.join(others)}"
        yield problem("SM112", _PREFERENCES, message, "keep one of them; `InstanceType: null` takes a member away")
    preferences = listed(machines, *_PREFERENCES)
    yield from _counts(preferences, machines)
    kinds = [preference.get("InstanceType") for preference in preferences]
    for index, preference in enumerate(preferences):
        if kinds[index] in kinds[:index] and not is_template(kinds[index]):
            path: RequestPath = (*_PREFERENCES, index, "InstanceType")
            yield problem("SM114", path, f"{kinds[index]} is preferred twice", "take one of the two away")
        if "TrainingPlanArns" in preference and "TrainingPlanArn" in machines:
            path = (*_PREFERENCES, index, "TrainingPlanArns")
            yield problem("SM115", path, "a training plan is given here and for the whole job", "keep one of them")


def _counts(preferences: list[Any], machines: Request) -> Iterator[ShapeProblem]:
    counted = [index for index, preference in enumerate(preferences) if "InstanceCount" in preference]
    common = "InstanceCount" in machines
    if counted and common:
        message = "the number of machines is given here and for the whole job"
        yield problem("SM113", (*_PREFERENCES, counted[0], "InstanceCount"), message, "keep one of them")
    elif counted and len(counted) < len(preferences):
        message = "the number of machines is given for some instance types, and not for others"
        yield problem("SM113", _PREFERENCES, message, "give it for all of them, or for the whole job")
    elif not counted and not common:
        yield problem("SM113", _PREFERENCES, "nothing says how many machines", "write `InstanceCount:` beside it")


JOB_RULES: tuple[Rule, ...] = (training_machines,)
RULES: RuleTable = {
    "CreateTrainingJob": JOB_RULES,
    "CreateProcessingJob": (processing_machines,),
    "CreateTransformJob": (transform_machines,),
}
