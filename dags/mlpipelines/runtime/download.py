"""A download that is retried with back-off, limited in time and size, and redirected only to safe places."""

from __future__ import annotations

import email.utils
import hashlib
import http.client
import logging
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from mlpipelines.errors import StepError
from mlpipelines.runtime.pace import Pace, Transient
from mlpipelines.runtime.places import ForbiddenPlace, require_allowed_name
from mlpipelines.runtime.storage import Storage, explained, split_uri

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_REPORT = 128 << 20
_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_RETRIED = (408, 425, 429, 500, 502, 503, 504)
_MAX_WAIT = 120.0


@dataclass(frozen=True)
class Limits:
    """`timeout` is seconds per connection and per read; `sleep` is replaced in tests."""

    timeout: float
    max_size: int
    attempts: int
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Download:
    path: Path
    sha256: str
    size: int


def shown(url: str) -> str:
    """The address without what may be secret in it: credentials and the values of a query."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        scheme, mark, rest = re.split("[?#]", url, maxsplit=1)[0].rpartition("://")
        return f"{scheme}{mark}{rest.rpartition('@')[2]}"
    query = "..." if parts.query else ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def scheme_of(url: str) -> str:
    """`https` of an address that can be taken apart."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _invalid(url) from None
    return parts.scheme.lower()


def _invalid(url: str) -> StepError:
    return StepError(
        f"{shown(url)}: this is no valid address; check the host name and the port, and write special characters of a "
        "user name or password as %xx"
    )


def download(url: str, target: Path, limits: Limits, storage: Storage) -> Download:
    """Fetch `url` (https, http or s3) into the file `target`."""
    for attempt in range(1, limits.attempts + 1):
        try:
            with _opened(url, limits, storage) as (chunks, length):
                return _save(url, chunks, length, target, limits)
        except Transient as error:
            if attempt == limits.attempts:
                raise StepError(
                    f"{shown(url)}: {error}, {attempt} times; try later, or raise `attempts` or `timeout`"
                ) from None
            wait = _wait(attempt, error.wait)
            log.warning("%s: %s; attempt %d of %d, next in %.1f s", shown(url), error, attempt, limits.attempts, wait)
            limits.sleep(wait)
    raise StepError(f"{shown(url)}: `attempts` must be at least 1")


def _wait(attempt: int, told: float | None) -> float:
    if told is not None:
        return min(told, _MAX_WAIT)
    return min(2.0 ** (attempt - 1), _MAX_WAIT) * random.uniform(0.5, 1.0)


def _save(url: str, chunks: Iterator[bytes], length: int | None, target: Path, limits: Limits) -> Download:
    digest, size, reported = hashlib.sha256(), 0, 0
    _refuse_large(url, length or 0, limits)
    with target.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            _refuse_large(url, size, limits)
            digest.update(chunk)
            file.write(chunk)
            if size - reported >= _REPORT:
                reported = size
                log.info("Downloaded %d of %s bytes", size, length if length is not None else "unknown")
    if length is not None and size != length:
        raise Transient(f"the transfer ended after {size} of {length} bytes")
    log.info("Downloaded %s: %d bytes", shown(url), size)
    return Download(target, digest.hexdigest(), size)


def _refuse_large(url: str, size: int, limits: Limits) -> None:
    if size > limits.max_size:
        raise StepError(
            f"{shown(url)}: the file is larger than `max_size` ({limits.max_size} bytes); raise it if this is expected"
        )


def _steady(chunks: Iterator[bytes], timeout: float) -> Iterator[bytes]:
    """Pass chunks on, and give up when a whole time-out brings almost nothing."""
    pace, start = Pace(timeout, answered=True), time.monotonic()
    for chunk in chunks:
        pace.add(len(chunk), time.monotonic() - start)
        yield chunk
        start = time.monotonic()


def _opened(url: str, limits: Limits, storage: Storage) -> AbstractContextManager[tuple[Iterator[bytes], int | None]]:
    scheme = scheme_of(url)
    if scheme == "s3":
        return _open_s3(url, limits, storage)
    if scheme in ("http", "https"):
        return _open_http(url, limits)
    raise StepError(f"{shown(url)}: datasets are read from https://, http:// and s3://, not from {scheme or 'paths'}")


