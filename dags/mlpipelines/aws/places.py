"""Names of buckets, roles, keys, networks and tags -> what AWS would refuse in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from mlpipelines.aws.parts import Found, at, problem
from mlpipelines.facts.shapes import RequestPath, ShapeProblem, is_template

_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: What buckets of us-east-1 could be called until 2018.
_OLD_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")
_LONGEST = 300
#: https://<bucket>.s3.<region>.amazonaws.com/<key> and https://s3.<region>.amazonaws.com/<bucket>/<key>
_HOSTED = re.compile(
    r"https://(?P<bucket>[a-z0-9.-]+)\.s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?/(?P<key>[^?#]*)"
)
_BY_PATH = re.compile(r"https://s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?/(?P<bucket>[^/]+)/(?P<key>[^?#]*)")

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+", re.DOTALL)
_ROLE_FORM = "write its ARN, such as arn:aws:iam::123456789012:role/name"
_KEY = r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_KMS = re.compile(
    rf"{_KEY}|alias/[\w/-]+|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{{12}}:(?:key/{_KEY}|alias/[\w/-]+)",
    re.ASCII | re.IGNORECASE,
)
_PARTITIONS = {"aws-cn": "cn-", "aws-us-gov": "us-gov-"}
#: How regions of other partitions than `aws` begin, or hold.
_OTHER_PARTITIONS = ("cn-", "us-gov-", "eusc-", "-iso")
_KINDS = {"subnet-": "subnet", "sg-": "security group"}


def bad_bucket(uri: str, region: str) -> Found | None:
    """What is wrong with the bucket of an s3:// URI; it may be an alias of an access point, or a directory bucket."""
    bucket = uri[5:_LONGEST].split("/", 1)[0] if uri.startswith("s3://") else ""
    return bucket_problem(bucket, region) if bucket else None


@lru_cache(maxsize=1024)
def bucket_problem(bucket: str, region: str) -> Found | None:
    if is_template(bucket) or bucket.startswith("arn:"):
        return None
    if _ADDRESS.fullmatch(bucket):
        return "SM701", f"a bucket cannot be called {bucket!r}, like an IP address", ""
    if reserved := [prefix for prefix in _RESERVED if bucket.startswith(prefix)]:
        return "SM701", f"no bucket of yours is called {bucket!r}", f"AWS keeps names that begin with {reserved[0]}"
    if _BUCKET.fullmatch(bucket):
        return None
    hint = "3 to 63 small letters, digits, dots and hyphens; a letter or digit first and last, no two dots together"
    if region in ("", "us-east-1") and _OLD_BUCKET.fullmatch(bucket):
        hint = f"only buckets of us-east-1 made before 2018 may be called so; all others: {hint}"
        return "SM709", f"{bucket!r} is no bucket name of today", hint
    return "SM701", f"{bucket!r} cannot be the name of a bucket", hint


def s3_uri(uri: str, region: str) -> Found | None:
    """A member that AWS's shape lets be an https:// URL as well."""
    if "*" in uri and uri.startswith("s3://") and not is_template(uri):
        hint = "write the text that all keys begin with: everything below it is read"
        return "SM711", f"S3 knows no wildcards: no key begins with {uri.split('/', 3)[-1]!r}", hint
    if not uri.startswith("https://") or is_template(uri):
        return bad_bucket(uri, region)
    found = _HOSTED.match(uri) or _BY_PATH.match(uri)
    hint = f"write s3://{found['bucket']}/{found['key']}" if found else "write s3://bucket/key"
    return "SM702", f"{uri[:80]!r} is a web address, and S3 URIs are expected here", hint


def role(arn: str, region: str) -> Found | None:
    """AWS's pattern lets pass what lacks the slash after `role`; names are for the shapes to judge."""
    if not arn.startswith("arn:") or is_template(arn):
        return None
    if _ROLE.fullmatch(arn):
        return _elsewhere(arn, region)
    return "SM705", f"{arn!r} is not the ARN of a role", role_hint(arn)


def role_hint(value: str) -> str:
    """What to write where a role should stand."""
    parts = value.split(":")
    if not value.startswith("arn:"):
        return "write the name of the role alone, without a path, or its whole ARN" if "/" in value else _ROLE_FORM
    if len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/") and not re.fullmatch(r"\d{12}", parts[4]):
        return f"an account is 12 digits, and {parts[4]!r} is not"
    return _ROLE_FORM


@lru_cache(maxsize=256)
def kms_key(key: str, region: str) -> Found | None:
    if not key or is_template(key):
        return None
    if _KMS.fullmatch(key):
        return _elsewhere(key, region) if key.startswith("arn:") else None
    hint = f"write alias/{key}, if that is its alias" if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else ""
    message = f"{key[:80]!r} is neither a key id, nor alias/name, nor the ARN of a key or an alias"
    return "SM706", message, hint


def _elsewhere(arn: str, region: str) -> Found | None:
    """Whether an ARN is of another partition of AWS, or of another region."""
    _, partition, _, own_region, _ = arn.split(":", 4)
    if not region or is_template(region):
        return None
    others = any(text in region for text in _OTHER_PARTITIONS)
    if others if partition == "aws" else not region.startswith(_PARTITIONS.get(partition, "")):
        return "SM710", f"{arn!r} is of the partition {partition}, and {region} is not", ""
    if own_region and own_region != region:
        message = f"this key is in {own_region}, and the step runs in {region}"
        return "SM710", message, f"name a key of {region}"
    return None


def subnet(identity: str, _: str) -> Found | None:
    return _network(identity, "subnet-")


def subnets(identities: Any) -> Iterator[ShapeProblem]:
    yield from _networks(identities, "subnet-")


def security_groups(identities: Any) -> Iterator[ShapeProblem]:
    yield from _networks(identities, "sg-")


def _networks(identities: Any, prefix: str) -> Iterator[ShapeProblem]:
    for index, identity in enumerate(identities):
        if isinstance(identity, str) and (found := _network(identity, prefix)):
            rule, message, hint = found
            yield problem(rule, (index,), message, hint)


def _network(identity: str, prefix: str) -> Found | None:
    if identity.startswith(prefix) or is_template(identity):
        return None
    other = next((kind for start, kind in _KINDS.items() if identity.startswith(start)), "")
    hint = f"it is the id of a {other}" if other else f"ids of {_KINDS[prefix]}s begin with {prefix}"
    return "SM708", f"{identity!r} is not the id of a {_KINDS[prefix]}", hint


def tags(pairs: Any) -> Iterator[ShapeProblem]:
    """Each key once, and none of AWS's own."""
    seen: set[str] = set()
    for index, pair in enumerate(pairs):
        key, path = at(pair, "Key"), (index, "Key")
        if isinstance(key, str):
            yield from _tag(key, path, seen)
            seen.add(key)


def _tag(key: str, path: RequestPath, seen: set[str]) -> Iterator[ShapeProblem]:
    if key in seen:
        yield problem("SM703", path, f"the tag {key!r} is given twice", "leave one of the two out")
    if key[:4].lower() == "aws:":
        yield problem("SM704", path, f"only AWS itself makes tags such as {key!r}", "choose another prefix than aws:")
