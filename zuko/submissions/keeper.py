"""Upkeep of a store: every process may do it, as none of it depends on which one does, or on how many."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

from zuko.errors import StoreError
from zuko.settings import StoreSettings
from zuko.submissions.store import Store

log = logging.getLogger(__name__)

RECLAIM_S: Final = 1.0  # what a worker has lost waits for at most this long in addition to its lease
PURGE_S: Final = 60.0
KEEP_EVENTS_S: Final = 3600.0  # the result has all that they said
JITTER: Final = 0.2  # of a pause: processes that were started together do not come together
BACKOFF_S: Final = 10.0  # after a failure of the store, at most

_RANDOM: Final = random.SystemRandom()

type InThread = Callable[..., Awaitable[int]]


class Keeper:
    """Reclaims and purges, for a process.

    Args:
        store: of the process.
        settings: for how long what has ended is kept.
        in_thread: calls a method of the store.
    """

    def __init__(self, store: Store, settings: StoreSettings, in_thread: InThread) -> None:
        self._store = store
        self._settings = settings
        self._in_thread = in_thread
        # Not at once: a process that starts has other things to do.
        self._purge_at = time.monotonic() + PURGE_S * _RANDOM.random()

    async def run(self) -> None:
        """Keep the store until the task is cancelled."""
        failures = 0
        while True:
            pause_s = min(RECLAIM_S * 2 ** max(failures - 1, 0), BACKOFF_S)
            await asyncio.sleep(pause_s * _RANDOM.uniform(1 - JITTER, 1 + JITTER))
            try:
                await self.look()
                failures = 0
            except StoreError as error:
                failures += 1
                log.debug("the store cannot be kept: %s", error)
            except Exception:
                failures += 1
                log.exception("the store cannot be kept")

    async def look(self) -> None:
        """Reclaim, unless the store was away a moment ago, and purge if it is time to."""
        leases_count = await self._in_thread(self._store.watch)
        if leases_count and (lost := await self._in_thread(self._store.reclaim)):
            log.warning("%d submission%s queued again: their worker stopped answering", lost, "" if lost == 1 else "s")
        if time.monotonic() >= self._purge_at:
            self._purge_at = time.monotonic() + PURGE_S
            await self._in_thread(
                self._store.purge, keep_s=self._settings.submissions_keep_s, keep_events_s=KEEP_EVENTS_S
            )
