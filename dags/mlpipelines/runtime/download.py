"""A download that is retried with back-off, limited in time and size, and redirected only to safe places."""

from __future__ import annotations

import email.utils
import hashlib
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from mlpipelines.errors import StepError
from mlpipelines.runtime.storage import Storage, explained, split_uri

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_REPORT = 128 << 20
_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_RETRIED = (408, 425, 429, 500, 502, 503, 504)
_MAX_WAIT = 120.0
_MIN_RATE = 1024  # bytes per second over a whole time-out: less than that is a hang that drips


@dataclass(frozen=True)
class Limits:
    """`timeout` is seconds per connection and per read; `sleep` is replaced in tests."""

    timeout: float = 60.0
    max_size: int = 10 << 30
    attempts: int = 4
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Download:
    path: Path
    sha256: str
    size: int


class Transient(Exception):
    """Worth another try, after `wait` seconds if the server said so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


def shown(url: str) -> str:
    """The address without what may be secret in it: credentials and the values of a query."""
    parts = urlsplit(url)
    query = "..." if parts.query else ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


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
                ) from error
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
        for chunk in _steady(chunks, limits.timeout):
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


def _steady(chunks: Iterator[bytes], window: float) -> Iterator[bytes]:
    """Pass chunks on, and give up when a whole time-out brings almost nothing."""
    start, received = time.monotonic(), 0
    for chunk in chunks:
        received += len(chunk)
        now = time.monotonic()
        if now - start >= window:
            if received < _MIN_RATE * window:
                raise Transient(f"the transfer hangs ({received} bytes in {now - start:.0f} s)")
            start, received = now, 0
        yield chunk


def _opened(url: str, limits: Limits, storage: Storage) -> AbstractContextManager[tuple[Iterator[bytes], int | None]]:
    scheme = urlsplit(url).scheme.lower()
    if scheme == "s3":
        return _open_s3(url, storage)
    if scheme in ("http", "https"):
        return _open_http(url, limits)
    raise StepError(f"{shown(url)}: datasets are read from https://, http:// and s3://, not from {scheme or 'paths'}")


@contextmanager
def _open_s3(url: str, storage: Storage) -> Iterator[tuple[Iterator[bytes], int | None]]:
    from botocore.exceptions import HTTPClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    bucket, key = split_uri(url, "dataset")
    if not key or key.endswith("/"):
        raise StepError(f"{url}: this is a folder; name one object in it")
    with explained(url):
        answer = storage.client.get_object(Bucket=bucket, Key=key)
    try:
        yield answer["Body"].iter_chunks(_CHUNK), answer["ContentLength"]
    except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError, HTTPClientError) as error:
        raise Transient(f"the transfer broke off ({error})") from error
    finally:
        answer["Body"].close()


@contextmanager
def _open_http(url: str, limits: Limits) -> Iterator[tuple[Iterator[bytes], int | None]]:
    import requests
    import urllib3

    with requests.Session() as session:
        try:
            response = _follow(session, url, limits.timeout)
            length = response.headers.get("Content-Length", "")
            yield _body(response), int(length) if length.isdigit() else None
        except requests.exceptions.SSLError as error:
            raise StepError(f"{shown(url)}: the server's certificate is not trusted ({error})") from error
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise Transient(f"no answer within {limits.timeout:g} s") from error
        except (requests.ConnectionError, urllib3.exceptions.ProtocolError, urllib3.exceptions.SSLError) as error:
            raise Transient(f"the connection failed or broke off ({_reason(error)})") from error
        except requests.RequestException as error:
            raise StepError(f"{shown(url)}: the address cannot be used ({error})") from error


def _body(response: Any) -> Iterator[bytes]:
    # read1 gives what has arrived; read would wait for a whole chunk and hide a dripping server.
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        yield chunk


def _reason(error: Exception) -> str:
    return str(getattr(error.args[0], "reason", error.args[0]) if error.args else error)


def _follow(session: Any, url: str, timeout: float) -> Any:
    """The answer at the end of the redirects; every other end is an exception."""
    here = url
    for _ in range(_MAX_REDIRECTS + 1):
        # identity: the bytes on disk are the file's own, so its digest and its .gz stay meaningful.
        response = session.get(
            here, stream=True, timeout=timeout, allow_redirects=False, headers={"Accept-Encoding": "identity"}
        )
        if response.status_code not in _REDIRECTS or "Location" not in response.headers:
            _require_success(url, response)
            return response
        response.close()
        here = _redirected(url, here, response.headers["Location"])
    raise StepError(f"{shown(url)}: more than {_MAX_REDIRECTS} redirects; use the address where the file really is")


def _redirected(url: str, here: str, location: str) -> str:
    there = urljoin(here, location)
    scheme = urlsplit(there).scheme.lower()
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
