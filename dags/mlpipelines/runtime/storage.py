"""S3 through Airflow's S3Hook: addresses, downloads, uploads, with errors that name the bucket and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlpipelines.errors import StepError
from mlpipelines.runtime.retries import ATTEMPTS, retrying

log = logging.getLogger(__name__)

# Few parallel parts: the default of ten would hold more memory than all the rest of a step.
_TRANSFER = {"max_concurrency": 2, "max_io_queue": 8}


def split_uri(uri: str, what: str) -> tuple[str, str]:
    """`s3://bucket/some/key` -> (bucket, some/key)."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise StepError(f"{what}: {uri!r} is not an S3 address; write it as s3://bucket/path")
    return bucket, key.rstrip("/") if what == "output" else key


class Storage:
    """The S3 side of a step. With `kms_key` (id, ARN or alias) everything that is uploaded is encrypted with it."""

    def __init__(self, connection: str | None, region: str | None, kms_key: str | None = None) -> None:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        self._hook = retrying(S3Hook)(
            aws_conn_id=connection,
            region_name=region,
            transfer_config_args=dict(_TRANSFER),
            extra_args={"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else None,
        )

    @property
    def client(self) -> Any:
        return self._hook.get_conn()

    @property
    def region(self) -> str | None:
        """The region that the client works in."""
        return str(self.client.meta.region_name) if self.client.meta.region_name else None

    @property
    def partition(self) -> str:
        """aws, aws-cn, ..."""
        return str(self.client.meta.partition)

    def require_bucket(self, bucket: str) -> None:
        """Fail before the work starts rather than after it."""
        from botocore.exceptions import ClientError

        try:
            with explained(f"s3://{bucket}"):
                self.client.head_bucket(Bucket=bucket)
        except StepError as error:
            # A role may write objects without being allowed to look at the bucket.
            if not (isinstance(error.__cause__, ClientError) and _code(error.__cause__) in ("403", "AccessDenied")):
                raise

    def upload(self, path: Path, uri: str) -> None:
        bucket, key = split_uri(uri, "output")
        log.info("Uploading %s (%d bytes)", uri, path.stat().st_size)
        with explained(uri):
            self._hook.load_file(filename=str(path), key=key, bucket_name=bucket, replace=True)

    def upload_text(self, text: str, uri: str) -> None:
        bucket, key = split_uri(uri, "output")
        with explained(uri):
            self._hook.load_string(text, key=key, bucket_name=bucket, replace=True)

    def upload_bytes(self, data: bytes, uri: str, content_type: str) -> None:
        """With its content type, so that a browser shows it rather than saving it."""
        bucket, key = split_uri(uri, "output")
        with explained(uri):
            self.client.put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type, **self._hook.extra_args)

    def read(self, uri: str) -> bytes:
        bucket, key = split_uri(uri, "S3 object")
        with explained(uri):
            return _whole(lambda: self.client.get_object(Bucket=bucket, Key=key)["Body"], uri)

    def exists(self, uri: str) -> bool:
        from botocore.exceptions import ClientError

        bucket, key = split_uri(uri, "S3 object")
        try:
            with explained(uri):
                self.client.head_object(Bucket=bucket, Key=key)
        except StepError as error:
            if isinstance(error.__cause__, ClientError) and _code(error.__cause__) in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def keys(self, uri: str) -> list[str]:
        """Every key under a prefix, sorted."""
        bucket, prefix = split_uri(uri, "S3 prefix")
        with explained(uri):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))


def _whole(opened: Callable[[], Any], uri: str) -> bytes:
    """All of an object. botocore tries a request again, but not an answer that breaks off in its middle."""
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    for left in reversed(range(ATTEMPTS)):
        stream = opened()
        try:
            body: bytes = stream.read()
            return body
        except (HTTPClientError, IncompleteReadError) as error:
            if not left:
                raise
            log.warning("%s: the answer broke off (%s); reading it again", uri, error)
    raise AssertionError("unreachable")


@contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turn boto's errors about `uri` into a StepError that says what to do."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise StepError(_explanation(uri, _code(error), str(error))) from error
    except S3UploadFailedError as error:
        # boto3 keeps the original only as the context of its own exception.
        cause = error.__context__ if isinstance(error.__context__, ClientError) else None
        raise StepError(_explanation(uri, _code(cause) if cause else "", str(error))) from (cause or error)
    except BotoCoreError as error:
        raise StepError(f"{uri}: S3 cannot be reached: {error} Check the connection and the region.") from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _explanation(uri: str, code: str, text: str) -> str:
    bucket, key = split_uri(uri, "S3 address")
    if code == "NoSuchBucket" or (code == "404" and not key):
        return f"{uri}: the bucket {bucket!r} does not exist; create it or correct the name"
    if code in ("404", "NoSuchKey"):
        return f"{uri}: there is no such object; check the path"
    if code in ("403", "AccessDenied"):
        return f"{uri}: access is denied; give the connection's identity permission on this bucket ({text})"
    return f"{uri}: S3 refused the request: {text}"
