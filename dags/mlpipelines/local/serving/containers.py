"""A CreateModel request -> the containers that it consists of, each with the local program that stands in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpipelines.local.faults import ClientFault, InvalidRequest
from mlpipelines.local.images import Program
from mlpipelines.local.storage import S3Object, Storage, split_uri

Definition = Mapping[str, Any]
#: A model package's name or ARN -> DescribeModelPackage.
DescribePackage = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True)
class Container:
    """One container of a model. `name` is the one that AWS's messages use."""

    name: str
    program: Program
    definition: Definition
    remarks: tuple[str, ...] = ()
    """What whoever deploys it should know."""

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.definition.get("Environment") or {})

    @property
    def is_multi_model(self) -> bool:
        return bool(self.definition.get("Mode") == "MultiModel")

    def load(self, storage: Storage, directory: Path, target: str | None = None) -> None:
        """Lay the model's data out below `directory`, which is the container's /opt/ml. `target`: of a multi-model."""
        model = directory / "model"
        model.mkdir(parents=True)
        source = (self.definition.get("ModelDataSource") or {}).get("S3DataSource")
        if target is not None:
            storage.extract(f"{self.definition['ModelDataUrl'].rstrip('/')}/{target}", model)
        elif source:
            _load_source(storage, source, model)
        elif self.definition.get("ModelDataUrl"):
            storage.extract(self.definition["ModelDataUrl"], model)
        for more in self.definition.get("AdditionalModelDataSources") or ():
            folder = directory / "additional-model-data-sources" / more["ChannelName"]
            _load_source(storage, more["S3DataSource"], folder)


def model_containers(
    model: Mapping[str, Any], program: Callable[[Definition], Program], describe: DescribePackage
) -> list[Container]:
    """Raises InvalidRequest for an image that has no program and for a model package that is not there."""
    primary = model.get("PrimaryContainer")
    given: Sequence[Definition] = [primary] if primary else model.get("Containers") or ()
    definitions = [part for definition in given for part in _unpacked(definition, describe)]
    alone = primary is not None and len(definitions) == 1
    return [
        Container(_name(definition, number, alone), program(definition), definition, remarks)
        for number, (definition, remarks) in enumerate(definitions, 1)
    ]


def is_direct(model: Mapping[str, Any]) -> bool:
    """Whether the model's containers are asked one by one instead of as a pipeline."""
    return bool((model.get("InferenceExecutionConfig") or {}).get("Mode") == "Direct")


def _name(definition: Definition, number: int, alone: bool) -> str:
    """A primary container's ContainerHostname is ignored, as the API says."""
    return "primary" if alone else definition.get("ContainerHostname") or f"container-{number}"


def _unpacked(definition: Definition, describe: DescribePackage) -> Iterator[tuple[Definition, tuple[str, ...]]]:
    """A container that names a model package is the containers of that package's inference specification."""
    name = definition.get("ModelPackageName")
    if not name:
        yield definition, ()
        return
    package = describe(name)
    status = package.get("ModelApprovalStatus", "Approved")
    remarks = () if status == "Approved" else (f"the model package {name} is deployed although it is {status}",)
    specification = _specification(package, definition.get("InferenceSpecificationName"), name)
    for container in specification["Containers"]:
        environment = {**(container.get("Environment") or {}), **(definition.get("Environment") or {})}
        yield {**container, **({"Environment": environment} if environment else {})}, remarks


def _specification(package: Mapping[str, Any], wanted: str | None, name: str) -> Mapping[str, Any]:
    if wanted is None:
        found = package.get("InferenceSpecification")
    else:
        more = package.get("AdditionalInferenceSpecifications") or ()
        found = next((item for item in more if item["Name"] == wanted), None)
    if not found:
        which = f"no inference specification named {wanted!r}" if wanted else "no InferenceSpecification"
        raise InvalidRequest(f"The model package {name} has {which}, so no model can be created from it.")
    specification: Mapping[str, Any] = found
    return specification


def _load_source(storage: Storage, source: Mapping[str, Any], folder: Path) -> None:
    uri, packed = source["S3Uri"], source["CompressionType"] == "Gzip"
    if packed:
        storage.extract(uri, folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    if source["S3DataType"] == "S3Object":
        bucket, key = split_uri(uri)
        storage.download(S3Object(bucket, key, key.rpartition("/")[2]), folder)
        return
    if not uri.endswith("/"):
        raise ClientFault(f"Failed to download model data: the S3 prefix {uri} must end with a slash")
    for item in storage.objects({"S3DataType": "S3Prefix", "S3Uri": uri}):
        storage.download(item, folder)
