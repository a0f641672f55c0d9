"""What SageMaker refuses in models, batch transforms and endpoints beyond their shapes.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html and the API reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, RuleTable, at, below, listed, number, problem
from mlpipelines.facts.json_path import InvalidPath, JsonPath
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

#: The share of a fleet that a deployment may move at once, in percent.
_SHARES = {"CanarySize": (1, 50), "LinearStepSize": (10, 50), "MaximumBatchSize": (5, 50)}
#: What AWS takes for MaxPayloadInMB.
_PAYLOAD = 6


def payload(request: Request) -> Iterator[ShapeProblem]:
    """At most 100 MB are under way to one machine."""
    given = "MaxPayloadInMB" in request
    size = number(request, "MaxPayloadInMB") if given else _PAYLOAD
    concurrent = number(request, "MaxConcurrentTransforms") or 1
    if size is not None and size * concurrent > 100:
        shown = f"{concurrent} x {size} MB at once are" if concurrent > 1 else f"{size} MB is"
        path = ("MaxPayloadInMB",) if given else ("MaxConcurrentTransforms",)
        yield problem("SM302", path, f"{shown} more than the 100 MB that AWS sends to one machine")


def records(request: Request) -> Iterator[ShapeProblem]:
    """Filters and joins need single records; several records in a request need a way to tell them apart."""
    split = at(request, "TransformInput", "SplitType") or "None"
    if request.get("BatchStrategy") == "MultiRecord" and split == "None":
        yield problem(
            "SM303", ("BatchStrategy",), "several records in a request need a SplitType", "write `split_type: Line`"
        )
    paths = [(member, at(request, "DataProcessing", member)) for member in ("InputFilter", "OutputFilter")]
    by_csv = (at(request, "TransformInput", "ContentType") or "").startswith("text/csv")
    for member, text in paths:
        if isinstance(text, str):
            yield from below(("DataProcessing", member), _json_path(text, by_csv))
    writes = request.get("DataProcessing", {}).get("JoinSource") == "Input" or paths[1][1]
    active = writes or paths[0][1]
    if by_csv and active and split != "Line":
        yield problem("SM312", ("TransformInput", "SplitType"), "filters and joins of CSV need `split_type: Line`")
    if by_csv and writes and (at(request, "TransformOutput", "AssembleWith") or "None") != "Line":
        yield problem(
            "SM308", ("TransformOutput", "AssembleWith"), "filters and joins of CSV need `assemble_with: Line`"
        )


def _json_path(text: str, by_csv: bool) -> Iterator[ShapeProblem]:
    try:
        path = JsonPath(text)
    except InvalidPath as error:
        yield problem("SM308", (), str(error), "such as $[1:]")
        return
    if by_csv and not path.is_positional:
        yield problem("SM308", (), "columns of CSV have positions only", "such as $[0,2:]")


def variants(request: Request) -> Iterator[ShapeProblem]:
    """A variant has machines or is serverless, and what is serverless can do less."""
    production, shadow = listed(request, "ProductionVariants"), listed(request, "ShadowProductionVariants")
    for member, found in (("ProductionVariants", production), ("ShadowProductionVariants", shadow)):
        for index, variant in enumerate(found):
            yield from below((member, index), _variant(variant))
    if production and all(variant.get("InitialVariantWeight", 1) == 0 for variant in production):
        yield problem("SM515", ("ProductionVariants", 0, "InitialVariantWeight"), "no variant has a weight above 0")
    if shadow and (len(production), len(shadow)) != (1, 1):
        yield problem(
            "SM516", ("ShadowProductionVariants",), "a shadow needs exactly one production variant, and is one"
        )
    if "AsyncInferenceConfig" in request and len(production) > 1:
        yield problem("SM524", ("AsyncInferenceConfig",), "an asynchronous endpoint has one variant")
    serverless = [index for index, variant in enumerate(production) if "ServerlessConfig" in variant]
    if serverless and len(production) > 1:
        yield problem("SM513", ("ProductionVariants", serverless[0]), "a serverless endpoint has no other variants")
    for member in ("AsyncInferenceConfig", "DataCaptureConfig", "VpcConfig", "EnableNetworkIsolation"):
        if serverless and request.get(member):
            yield problem("SM513", (member,), f"a serverless endpoint has no {member}")


def _variant(variant: Request) -> Iterator[ShapeProblem]:
    serverless = variant.get("ServerlessConfig")
    if serverless is None:
        if "InstanceType" not in variant and "InstancePools" not in variant:
            yield problem("SM510", (), "a variant needs machines (InstanceType) or a ServerlessConfig")
        return
    wrong = [member for member in ("InstanceType", "InitialInstanceCount", "VolumeSizeInGB") if member in variant]
    for member in wrong[:1] if "InstanceType" in wrong else wrong:
        yield problem("SM510", (member,), f"a serverless variant has no machines, and so no {member}")
    kept, most = number(serverless, "ProvisionedConcurrency"), number(serverless, "MaxConcurrency")
    if kept is not None and most is not None and kept > most:
        message = f"{kept} cannot be kept warm when at most {most} run at once"
        yield problem("SM512", ("ServerlessConfig", "ProvisionedConcurrency"), message)


def deployment(request: Request) -> Iterator[ShapeProblem]:
    """A deployment moves no more than half of the fleet at once."""
    routing: RequestPath = ("DeploymentConfig", "BlueGreenUpdatePolicy", "TrafficRoutingConfiguration")
    rolling: RequestPath = ("DeploymentConfig", "RollingUpdatePolicy")
    for policy, member in ((routing, "CanarySize"), (routing, "LinearStepSize"), (rolling, "MaximumBatchSize")):
        share = number(request, *policy, member, "Value")
        low, high = _SHARES[member]
        percent = at(request, *policy, member, "Type") == "CAPACITY_PERCENT"
        if percent and share is not None and not low <= share <= high:
            message = f"{share}% is out of range, AWS wants {low}% to {high}% of the fleet"
            yield problem("SM518", (*policy, member, "Value"), message)


def deployment_time(request: Request) -> Iterator[ShapeProblem]:
    """A deployment takes longer than its own pauses."""
    policy: RequestPath = ("DeploymentConfig", "BlueGreenUpdatePolicy")
    most = number(request, *policy, "MaximumExecutionTimeoutInSeconds")
    steps = number(request, *policy, "TrafficRoutingConfiguration", "WaitIntervalInSeconds") or 0
    pauses = steps + (number(request, *policy, "TerminationWaitInSeconds") or 0)
    if most is not None and most <= pauses:
        message = f"the deployment may last for {most} s, and waits for {pauses} s"
        yield problem(
            "SM525", (*policy, "MaximumExecutionTimeoutInSeconds"), message, "give it more time than its pauses"
        )


def containers(request: Request) -> Iterator[ShapeProblem]:
    """Containers have names of their own, all of them or none."""
    several = listed(request, "Containers")
    names: list[Any] = [container.get("ContainerHostname") for container in several]
    direct = at(request, "InferenceExecutionConfig", "Mode") == "Direct"
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            yield problem("SM526", ("Containers", index, "ContainerHostname"), f"two containers are called {name!r}")
        if name is None and (direct or any(names)):
            reason = "that is called directly needs a name" if direct else "needs a name when another one has one"
            yield problem("SM503", ("Containers", index), f"a container {reason}")


def several_models(request: Request) -> Iterator[ShapeProblem]:
    container = at(request, "PrimaryContainer") or {}
    place = at(container, "ModelDataUrl")
    if container.get("Mode") == "MultiModel" and isinstance(place, str) and place.endswith(".tar.gz"):
        message = "several models lie below a prefix, and this is one model"
        yield problem("SM527", ("PrimaryContainer", "ModelDataUrl"), message, "name the folder, with a / at its end")


RULES: RuleTable = {
    "CreateTransformJob": (payload, records),
    "CreateModel": (containers, several_models),
    "CreateEndpointConfig": (variants,),
    "CreateEndpoint": (deployment, deployment_time),
}
