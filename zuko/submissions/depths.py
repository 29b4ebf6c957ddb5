"""The depth of the queue as clients ask for it: counted again when the last count has paid for itself."""

import time
from typing import Final

from zuko.submissions.model import Depth
from zuko.submissions.store import Store

REST: Final = 20  # times what a count took: so at most a twentieth of a core counts, however many ask
TENANTS_MAX: Final = 1000  # whose counts are kept


class Depths:
    """Counts what is queued and running. Safe for several threads; blocks.

    With 100,000 queued a count takes 50 ms, and serves for a second.
    """

    def __init__(self) -> None:
        self._kept: dict[str | None, tuple[float, Depth]] = {}  # by tenant: until when, on the monotonic clock

    def of(self, store: Store, tenant: str | None) -> Depth:
        """Return the depth of the queue; None: of all tenants."""
        began = time.monotonic()
        until, depth = self._kept.get(tenant, (0.0, None))
        if depth is not None and began < until:
            return depth
        depth = store.depth(tenant)
        ended = time.monotonic()
        if len(self._kept) >= TENANTS_MAX:
            self._kept.clear()
        self._kept[tenant] = ended + REST * (ended - began), depth
        return depth
