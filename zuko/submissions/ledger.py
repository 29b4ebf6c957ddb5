"""The accounts of a process, kept in its store: written and read together, in one call now and then.

    charge ── at most SYNC_S ──> the store ── at most FRESH_S ──> all other processes that serve this caller

So a caller passes its limit by what it begins in these 5 s, and what was running then. Accounts of callers that go on
are looked up every SYNC_S; one that has not come for a while waits for a look. No execution waits for a write.
"""

import asyncio
import contextlib
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from zuko.caller import Caller
from zuko.errors import StoreError
from zuko.execution.accounts import Accounts
from zuko.submissions.calls import counted
from zuko.submissions.opening import StoreAccess
from zuko.telemetry.observer import Observer

log = logging.getLogger(__name__)

SYNC_S: Final = 2.0
WAIT_S: Final = 0.5  # that a request waits for its caller's account; then it is served by what is known here
_LAST_S: Final = 2.0  # for the last sync of a process
_JITTER: Final = 0.2
_RANDOM: Final = random.SystemRandom()


class Ledger:
    """Keeps accounts. In an event loop.

    Args:
        accounts: of the process.
        stores: opens its store.
        observer: counts calls.
    """

    def __init__(self, accounts: Accounts, stores: StoreAccess, observer: Observer) -> None:
        self._accounts = accounts
        self._stores = stores
        self._observer = observer
        # One, of its own: while the store hangs, no other work waits for a thread.
        self._threads = ThreadPoolExecutor(1, "zuko-accounts")
        self._syncing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Keep the accounts until the task is cancelled."""
        while True:
            await asyncio.sleep(SYNC_S * _RANDOM.uniform(1 - _JITTER, 1))
            await asyncio.wait({self._begin()})

    async def refresh(self, caller: Caller) -> None:
        """Ask the store for an account, and wait for it, but not for long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while not self._accounts.is_fresh(caller):  # a sync that goes on may have begun before it was wanted
                    await asyncio.wait({self._begin()})
                return
        self._accounts.believe(caller)

    async def end(self) -> None:
        """Store what was not stored yet."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_S):
                if self._syncing is not None:
                    await asyncio.wait({self._syncing})
                await asyncio.wait({self._begin()})

    def _begin(self) -> asyncio.Task[None]:
        """Return the sync that goes on, or begin one."""
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.create_task(self._sync())
        return self._syncing

    async def _sync(self) -> None:
        changes = self._accounts.take()
        if not changes:
            return
        try:
            store = await self._stores.opened(WAIT_S)
            charge = partial(store.charge, changes.day, changes.used_s, changes.asked)
            loop = asyncio.get_running_loop()
            stored_s = await loop.run_in_executor(self._threads, counted, self._observer, "charge", charge)
        except StoreError as error:  # who needs the store for more reports it
            log.debug("the accounts of callers cannot be kept: %s", error)
            self._accounts.put_back(changes)
        except Exception:
            log.exception("the accounts of callers could not be kept")
            self._accounts.put_back(changes)
        else:
            self._accounts.settle(changes, stored_s)
