"""What SageMaker refuses in models, and in the containers of registered ones, beyond their shapes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html and what it links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpipelines.aws.parts import Request, RuleTable, ShapeRuleTable, at, below, entries, given, problem
from mlpipelines.facts.images import algorithm_of
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

#: How many bytes the environment variables of all containers of a model may have.
_ENVIRONMENT = 32 * 1024


def containers_of(request: Request) -> Iterator[tuple[RequestPath, Request]]:
    """(path, container) of a CreateModel request."""
    primary = at(request, "PrimaryContainer")
    if isinstance(primary, dict):
        yield ("PrimaryContainer",), primary
    for index, container in entries(request, "Containers"):
        yield ("Containers", index), container


def one_or_several(request: Request) -> Iterator[ShapeProblem]:
    """A model is one container or a line of several."""
    if "Containers" in request and at(request, "PrimaryContainer") and at(request, "Containers"):
        hint = "write all of them below `containers:`, and no `artifact:` or `package:` beside it"
        yield problem("SM501", ("Containers",), "a model has either one container or several", hint)


def names(request: Request) -> Iterator[ShapeProblem]:
    """Containers have names of their own, all of them or none."""
    if "Containers" not in request:
        return
    named = {index: container.get("ContainerHostname") for index, container in entries(request, "Containers")}
    direct = at(request, "InferenceExecutionConfig", "Mode") == "Direct"
    for index, name in named.items():
        if name is not None and not is_template(name) and name in [named[i] for i in named if i < index]:
            message = f"two containers are called {name!r}"
            yield problem(
                "SM526", ("Containers", index, "ContainerHostname"), message, "give each a `name:` of its own"
            )
        if name is None and (direct or any(named.values())):
            reason = "that is called directly needs a name" if direct else "needs a name when another one has one"
            hint = "write a `name:`" if direct else "give all containers a `name:`, or none"
            yield problem("SM503", ("Containers", index), f"a container {reason}", hint)


def containers(request: Request) -> Iterator[ShapeProblem]:
    """What holds for each container, and for all of them together."""
    found = list(containers_of(request))
    for path, container in found:
        yield from below(path, _model_data(container))
        if "ModelDataSource" in container:
            yield from below(path, _source(container))
        if "ImageConfig" in container:
            yield from below(path, _registry(container))
    yield from _environment([(path, container) for path, container in found if "Environment" in container])
    for path, _ in [item for item in found if item[1].get("Mode") == "MultiModel"][1:]:
        message = "only one container of a line may serve several models"
        yield problem("SM522", (*path, "Mode"), message, "make the others `SingleModel`")


def package_data(request: Request) -> Iterator[ShapeProblem]:
    """The same for a version in the registry."""
    path = ("InferenceSpecification", "Containers")
    for index, container in entries(request, *path):
        if not container.get("IsCheckpoint"):
            yield from below((*path, index), _model_data(container))


def _model_data(container: Request) -> Iterator[ShapeProblem]:
    place, mode = at(container, "ModelDataUrl"), given(container, "Mode", default="SingleModel")
    if not isinstance(place, str):
        if "ModelDataUrl" not in container:
            yield from _no_artifact(container)
        return
    packed = place.endswith(".tar.gz")
    if mode == "MultiModel" and packed:
        message = "several models lie below a prefix, and this is one model"
        yield problem("SM527", ("ModelDataUrl",), message, "name the folder, with a / at its end")
    elif mode == "SingleModel" and not packed:
        hint = "pack the model's files with `tar czf model.tar.gz`"
        if place.endswith("/"):
            hint = "name one packed model below it, or write `multi_model: true` to serve them all"
        yield problem("SM504", ("ModelDataUrl",), "a model is a packed folder whose name ends in .tar.gz", hint)


def _no_artifact(container: Request) -> Iterator[ShapeProblem]:
    image = at(container, "Image")
    if "ModelDataSource" in container or "ModelPackageName" in container or not isinstance(image, str):
        return
    found = algorithm_of(image)
    if found:
        message = f"{found.algorithm} cannot answer without a trained model"
        yield problem(
            "SM505", ("Image",), message, "write the `artifact:` beside it, such as `${train_model.artifact}`"
        )


def _source(container: Request) -> Iterator[ShapeProblem]:
    """The model's data comes from one place, in a way that its licence allows."""
    if container.get("ModelDataUrl"):
        message = "the model's data comes from ModelDataUrl (`artifact`) already"
        yield problem("SM528", ("ModelDataSource",), message, "take one away: `ModelDataUrl: null`")
    licence = ("ModelDataSource", "S3DataSource", "ModelAccessConfig", "AcceptEula")
    if at(container, *licence) is False:
        message = "a model with a licence is served only to who accepts it"
        yield problem("SM509", licence, message, "read it, and write `true`")


def _registry(container: Request) -> Iterator[ShapeProblem]:
    config = at(container, "ImageConfig")
    if config and "RepositoryAuthConfig" in config and at(config, "RepositoryAccessMode") == "Platform":
        hint = "write `RepositoryAccessMode: Vpc`, or leave RepositoryAuthConfig out for ECR"
        path = ("ImageConfig", "RepositoryAuthConfig")
        yield problem("SM508", path, "SageMaker logs in to registries in your VPC only", hint)


def _environment(found: list[tuple[RequestPath, Request]]) -> Iterator[ShapeProblem]:
    """The environment variables of all containers are not too large together."""
    total = 0
    for _, container in found:
        variables = at(container, "Environment")
        if isinstance(variables, dict):
            total += sum(_size(name) + _size(value) for name, value in variables.items())
    if total > _ENVIRONMENT:
        message = f"the environment variables have {total} bytes, and AWS takes {_ENVIRONMENT} for all containers"
        hint = "put the larger values into a file beside the model"
        yield problem("SM506", (*found[-1][0], "Environment"), message, hint)


def _size(text: Any) -> int:
    """Bytes; what is known only at run time counts for nothing."""
    return len(text.encode()) if isinstance(text, str) and "{{" not in text else 0


RULES: RuleTable = {
    "CreateModel": (one_or_several, names, containers),
    "CreateModelPackage": (package_data,),
}
SHAPE_RULES: ShapeRuleTable = {
    ("length", "ContainerDefinitionList"): ("SM502", "do several things in one container, or call one from another"),
}
