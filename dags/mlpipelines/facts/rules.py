"""An AWS request -> what SageMaker refuses in it beyond the shapes: members that need or exclude each other.

Each rule is in AWS's API reference or its developer guide. What is known only at run time (`{{`) is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

Request = Mapping[str, Any]
Rule = Callable[[Request, RequestPath], Iterator[ShapeProblem]]

#: Where SageMaker mounts what a processing job reads and writes.
PROCESSING_FOLDER = "/opt/ml/processing/"
#: The share of a fleet that a deployment may move at once, in percent.
_SHARES = {"CanarySize": (1, 50), "LinearStepSize": (10, 50), "MaximumBatchSize": (5, 50)}


def rule_problems(action: str, request: Request) -> Iterator[ShapeProblem]:
    """Everything in a request of well-formed members that `action` would refuse all the same."""
    for rule in _RULES.get(action, ()):
        yield from rule(request, ())


def _problem(path: RequestPath, message: str, hint: str = "") -> ShapeProblem:
    return ShapeProblem(path, "rule", message, hint)


def _at(request: Any, *path: str | int) -> Any:
    """The member at `path`; None: there is none, or it is known only at run time."""
    for key in path:
        if isinstance(request, Mapping):
            request = request.get(str(key))
        elif isinstance(request, list) and isinstance(key, int) and key < len(request):
            request = request[key]
        else:
            return None
    return None if is_template(request) else request


def _listed(request: Any, *path: str | int) -> list[Any]:
    found = _at(request, *path)
    return found if isinstance(found, list) else []


def _number(request: Any, *path: str | int) -> int | float | None:
    found = _at(request, *path)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def _spot(job: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """Spot jobs wait at least as long as they run; others do not wait; warm machines are no spot machines."""
    path = (*at, "StoppingCondition", "MaxWaitTimeInSeconds")
    longest, runtime = _number(job, *path[len(at) :]), _number(job, "StoppingCondition", "MaxRuntimeInSeconds")
    spot = job.get("EnableManagedSpotTraining")
    if longest is not None and not spot:
        yield _problem(path, "only spot jobs wait for machines", "set EnableManagedSpotTraining (`spot: true`)")
    elif longest is not None and runtime is not None and longest < runtime:
        message = f"a spot job waits and trains for {longest} s together, and may train for {runtime} s"
        yield _problem(path, message, "the waiting time includes the training: make it at least as long")
    if spot is True and _number(job, "ResourceConfig", "KeepAlivePeriodInSeconds"):
        message = "spot machines are not kept for the next job"
        yield _problem((*at, "ResourceConfig", "KeepAlivePeriodInSeconds"), message, "leave one of the two out")


def _channels(job: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """Channels name instance groups that exist; augmented manifests, and only they, have attributes."""
    groups = [group.get("InstanceGroupName") for group in _listed(job, "ResourceConfig", "InstanceGroups")]
    for index, channel in enumerate(_listed(job, "InputDataConfig")):
        path: RequestPath = (*at, "InputDataConfig", index, "DataSource", "S3DataSource")
        source = _at(channel, "DataSource", "S3DataSource") or {}
        for number, name in enumerate(_listed(source, "InstanceGroupNames")):
            if name not in groups and not is_template(name):
                hint = f"the groups are {', '.join(map(str, groups))}" if groups else "the job has none"
                yield _problem((*path, "InstanceGroupNames", number), f"there is no instance group {name!r}", hint)
        augmented = source.get("S3DataType") == "AugmentedManifestFile"
        if augmented and not source.get("AttributeNames"):
            yield _problem((*path, "S3DataType"), "an augmented manifest needs the attributes to read (AttributeNames)")
        if source.get("AttributeNames") and not augmented and source.get("S3DataType"):
            yield _problem((*path, "AttributeNames"), "only an AugmentedManifestFile has attributes")


def _trials(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """What holds for training jobs holds for the trials of a tuning job."""
    for rule in (_spot, _channels):
        yield from rule(_at(request, "TrainingJobDefinition") or {}, ("TrainingJobDefinition",))


def _search(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """The limits and the strategy of a tuning job go together."""
    config = _at(request, "HyperParameterTuningJobConfig") or {}
    limits: RequestPath = ("HyperParameterTuningJobConfig", "ResourceLimits")
    jobs = _number(config, "ResourceLimits", "MaxNumberOfTrainingJobs")
    parallel = _number(config, "ResourceLimits", "MaxParallelTrainingJobs")
    most = 10_000 if config.get("Strategy") == "Random" else 750
    if jobs is not None and parallel is not None and parallel > jobs:
        yield _problem(
            (*limits, "MaxParallelTrainingJobs"), f"{parallel} jobs cannot run at once when there are {jobs}"
        )
    if jobs is not None and jobs > most:
        yield _problem((*limits, "MaxNumberOfTrainingJobs"), f"at most {most} jobs can be tried with this strategy")
    if config.get("Strategy") == "Hyperband" and config.get("TrainingJobEarlyStoppingType", "Off") == "Auto":
        path = ("HyperParameterTuningJobConfig", "TrainingJobEarlyStoppingType")
        yield _problem(path, "Hyperband stops trials itself", "leave early stopping out")


def _processing_places(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """Where a processing job reads and writes lies below one folder, each place once; Gzip is unpacked in Pipe mode."""
    taken: dict[str, str] = {}
    lists = (("ProcessingInputs",), "S3Input", "Input"), (("ProcessingOutputConfig", "Outputs"), "S3Output", "Output")
    for holder, member, kind in lists:
        for index, item in enumerate(_listed(request, *holder)):
            path: RequestPath = (*holder, index, member)
            yield from _local_path(item, path, str(item.get(f"{kind}Name")), taken)
            if _at(item, member, "S3CompressionType") == "Gzip" and _at(item, member, "S3InputMode") == "File":
                hint = "use Pipe mode, or unpack the data in the script"
                yield _problem((*path, "S3CompressionType"), "Gzip is unpacked in Pipe mode only", hint)


def _local_path(item: Request, path: RequestPath, name: str, taken: dict[str, str]) -> Iterator[ShapeProblem]:
    place = _at(item, str(path[-1]), "LocalPath")
    if place is None:
        return
    if not place.startswith(PROCESSING_FOLDER):
        yield _problem((*path, "LocalPath"), f"{place!r} does not lie below {PROCESSING_FOLDER}")
    twin = taken.setdefault(place.rstrip("/"), name)
    if twin != name:
        yield _problem((*path, "LocalPath"), f"{name!r} and {twin!r} have the same place {place!r} in the container")


def _payload(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """At most 100 MB are under way to one machine."""
    size, concurrent = _number(request, "MaxPayloadInMB"), _number(request, "MaxConcurrentTransforms") or 1
    if size is not None and size * concurrent > 100:
        shown = f"{concurrent} x {size} MB at once are" if concurrent > 1 else f"{size} MB is"
        yield _problem(("MaxPayloadInMB",), f"{shown} more than the 100 MB that AWS sends to one machine")


def _variants(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """A variant has machines or is serverless, and what is serverless can do less."""
    variants = _listed(request, "ProductionVariants")
    for index, variant in enumerate(variants):
        yield from _variant(variant, ("ProductionVariants", index))
    serverless = any("ServerlessConfig" in variant for variant in variants)
    if "AsyncInferenceConfig" in request and len(variants) > 1:
        yield _problem(("AsyncInferenceConfig",), "an asynchronous endpoint has one variant")
    for member in ("AsyncInferenceConfig", "DataCaptureConfig"):
        if serverless and member in request:
            yield _problem((member,), f"a serverless endpoint has no {member}")


def _variant(variant: Request, path: RequestPath) -> Iterator[ShapeProblem]:
    serverless = variant.get("ServerlessConfig")
    if serverless is None and "InstanceType" not in variant:
        yield _problem(path, "a variant needs machines (InstanceType) or a ServerlessConfig")
    if serverless is None:
        return
    wrong = [member for member in ("InstanceType", "InitialInstanceCount", "VolumeSizeInGB") if member in variant]
    for member in wrong[:1] if "InstanceType" in wrong else wrong:
        yield _problem((*path, member), f"a serverless variant has no machines, and so no {member}")
    kept, most = _number(serverless, "ProvisionedConcurrency"), _number(serverless, "MaxConcurrency")
    if kept is not None and most is not None and kept > most:
        message = f"{kept} cannot be kept warm when at most {most} run at once"
        yield _problem((*path, "ServerlessConfig", "ProvisionedConcurrency"), message)


def _deployment(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """A deployment moves no more than half of the fleet at once."""
    routing: RequestPath = ("DeploymentConfig", "BlueGreenUpdatePolicy", "TrafficRoutingConfiguration")
    rolling: RequestPath = ("DeploymentConfig", "RollingUpdatePolicy")
    for policy, member in ((routing, "CanarySize"), (routing, "LinearStepSize"), (rolling, "MaximumBatchSize")):
        share = _number(request, *policy, member, "Value")
        low, high = _SHARES[member]
        percent = _at(request, *policy, member, "Type") == "CAPACITY_PERCENT"
        if percent and share is not None and not low <= share <= high:
            message = f"{share}% is out of range, AWS wants {low}% to {high}% of the fleet"
            yield _problem((*policy, member, "Value"), message)


def _containers(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """Containers that are called by name need names of their own."""
    names: set[str] = set()
    for index, container in enumerate(_listed(request, "Containers")):
        name = container.get("ContainerHostname")
        if name is not None and name in names:
            yield _problem(("Containers", index, "ContainerHostname"), f"two containers are called {name!r}")
        if name is None and _at(request, "InferenceExecutionConfig", "Mode") == "Direct":
            yield _problem(("Containers", index), "a container that is called directly needs a name")
        names.add(name)


def _several_models(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    container = _at(request, "PrimaryContainer") or {}
    place = _at(container, "ModelDataUrl")
    if container.get("Mode") == "MultiModel" and isinstance(place, str) and place.endswith(".tar.gz"):
        message = "several models lie below a prefix, and this is one model"
        yield _problem(("PrimaryContainer", "ModelDataUrl"), message, "name the folder, with a / at its end")


def _objective(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """The kind of problem and the metric are given together."""
    if ("ProblemType" in request) != ("AutoMLJobObjective" in request):
        given, other = "ProblemType", "AutoMLJobObjective"
        if given not in request:
            given, other = other, given
        yield _problem((given,), f"AWS wants {given} and {other} together, or neither")


def _network(request: Request, at: RequestPath) -> Iterator[ShapeProblem]:
    """A notebook without a subnet reaches the internet."""
    if "SubnetId" not in request and request.get("DirectInternetAccess") == "Disabled":
        yield _problem(
            ("DirectInternetAccess",), "without a subnet a notebook has nothing but the internet", "name one"
        )
    if "SubnetId" not in request and request.get("SecurityGroupIds"):
        yield _problem(("SecurityGroupIds",), "security groups need a subnet (SubnetId)")


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "CreateTrainingJob": (_spot, _channels),
    "CreateHyperParameterTuningJob": (_trials, _search),
    "CreateProcessingJob": (_processing_places,),
    "CreateTransformJob": (_payload,),
    "CreateModel": (_containers, _several_models),
    "CreateEndpointConfig": (_variants,),
    "CreateEndpoint": (_deployment,),
    "CreateAutoMLJob": (_objective,),
    "CreateNotebookInstance": (_network,),
}
