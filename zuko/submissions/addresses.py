"""Addresses that a client's URL may lead to: those of the internet, and no others unless the settings say so."""

import asyncio
import ipaddress
import socket
from concurrent.futures import Executor
from functools import partial
from typing import Final

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # all that is given out; the rest has old and local meanings
# Global by the registries, but reserved for protocols, and the metadata of Oracle's cloud; and Azure's own host.
_OF_CLOUDS: Final = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("168.63.129.16/32"))
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an address of IPv4


class AddressError(Exception):
    """A host that cannot be connected to. The text does not have its addresses, which may be ours to know alone."""


async def addresses_of(host: str, port: int, *, allow_private: bool, threads: Executor) -> list[str]:
    """Return the addresses of a host that may be connected to, one of each family, the preferred one first.

    Args:
        host: name or address.
        port: to connect to.
        allow_private: whether any address may be connected to.
        threads: look the name up, each for as long as its servers keep it waiting: half a minute, if a stranger wants.

    Raises:
        AddressError: it has none.
    """
    try:
        look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(threads, look)
    except (OSError, UnicodeError) as error:
        raise AddressError("the host has no address") from error
    allowed: dict[int, str] = {}
    for family, *_, address in found:
        if allow_private or is_public(str(address[0])):
            allowed.setdefault(family, str(address[0]))
    if not allowed:
        raise AddressError("the host's address is not public (ZUKO_WEBHOOK_ALLOW_PRIVATE allows others)")
    return list(allowed.values())


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet, also where IPv6 carries an address of IPv4."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (carried := _carried(found)) is not None:
        found = carried
    if isinstance(found, ipaddress.IPv6Address):
        return found in _UNICAST and found.is_global
    return found.is_global and not found.is_multicast and not any(found in network for network in _OF_CLOUDS)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
