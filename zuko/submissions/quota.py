"""The bytes that a tenant may have in the store: problems, and submissions with their requests and results.

A count of 100,000 submissions takes 0.2 s of CPU time, so it serves for a while, with what this process has stored
since. What other processes store meanwhile, and results, may pass the bound by that.
"""

import threading
import time
from typing import Final

from zuko.errors import StorageFullError
from zuko.settings import MIB, StoreSettings
from zuko.submissions.store import Store

REST: Final = 20  # times what a count took: so at most a twentieth of a core counts
TENANTS_MAX: Final = 1000  # whose counts are kept


class Quota:
    """Refuses what a tenant has no room for. Safe for several threads; blocks.

    Args:
        settings: with the bound.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._limit_mib = settings.tenant_storage_mib
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, int]] = {}  # by tenant: until when, on the monotonic clock, and bytes

    @property
    def is_bounded(self) -> bool:
        """True if tenants have a bound."""
        return self._limit_mib is not None

    def take(self, store: Store, tenant: str, new_bytes: int) -> None:
        """Count what is about to be stored.

        Raises:
            StorageFullError: the tenant has no room for it.
        """
        if self._limit_mib is None:
            return
        used_bytes = self._used(store, tenant)
        if used_bytes + new_bytes > self._limit_mib * MIB:
            raise StorageFullError(self._limit_mib, used_bytes)
        with self._lock:
            until, used_bytes = self._kept.get(tenant, (0.0, 0))
            self._kept[tenant] = until, used_bytes + new_bytes

    def _used(self, store: Store, tenant: str) -> int:
        began = time.monotonic()
        with self._lock:
            until, used_bytes = self._kept.get(tenant, (0.0, 0))
        if began < until:
            return used_bytes
        used_bytes = store.usage(tenant)
        ended = time.monotonic()
        with self._lock:
            if len(self._kept) >= TENANTS_MAX:
                self._kept.clear()
            self._kept[tenant] = ended + REST * (ended - began), used_bytes
        return used_bytes
