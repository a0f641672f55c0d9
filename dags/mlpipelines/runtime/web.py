"""A requests session that looks at an address before it connects, and gives up on answers that drip.

Imported when a download begins: a DAG does not pay for urllib3.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError

from mlpipelines.runtime.pace import Pace
from mlpipelines.runtime.places import addresses


def session() -> Any:
    """To be closed after use, like any requests.Session; following redirects is the caller's part."""
    import requests

    made: Any = requests.Session()
    # requests takes a redirect's address apart even when it is told not to follow it, and fails at an odd one.
    made.get_redirect_target = lambda response: None
    for scheme in ("http://", "https://"):
        adapter: Any = made.get_adapter(scheme)
        adapter.poolmanager.pool_classes_by_scheme = _POOLS
        adapter.proxy_manager_for = _watched(adapter.proxy_manager_for)
    return made


def _watched(make: Any) -> Any:
    """Proxies get the same connections, save SOCKS, which needs its own."""

    def manager_for(*args: Any, **kwargs: Any) -> Any:
        manager = make(*args, **kwargs)
        if type(manager) is urllib3.ProxyManager:
            manager.pool_classes_by_scheme = _POOLS
        return manager

    return manager_for


class _Stream(io.RawIOBase):
    """A socket's bytes; every read is reported to the pace."""

    def __init__(self, raw: Any, pace: Pace) -> None:
        self._raw, self._pace = raw, pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        start = time.monotonic()
        count: int = self._raw.readinto(buffer)
        if count:
            self._pace.add(count, time.monotonic() - start)
        return count

    def fileno(self) -> int:
        number: int = self._raw.fileno()
        return number

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """Reads status, headers and body through `_Stream`: a socket's own time-out starts anew with every byte."""

    fp: Any

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._pace = Pace(sock.gettimeout() or math.inf)
        self.fp = io.BufferedReader(_Stream(self.fp.detach(), self._pace))

    def begin(self) -> None:
        super().begin()
        self._pace.answered()


class _Guard(HTTPConnection):
    """Connects to the addresses that were looked at: a second look-up could give others."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        if self.proxy is not None:
            return super()._new_conn()
        name = self._dns_host
        last: Exception | None = None
        try:
            for address in self._addresses(name):
                self.host = address
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    last = error
        finally:
            self.host = name
        raise last or NewConnectionError(self, "no address")

    def _addresses(self, name: str) -> list[str]:
        try:
            return addresses(name, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError:
            raise LocationParseError(name) from None


class _PlainConnection(_Guard):
    """http."""


class _ProtectedConnection(_Guard, HTTPSConnection):
    """https: the certificate is compared with the name, not with the address."""


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _ProtectedPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _ProtectedConnection


_POOLS = {"http": _PlainPool, "https": _ProtectedPool}
