"""What SageMaker refuses in a request because of the model that it names, where the same file makes that model.

https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mlpipelines.aws.models import containers_of
from mlpipelines.aws.parts import Request, at, entries, problem
from mlpipelines.facts.images import algorithm_of
from mlpipelines.facts.shapes import ShapeProblem

#: {what a request calls a model: the CreateModel request that makes it}
Models = Mapping[str, Request]


def model_problems(action: str, request: Request, models: Models) -> Iterator[ShapeProblem]:
    """What `action` refuses of the models that the request names."""
    if models and action in _RULES:
        yield from _RULES[action](request, models)


def _transform(request: Request, models: Models) -> Iterator[ShapeProblem]:
    for _, container in containers_of(_named(request, models)):
        if "ModelDataSource" in container:
            message = "the model reads its data through ModelDataSource, which batch transforms cannot"
            yield problem("SM310", ("ModelName",), message, "give the model an `artifact:` (ModelDataUrl), a .tar.gz")
        image = at(container, "Image")
        found = algorithm_of(image) if request.get("MaxPayloadInMB") == 0 and isinstance(image, str) else None
        if found:
            message = f"0 sends a body of any size in chunks, and {found.algorithm} does not read chunks"
            yield problem(
                "SM304", ("MaxPayloadInMB",), message, "write the size of the largest request in MB, such as 6"
            )


def _endpoint(request: Request, models: Models) -> Iterator[ShapeProblem]:
    for index, variant in entries(request, "ProductionVariants"):
        if at(variant, "ServerlessConfig"):
            more = " and ".join(_not_serverless(_named(variant, models)))
            if more:
                hint = "write `instance_type:` in place of `serverless:`, or make the model without"
                path = ("ProductionVariants", index, "ModelName")
                yield problem("SM513", path, f"a serverless endpoint serves no model with {more}", hint)


def _named(request: Request, models: Models) -> Request:
    name = request.get("ModelName")
    return models.get(name, {}) if isinstance(name, str) else {}


def _not_serverless(model: Request) -> Iterator[str]:
    containers = list(containers_of(model))
    if len(containers) > 1:
        yield "several containers"
    for _, container in containers:
        if at(container, "Mode") == "MultiModel":
            yield "`multi_model`"
        if "ModelDataSource" in container:
            yield "a ModelDataSource"
        if at(container, "ImageConfig", "RepositoryAccessMode") == "Vpc":
            yield "an image from a registry in a VPC"
    if model.get("VpcConfig"):
        yield "a `vpc`"
    if model.get("EnableNetworkIsolation") is True:
        yield "`network_isolation`"


_RULES: dict[str, Callable[[Request, Models], Iterator[ShapeProblem]]] = {
    "CreateTransformJob": _transform,
    "CreateEndpointConfig": _endpoint,
}
