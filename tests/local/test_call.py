"""What a request is a call of."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mlpipelines.local.api.call import Call, rest_action

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"
CALLS: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("s3", "GET", "/", {}, "ListBuckets"),
    ("s3", "PUT", "/b", {}, "CreateBucket"),
    ("s3", "GET", "/b?list-type=2&prefix=x", {}, "ListObjectsV2"),
    ("s3", "GET", "/b?prefix=x", {}, "ListObjects"),
    ("s3", "PUT", "/b?versioning", {}, "PutBucketVersioning"),
    ("s3", "POST", "/b?delete", {}, "DeleteObjects"),
    ("s3", "PUT", "/b/k/x", {}, "PutObject"),
    ("s3", "PUT", "/b/k?x-id=PutObject", {}, "PutObject"),
    ("s3", "PUT", "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1", {}, "PutObject"),
    ("s3", "PUT", "/b/k", {"HTTP_X_AMZ_COPY_SOURCE": "/b/k"}, "CopyObject"),
    ("s3", "POST", "/b/k?uploads", {}, "CreateMultipartUpload"),
    ("s3", "PUT", "/b/k?partNumber=1&uploadId=u", {}, "UploadPart"),
    ("s3", "POST", "/b/k?uploadId=u", {}, "CompleteMultipartUpload"),
    ("s3", "DELETE", "/b/k?uploadId=u", {}, "AbortMultipartUpload"),
    ("s3", "HEAD", "/b/k", {}, "HeadObject"),
    ("s3", "PUT", "/b/k?tagging", {}, "PutObjectTagging"),
    ("sagemaker", "POST", "/", {"HTTP_X_AMZ_TARGET": "SageMaker.CreateModel"}, "CreateModel"),
    ("sagemaker", "POST", "/endpoints/e/invocations", {}, "InvokeEndpoint"),
    ("sagemaker", "POST", "/endpoints/e/async-invocations", {}, "InvokeEndpointAsync"),
    ("datazone", "GET", "/v2/domains/d", {}, ""),
]


@pytest.mark.parametrize(("service", "method", "url", "more", "action"), CALLS, ids=[case[-1] or "-" for case in CALLS])
def test_the_action_is_told(service: str, method: str, url: str, more: dict[str, Any], action: str) -> None:
    path, _, query = url.partition("?")
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, **more}
    call = Call({**environ, "HTTP_AUTHORIZATION": AUTHORIZATION.format(service)})
    expected = "sagemaker-runtime" if path.startswith("/endpoints/") else service
    assert (call.service, call.access_key, call.action) == (expected, "KEY", action)


def test_a_form_tells_its_action_and_can_be_read_again() -> None:
    form = b"Action=CreateRole&RoleName=r&Version=2010-05-08"
    call = Call(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
            "CONTENT_LENGTH": str(len(form)),
            "HTTP_AUTHORIZATION": AUTHORIZATION.format("iam"),
            "wsgi.input": io.BytesIO(form),
        }
    )
    assert (call.service, call.action) == ("iam", "CreateRole")
    assert call.environ["wsgi.input"].read() == form


def test_a_request_that_is_not_signed_is_one_to_s3() -> None:
    assert Call({"REQUEST_METHOD": "GET", "PATH_INFO": "/b/k"}).service == "s3"
    query = "X-Amz-Credential=KEY%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0"
    call = Call({"REQUEST_METHOD": "PUT", "PATH_INFO": "/b/k", "QUERY_STRING": query})
    assert (call.access_key, call.service, call.action) == ("KEY", "s3", "PutObject")


@pytest.mark.parametrize(
    ("service", "method", "path", "action", "parts"),
    [
        ("datazone", "POST", "/v2/domains/d%201", "", {}),
        ("datazone", "GET", "/v2/domains/d%201", "GetDomain", {"identifier": "d 1"}),
        ("nobody", "GET", "/", "", {}),
    ],
)
def test_the_action_of_a_rest_service_is_told_by_method_and_path(
    service: str, method: str, path: str, action: str, parts: dict[str, str]
) -> None:
    assert rest_action(service, method, path) == (action, parts)
