"""Host names and addresses -> whether a dataset may be there: everywhere but where clouds hand out credentials."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# What answers these names and addresses is the machine's own metadata service. Loopback and private addresses are
# allowed: companies keep data there.
_NAMES = ("metadata.google.internal", "metadata.goog", "metadata", "instance-data.ec2.internal", "instance-data")
_ADDRESSES = (ip_address("fd00:ec2::254"), ip_address("fd20:ce::254"), ip_address("100.100.100.200"))
_NAT64 = IPv6Network("64:ff9b::/96")


class ForbiddenPlace(Exception):
    """The text is the name or address that is refused."""


def require_allowed_name(host: str) -> None:
    """Refuse a host by its spelling alone, without asking a name server: what a proxy connects to is known by that."""
    name = host.rstrip(".").lower()
    if name in _NAMES:
        raise ForbiddenPlace(name)
    try:
        # getaddrinfo reads every spelling of an address, such as 2852039166 or 0xa9fea9fe.
        addresses(name, 0, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return


def addresses(host: str, port: int, flags: int = 0) -> list[str]:
    """All addresses of a host, none of which is forbidden. Raises OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    texts = list(dict.fromkeys(str(address[0]) for *_, address in found))
    for text in texts:
        if _forbidden(ip_address(text)):
            raise ForbiddenPlace(text)
    return texts


def _forbidden(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _forbidden(inner)
    return address.is_link_local or address in _ADDRESSES