@contextmanager
def _open_s3(url: str, limits: Limits, storage: Storage) -> Iterator[tuple[Iterator[bytes], int | None]]:
    from botocore.exceptions import HTTPClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    bucket, key = split_uri(url, "dataset")
    if not key or key.endswith("/"):
        raise StepError(f"{url}: this is a folder; name one object in it")
    with explained(url):
        answer = storage.client.get_object(Bucket=bucket, Key=key)
    try:
        yield _steady(answer["Body"].iter_chunks(_CHUNK), limits.timeout), answer["ContentLength"]
    except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError, HTTPClientError) as error:
        raise Transient(f"the transfer broke off ({error})") from error
    finally:
        answer["Body"].close()


@contextmanager
def _open_http(url: str, limits: Limits) -> Iterator[tuple[Iterator[bytes], int | None]]:
    import requests
    import urllib3

    from mlpipelines.runtime.web import session

    # `from None` throughout, and no text of theirs: what requests and urllib3 raise may hold the whole address.
    with session() as opened:
        try:
            response = _follow(opened, url, limits.timeout)
            length = response.headers.get("Content-Length", "")
            yield _body(response), int(length) if length.isdigit() else None
        except requests.exceptions.SSLError as error:
            raise StepError(
                f"{shown(url)}: there is no trusted connection ({_reason(error)}); the server needs a certificate that "
                "this machine accepts"
            ) from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise Transient(f"no answer within {limits.timeout:g} s") from None
        except (requests.ConnectionError, urllib3.exceptions.ProtocolError, urllib3.exceptions.SSLError) as error:
            raise Transient(f"the connection failed or broke off ({_reason(error)})") from None
        except (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError):
            raise _invalid(url) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise StepError(f"{shown(url)}: the address cannot be used ({type(error).__name__})") from None


def _body(response: Any) -> Iterator[bytes]:
    # read1 gives what has arrived; read would wait for a whole chunk and hide a dripping server.
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        yield chunk


def _reason(error: BaseException) -> str:
    """What the operating system or TLS said."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return str(getattr(cause, "verify_message", "") or cause.reason)
        if isinstance(cause, http.client.RemoteDisconnected):
            return "the server closed it without an answer"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that are wrapped in it, each once."""
    left, seen = [error], set()
    while left:
        cause = left.pop(0)
        if id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
            left += [each for each in inner if isinstance(each, BaseException)]


def _follow(session: Any, url: str, timeout: float) -> Any:
    """The answer at the end of the redirects; every other end is an exception."""
    here = url
    for _ in range(_MAX_REDIRECTS + 1):
        _require_allowed(url, here)
        # identity: the bytes on disk are the file's own, so its digest and its .gz stay meaningful.
        try:
            response = session.get(
                here, stream=True, timeout=timeout, allow_redirects=False, headers={"Accept-Encoding": "identity"}
            )
        except ForbiddenPlace as error:
            raise _forbidden(url, here, error) from None
        if response.status_code not in _REDIRECTS or "Location" not in response.headers:
            _require_success(url, response)
            return response
        response.close()
        here = _redirected(url, here, response.headers["Location"])
    raise StepError(f"{shown(url)}: more than {_MAX_REDIRECTS} redirects; use the address where the file really is")


def _require_allowed(url: str, here: str) -> None:
    try:
        require_allowed_name(urlsplit(here).hostname or "")
    except ForbiddenPlace as error:
        raise _forbidden(url, here, error) from None


def _forbidden(url: str, here: str, place: ForbiddenPlace) -> StepError:
    way = "" if here == url else f"the server redirects to {shown(here)}: "
    return StepError(
        f"{shown(url)}: {way}{place} is a link-local address or a cloud's metadata service, and no dataset is read "
        "from there; use the address where the file really is"
    )


def _redirected(url: str, here: str, location: str) -> str:
    try:
        there = urljoin(here, location)
        scheme = scheme_of(there)
    except (ValueError, StepError):
        raise StepError(f"{shown(url)}: the server redirects to an invalid address ({shown(location)})") from None
    if scheme not in ("http", "https"):
        raise StepError(f"{shown(url)}: the server redirects to {shown(there)}, which is not http or https")
    if scheme == "http" and urlsplit(here).scheme.lower() == "https":
        raise StepError(f"{shown(url)}: the server redirects from https to the unprotected {shown(there)}")
    return there


def _require_success(url: str, response: Any) -> None:
    status = response.status_code
    if status == 200:
        return
    answer = f"the server answered {status} {response.reason or ''}".rstrip()
    if status in _RETRIED:
        raise Transient(answer, _retry_after(response.headers.get("Retry-After")))
    advice = "check that the address is right and that the file still exists"
    if status in (401, 403):
        advice = "the file needs permission; use a public or signed address, or copy it to S3"
    raise StepError(f"{shown(url)}: {answer}; {advice}")


def _retry_after(header: str | None) -> float | None:
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
