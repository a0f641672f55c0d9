"""Names of buckets, roles, keys and networks -> what AWS would refuse in them."""

from __future__ import annotations

import re
from functools import lru_cache

from mlpipelines.aws.parts import Found
from mlpipelines.facts.shapes import is_template

_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: What buckets of us-east-1 could be called until 2018.
_OLD_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")
_LONGEST = 300


def bad_bucket(uri: str, region: str) -> Found | None:
    """What is wrong with the bucket of an s3:// URI; it may be an alias of an access point, or a directory bucket."""
    bucket = uri[5:_LONGEST].split("/", 1)[0] if uri.startswith("s3://") else ""
    return _bucket_problem(bucket, region) if bucket else None


@lru_cache(maxsize=1024)
def _bucket_problem(bucket: str, region: str) -> Found | None:
    if is_template(bucket) or bucket.startswith("arn:"):
        return None
    if _ADDRESS.fullmatch(bucket):
        return "SM701", f"a bucket cannot be called {bucket!r} like an IP address", ""
    if reserved := [prefix for prefix in _RESERVED if bucket.startswith(prefix)]:
        return "SM701", f"no bucket of yours can begin with {reserved[0]!r}: {bucket!r}", "AWS keeps these names"
    if _BUCKET.fullmatch(bucket):
        return None
    hint = "3 to 63 small letters, digits, dots and hyphens; a letter or digit first and last, no two dots together"
    if region in ("", "us-east-1") and _OLD_BUCKET.fullmatch(bucket):
        hint = f"only buckets of us-east-1 made before 2018 may be called so; all others: {hint}"
        return "SM709", f"{bucket!r} is no bucket name of today", hint
    return "SM701", f"{bucket!r} cannot be the name of a bucket", hint
