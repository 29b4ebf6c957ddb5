"""Renews the leases of all that a worker holds, and ends what is lost or cancelled."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.calls import Calls
from zuko.submissions.held import RETRY_S, Held
from zuko.submissions.jobs import Stop
from zuko.submissions.store import Store

log = logging.getLogger(__name__)

URGENT_S: Final = 0.5  # between two renewals because of rings


class Leases:
    """The leases of a worker.

    Args:
        store: open.
        calls: of the store.
        held: submissions.
        worker: name of the worker.
        renew_s: between two renewals, unless one of the submissions is rung for.
        on_store_error: called when the store does not answer.
    """

    def __init__(
        self,
        store: Store,
        calls: Calls,
        held: Held,
        *,
        worker: str,
        renew_s: float,
        on_store_error: Callable[[StoreError], None],
    ) -> None:
        self._store = store
        self._calls = calls
        self._held = held
        self._worker = worker
        self._renew_s = renew_s
        self._on_store_error = on_store_error

    async def keep(self) -> None:
        """Renew for ever."""
        pause_s = self._renew_s
        while True:
            renewed_at = time.monotonic()
            await self._held.wakeup.wait(pause_s)
            if (early_s := renewed_at + URGENT_S - time.monotonic()) > 0:
                await asyncio.sleep(min(early_s, self._renew_s))  # our own events ring as well
            # After an outage leases count again soon.
            pause_s = self._renew_s if await self._renew() else min(self._renew_s, RETRY_S[-1])

    async def _renew(self) -> bool:
        """Renew all leases; False: the store did not do it."""
        jobs = {job.claim.hold: job for job in self._held.jobs if job.stopped is not Stop.LOST}
        if not jobs:
            return True
        try:
            renewal = await self._calls.call_for_leases(self._store.renew, self._worker, list(jobs))
        except StoreError as error:
            self._on_store_error(error)
            return False
        except Exception:
            log.exception("leases could not be renewed")
            return False
        for hold, job in jobs.items():
            if job not in self._held.jobs:
                continue  # it has ended meanwhile
            if hold.id in renewal.lost:
                self._held.stop(job, Stop.LOST)
            elif hold.id in renewal.cancelled:
                self._held.stop(job, Stop.CANCELLED)
        return True
