"""Buckets and S3 URIs in fields that no AWS request is made of."""

from __future__ import annotations

from collections.abc import Iterator

from mlpipelines.aws.places import bad_bucket, bucket_problem
from mlpipelines.checks.subject import Subject
from mlpipelines.errors import Problem


def bad_buckets(subject: Subject) -> Iterator[Problem]:
    """No bucket can be called so."""
    for name, (step_type, fields) in subject.merged.items():
        region = fields.get("region") or ""
        bucket = fields.get("bucket")
        if isinstance(bucket, str) and (found := bucket_problem(bucket[:300], region)):
            yield subject.field_problem(name, ("bucket",), *found)
        for field, value in fields.items() if not step_type.requests else ():
            if isinstance(value, str) and value[:5] == "s3://" and (found := bad_bucket(value, region)):
                yield subject.field_problem(name, (field,), *found)
