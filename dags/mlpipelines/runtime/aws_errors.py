"""What an error of an AWS call means for a job: no such thing, the name is taken, it will pass, no capacity."""

from __future__ import annotations

import re
from typing import Any

#: Besides what botocore retries by itself: looking at a job goes on when these come through all the same.
PASSING_CODES = frozenset(
    """
    BadGateway GatewayTimeout InternalError InternalFailure InternalServerError InternalServerException
    LimitExceededException ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled
    RequestThrottledException RequestTimeout RequestTimeoutException ServerException ServiceUnavailable
    ServiceUnavailableException SlowDown Throttling ThrottlingException TooManyRequestsException
    """.split()
)

#: AWS's words when an instance type cannot be had now; a limit of the account counts when it is one of instances.
CAPACITY = re.compile(
    r"CapacityError|Insufficient\w*Capacity|insufficient capacity"
    r"|[Uu]nable to provision requested (ML )?compute capacity"
    r"|account-level service limit '?ml\.[a-z0-9.-]+ for ",
)


def code(error: BaseException) -> str:
    """AWS's code of a botocore ClientError; empty for every other error."""
    return str(_answer(error).get("Error", {}).get("Code", ""))


def text(error: BaseException) -> str:
    """AWS's message of a botocore ClientError, else the error's own text."""
    return str(_answer(error).get("Error", {}).get("Message", "") or error)


def is_unknown(error: BaseException) -> bool:
    """A Describe of a name that AWS does not know: some kinds of jobs say ValidationException."""
    return code(error) in ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")


def is_taken(error: BaseException) -> bool:
    """A Create with a name that is in use."""
    return code(error) in ("ResourceInUse", "ResourceInUseException") or (
        code(error) == "ValidationException" and bool(re.search(r"already exist|must be unique", text(error)))
    )


def is_repeated(error: BaseException) -> bool:
    """botocore sent the request more than once: its first answer may have been lost."""
    return bool(_answer(error).get("ResponseMetadata", {}).get("RetryAttempts"))


def is_passing(error: BaseException) -> bool:
    """Throttles, errors inside AWS, the network, and credentials that cannot be fetched just now."""
    from botocore import exceptions as aws

    if isinstance(error, aws.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in PASSING_CODES or status >= 500
    passing = (aws.ConnectionError, aws.HTTPClientError, aws.NoCredentialsError, aws.CredentialRetrievalError, OSError)
    return isinstance(error, passing)


def is_capacity(reason: str) -> bool:
    """A job or a request failed because there are no instances of the wanted type."""
    return bool(CAPACITY.search(reason))


def _answer(error: BaseException) -> dict[str, Any]:
    """AWS's answer; botocore's errors of the network have a `response` that is None."""
    return getattr(error, "response", None) or {}
