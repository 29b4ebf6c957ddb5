"""Fair shares of a few places among tenants. Pure."""

import heapq
import random
from collections.abc import Mapping
from typing import Final

_RANDOM: Final = random.SystemRandom()


def shares(waiting: Mapping[str, int], busy: Mapping[str, int], limit: int, tenant_max: int) -> dict[str, int]:
    """Return how many places each tenant gets: the next one goes to a tenant that has fewest.

    Args:
        waiting: how many want one, by tenant.
        busy: places that they have.
        limit: places to give.
        tenant_max: places of a tenant, with those that it has; not where there are no tenants, and all are "".
    """
    found: dict[str, int] = {}
    # In a random order among equals: by name, the last of many tenants would never get one.
    line = [(busy.get(tenant, 0), _RANDOM.random(), tenant) for tenant in waiting if waiting[tenant] > 0]
    heapq.heapify(line)
    while line and limit > 0:
        has, _, tenant = heapq.heappop(line)
        if tenant and has >= tenant_max:
            continue
        found[tenant] = found.get(tenant, 0) + 1
        limit -= 1
        if found[tenant] < waiting[tenant]:
            heapq.heappush(line, (has + 1, _RANDOM.random(), tenant))
    return found
