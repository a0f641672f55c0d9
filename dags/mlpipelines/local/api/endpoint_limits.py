"""What of an endpoint's requests SageMaker refuses, the local one cannot do, and what it does differently."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlpipelines.aws.refusals import in_words
from mlpipelines.aws.served import model_problems

Request = Mapping[str, Any]


def endpoint_config_rules(request: Request) -> Iterator[str]:
    variants = [*request["ProductionVariants"], *(request.get("ShadowProductionVariants") or ())]
    names = [variant["VariantName"] for variant in variants]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"Variant names must be unique, but {name!r} is given more than once"
    for variant in variants:
        if variant.get("InstanceType") and variant.get("ModelName") and not variant.get("InitialInstanceCount"):
            yield f"Variant {variant['VariantName']} must have an InitialInstanceCount"
    if not any(variant.get("InitialVariantWeight", 1.0) for variant in request["ProductionVariants"]):
        yield "At least one of the production variants must have an InitialVariantWeight above 0"
    if request.get("AsyncInferenceConfig") and not request["AsyncInferenceConfig"]["OutputConfig"].get("S3OutputPath"):
        yield "AsyncInferenceConfig.OutputConfig must have an S3OutputPath"


def endpoint_rules(request: Request) -> Iterator[str]:
    deployment = request.get("DeploymentConfig") or {}
    routing = (deployment.get("BlueGreenUpdatePolicy") or {}).get("TrafficRoutingConfiguration") or {}
    for kind, member in (("CANARY", "CanarySize"), ("LINEAR", "LinearStepSize")):
        if (routing.get("Type") == kind) != bool(routing.get(member)):
            yield f"TrafficRoutingConfiguration must have a {member} when, and only when, its Type is {kind}"


def endpoint_refusals(config: Request) -> Iterator[str]:
    """Members of a CreateEndpointConfig request without which the endpoint would answer something else."""
    if config.get("ExplainerConfig"):
        yield "ExplainerConfig"
    for variant in config["ProductionVariants"]:
        if not variant.get("ModelName"):
            yield f"variant {variant['VariantName']}: no ModelName (inference components)"


def serverless_refusals(config: Request, model: Callable[[str], Request]) -> Iterator[str]:
    """What SageMaker itself does not serve without instances; `model`: name -> CreateModel request."""
    names = {variant["ModelName"] for variant in config["ProductionVariants"] if variant.get("ServerlessConfig")}
    for problem in model_problems("CreateEndpointConfig", config, {name: model(name) for name in names}):
        yield in_words("CreateEndpointConfig", problem)


def endpoint_notes(config: Request) -> Iterator[str]:
    for variant in config["ProductionVariants"]:
        name = variant["VariantName"]
        if variant.get("ServerlessConfig"):
            yield f"the serverless variant {name} is a process that always runs"
        if variant.get("InitialInstanceCount", 1) > 1:
            yield f"the {variant['InitialInstanceCount']} instances of variant {name} are one local process"
        for member in ("ManagedInstanceScaling", "RoutingConfig", "CoreDumpConfig", "CapacityReservationConfig"):
            if variant.get(member):
                yield f"{member} of variant {name} has no effect"
    for variant in config.get("ShadowProductionVariants") or ():
        yield f"the shadow variant {variant['VariantName']} is not started and gets no traffic"
    notification = (config.get("AsyncInferenceConfig") or {}).get("OutputConfig", {}).get("NotificationConfig")
    if notification:
        yield "no notifications of asynchronous inference are sent"
    if config.get("EnableNetworkIsolation"):
        yield "the network is not isolated"
    if config.get("KmsKeyId"):
        yield "nothing is encrypted by a KMS key"
    for member in ("VpcConfig", "MetricsConfig"):
        if config.get(member):
            yield f"{member} has no effect"
