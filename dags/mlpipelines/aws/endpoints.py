"""What SageMaker refuses in endpoints and their configurations beyond their shapes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html and what they link.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.parts import Request, RuleTable, ShapeRuleTable, at, below, entries, given, listed, number, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

_FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)
_MEMORY_HINT = "write 1024, 2048, 3072, 4096, 5120 or 6144"
#: What endpoints with machines have and serverless ones have not, with the author's fields.
_NOT_SERVERLESS = {
    "AsyncInferenceConfig": "async",
    "DataCaptureConfig": "data_capture",
    "VpcConfig": "vpc",
    "EnableNetworkIsolation": "network_isolation",
}


def variants(request: Request) -> Iterator[ShapeProblem]:
    """Each variant has machines or is serverless, and a name of its own."""
    names: list[str] = []
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        for index, variant in entries(request, member):
            name = at(variant, "VariantName")
            if name is not None and name in names:
                message = f"two variants are called {name!r}"
                yield problem("SM514", (member, index, "VariantName"), message, "give each a name of its own")
            names.append(name)
            yield from below((member, index), _variant(variant))


def _variant(variant: Request) -> Iterator[ShapeProblem]:
    serverless = at(variant, "ServerlessConfig")
    if "ServerlessConfig" in variant:
        wrong = [member for member in ("InstanceType", "InitialInstanceCount", "VolumeSizeInGB") if member in variant]
        for member in wrong[:1] if "InstanceType" in wrong else wrong:
            yield problem("SM510", (member,), f"a serverless variant has no machines, and so no {member}")
        yield from below(("ServerlessConfig",), _serverless(serverless or {}))
    elif "InstanceType" not in variant and "InstancePools" not in variant:
        message = "a variant needs machines (InstanceType) or a ServerlessConfig"
        yield problem("SM510", (), message, "write `instance_type:` or `serverless:`")
    if "RoutingConfig" in variant:
        yield from below(("RoutingConfig",), _routing(at(variant, "RoutingConfig") or {}))


def _serverless(config: Request) -> Iterator[ShapeProblem]:
    memory = number(config, "MemorySizeInMB")
    if memory is not None and memory % 1024:
        yield problem(
            "SM511", ("MemorySizeInMB",), f"AWS gives memory in whole GB, and {memory} MB is not", _MEMORY_HINT
        )
    kept, most = number(config, "ProvisionedConcurrency"), number(config, "MaxConcurrency")
    if kept is not None and most is not None and kept > most:
        message = f"{kept} cannot be kept warm when at most {most} run at once"
        yield problem("SM512", ("ProvisionedConcurrency",), message, f"at most {most}")


def _routing(config: Request) -> Iterator[ShapeProblem]:
    strategy, member = given(config, "RoutingStrategy", default=None), "PrefixAwareRoutingConfig"
    if member in config and strategy not in (None, "PREFIX_AWARE"):
        message = f"{strategy} does not look at prefixes"
        yield problem("SM520", (member,), message, "write `RoutingStrategy: PREFIX_AWARE`, or leave it out")
    if strategy == "PREFIX_AWARE" and member not in config:
        message = "routing by prefix needs the prefix's length"
        yield problem(
            "SM520", ("RoutingStrategy",), message, f"add {member} with PrefixLength and ConcurrencyThreshold"
        )


def traffic(request: Request) -> Iterator[ShapeProblem]:
    """Somebody gets the traffic; a shadow follows one variant; a queue has one variant."""
    production, shadow = listed(request, "ProductionVariants"), listed(request, "ShadowProductionVariants")
    if production and all(at(variant, "InitialVariantWeight") == 0 for variant in production):
        path = ("ProductionVariants", 0, "InitialVariantWeight")
        yield problem("SM515", path, "no variant has a weight above 0", "give one of them a `weight:`")
    if production and shadow and (len(production), len(shadow)) != (1, 1):
        message = "a shadow needs exactly one production variant, and is one"
        yield problem("SM516", ("ShadowProductionVariants",), message)
    if len(production) > 1 and "AsyncInferenceConfig" in request:
        message = "an asynchronous endpoint has one variant"
        yield problem("SM524", ("AsyncInferenceConfig",), message, "make an endpoint of each variant")


def serverless_limits(request: Request) -> Iterator[ShapeProblem]:
    """What is serverless can do less."""
    serverless = [index for index, v in entries(request, "ProductionVariants") if "ServerlessConfig" in v]
    if not serverless:
        return
    if len(request["ProductionVariants"]) > 1:
        path = ("ProductionVariants", serverless[0])
        yield problem("SM513", path, "a serverless endpoint has no other variants", "make an endpoint of its own of it")
    for member, field in _NOT_SERVERLESS.items():
        if request.get(member) and given(request, member, "EnableCapture", default=True) is True:
            hint = f"leave `{field}` out, or write `instance_type:` in place of `serverless:`"
            yield problem("SM513", (member,), f"a serverless endpoint has no {member}", hint)


def metrics(request: Request) -> Iterator[ShapeProblem]:
    """Metrics are published at some intervals only."""
    path = ("MetricsConfig", "MetricPublishFrequencyInSeconds")
    seconds = number(request, *path)
    if seconds is not None and seconds not in _FREQUENCIES:
        message = f"AWS does not publish metrics every {seconds} s"
        yield problem("SM519", path, message, f"one of {', '.join(map(str, _FREQUENCIES))}")


def explanation(request: Request) -> Iterator[ShapeProblem]:
    """The baseline of an explanation is given once."""
    if "ExplainerConfig" not in request:
        return
    path: RequestPath = ("ExplainerConfig", "ClarifyExplainerConfig", "ShapConfig", "ShapBaselineConfig")
    baseline = at(request, *path) or {}
    if "ShapBaseline" in baseline and "ShapBaselineUri" in baseline:
        message = "the baseline is given as ShapBaseline already"
        yield problem("SM523", (*path, "ShapBaselineUri"), message, "keep one of the two")


RULES: RuleTable = {
    "CreateEndpointConfig": (variants, traffic, serverless_limits, metrics, explanation),
}
SHAPE_RULES: ShapeRuleTable = {("range", "ServerlessMemorySizeInMB"): ("SM511", _MEMORY_HINT)}
