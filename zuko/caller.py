"""The client that a request or a stored submission comes from: its share of the service, and its own limits.

A caller is the name of an API key, a tenant that a header names, or an address. Its name is that of a share: all keys
of one name, and the stored submissions of that name, have one together.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import Final

TENANT_MAX: Final = 200  # characters of a tenant's name; of a longer one no more are remembered
_TENANT: Final = "tenant "
_HOST_BITS: Final = 64  # of an IPv6 address: one customer has all addresses of a network


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that a caller may take; None: no bound."""

    requests_per_s: float | None = None  # on average
    runs: int | None = None  # at a time
    queue_share: float | None = None  # of the places in a waiting line, above 0, up to 1
    cpu_s_per_day: float | None = None  # from midnight to midnight, UTC


UNBOUNDED: Final = Allowance()


@dataclass(frozen=True, slots=True)
class Caller:
    """A client of the service."""

    name: str
    allowance: Allowance = UNBOUNDED

    @property
    def is_tenant(self) -> bool:
        """Return whether it is a tenant, or the name of a key, rather than an address."""
        return self.name.startswith(_TENANT)

    def may_run(self, runs: int) -> bool:
        """Return whether it may begin another run while it has so many."""
        return self.allowance.runs is None or runs < self.allowance.runs

    def places(self, size: int) -> int:
        """Return how many of the places of a waiting line it may take."""
        share = self.allowance.queue_share
        return size if share is None else max(int(size * share), 1)


OURSELVES: Final = Caller("")  # programs of this process itself, and all clients where nothing tells them apart
CALLER: Final[ContextVar[Caller]] = ContextVar("zuko.caller", default=OURSELVES)


def name_of_tenant(tenant: str) -> str:
    """Return the name of the caller that a tenant is; "" is the service itself."""
    return f"{_TENANT}{tenant}" if tenant else OURSELVES.name


def name_of_address(address: str) -> str:
    """Return the name of the caller at an address: an IPv6 address counts as its network."""
    if ":" not in address:
        return f"address {address}"
    try:
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return f"address {address}"
    if found.ipv4_mapped is not None:
        return f"address {found.ipv4_mapped}"
    return f"address {IPv6Network((int(found) >> _HOST_BITS << _HOST_BITS, _HOST_BITS))}"
