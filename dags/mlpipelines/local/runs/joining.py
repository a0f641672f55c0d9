"""An embedded SageMaker that runs already: made ready for one more run, which finds there what others have left."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from mlpipelines.local.clients import Clients
from mlpipelines.local.runs.plan import RunError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def join(endpoint: str, region: str, buckets: Sequence[str], roles: Sequence[str]) -> None:
    """Make the buckets and roles that are missing. Raises RunError for an endpoint elsewhere, or that is silent."""
    if urlsplit(endpoint).hostname not in _LOOPBACK:
        raise RunError(f"--endpoint takes the address of an embedded SageMaker on this machine, not {endpoint!r}")
    clients = Clients(endpoint)
    try:
        _make_buckets(clients.get("s3", region), region, buckets)
        iam = clients.get("iam", region)
        for role in roles:
            with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
                iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_TRUST))
    except (BotoCoreError, ClientError) as error:
        raise RunError(f"there is no embedded SageMaker at {endpoint}: {error}") from error


def _make_buckets(s3: Any, region: str, buckets: Sequence[str]) -> None:
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    for bucket in sorted(set(buckets) - set(_names(s3))):
        s3.create_bucket(Bucket=bucket, **elsewhere)


def _names(s3: Any) -> Iterator[str]:
    return (bucket["Name"] for bucket in s3.list_buckets()["Buckets"])
