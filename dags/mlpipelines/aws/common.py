"""Any AWS request -> what is wrong with its texts wherever they stand: places, roles, keys, images, tags.

One walk over the request serves all of these rules: the name of a member leads to its check, in `TEXTS` for a text and
in `PARTS` for a mapping or a list, which is then looked at as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from mlpipelines.aws import images, machines, places, secrets
from mlpipelines.aws.parts import PartCheck, Request, TextCheck, below, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem

_S3_URIS = (
    "DestinationS3Uri", "FeatureSpecificationS3Uri", "ManifestS3Uri", "ModelDataUrl", "OutputS3Uri", "S3FailurePath",
    "S3OutputPath", "S3Uri", "SamplePayloadUrl", "ShapBaselineUri",
)  # fmt: skip
_ROLES = ("ClusterRoleArn", "ExecutionRoleARN", "ExecutionRoleArn", "RoleArn", "ValidationRole")
_KEYS = ("KmsKeyId", "VolumeKmsKeyId")
# Texts with run-time templates come to the checks too: `{{` is for them to leave alone. Checks that take their time
# remember their answers.
#: {name of a member that is a text: its check}
TEXTS: dict[str, TextCheck] = {
    **dict.fromkeys(_S3_URIS, places.s3_uri),
    **dict.fromkeys(_ROLES, places.role),
    **dict.fromkeys(_KEYS, places.kms_key),
    "SubnetId": places.subnet,
    "Image": images.model_image,
    "ImageUri": images.job_image,
    "TrainingImage": images.training_image,
    "InstanceType": machines.retired_type,
}
#: {member: the checks of texts below it}, where they are others than above.
_BELOW = {"InferenceSpecification": {**TEXTS, "Image": images.job_image}}  # registering a version deploys nothing
#: Members whose keys are the author's own, and tell nothing.
MAPS = frozenset(
    {
        "Aggregation", "CollectionParameters", "CustomerMetadataProperties", "Environment", "Filling", "HookParameters",
        "HyperParameters", "ProfilingParameters", "RuleParameters", "StaticHyperParameters",
        "TextGenerationHyperParameters",
    }
)  # fmt: skip
#: {name of a member that is a mapping or a list: its check}
PARTS: dict[str, PartCheck] = {
    "Subnets": places.subnets,
    "SecurityGroupIds": places.security_groups,
    "Tags": lambda tags: chain(places.tags(tags), secrets.secret_tags(tags)),
    **secrets.PARTS,
}


def text_problems(request: Request, region: str = "") -> Iterator[ShapeProblem]:
    """Everything that is wrong with single texts and parts of any request."""
    waiting: list[tuple[RequestPath, Any, Mapping[str, TextCheck]]] = [((), request, TEXTS)]
    for path, holder, named in waiting:
        pairs: Iterable[tuple[Any, Any]] = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, value in pairs:
            if isinstance(value, str):
                check = named.get(key)
                if check and (found := check(value, region)):
                    rule, message, hint = found
                    yield problem(rule, (*path, key), message, hint)
            elif isinstance(value, dict | list):
                if part := PARTS.get(key):
                    yield from below((*path, key), part(value))
                elif key not in MAPS:
                    waiting.append(((*path, key), value, _BELOW.get(key, named)))
