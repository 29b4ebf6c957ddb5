"""The store of a process: made from its URL, opened in the background, and again until it works.

A store that cannot be opened must not keep programs from running: who needs the store gets a StoreError meanwhile.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final

from zuko.errors import StoreError, ZukoError
from zuko.settings import StoreSettings
from zuko.submissions.make import make_store
from zuko.submissions.store import Store

log = logging.getLogger(__name__)

NONE: Final = "none"  # as ZUKO_STORE
RETRY_S: Final = 2.0  # between two tries to open
WAIT_S: Final = 5.0  # that a request waits for a store that is being opened


class StoreAccess:
    """A process's store, opened when it is first wanted. Safe for several threads.

    Args:
        make: makes the store, in a thread; it connects to nothing. None: this process has no store.
    """

    def __init__(self, make: Callable[[], Store] | None) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._opening: Future[Store] | None = None
        self._tried_at = 0.0
        self._is_closed = False
        self._problem: str | None = None

    @classmethod
    def of(cls, settings: StoreSettings, *, default: str | None = None) -> "StoreAccess":
        """Return the store of the settings.

        Args:
            settings: of the process.
            default: URL of the store if they name none; None: the user's own file.
        """
        url = settings.store or default
        return cls(None if url == NONE else partial(make_store, url))

    @classmethod
    def holding(cls, store: Store) -> "StoreAccess":
        """Return the access to a store that is open."""
        access = cls(lambda: store)
        access._store = store
        return access

    @property
    def current(self) -> Store | None:
        """The store; None: it is not open."""
        return self._store

    @property
    def is_wanted(self) -> bool:
        """Return whether this process has a store."""
        return self._make is not None

    @property
    def problem(self) -> str | None:
        """Why the store cannot be used, as far as is known; None: it can, or there is none."""
        return self._problem

    def note(self, error: StoreError | None) -> None:
        """Record that the store, once opened, has failed; None: it works."""
        self._problem = None if error is None else str(error)

    def open(self) -> None:
        """Begin to open it; returns at once."""
        if self._make is not None:
            self._begin()

    def now(self) -> Store:
        """Return the store.

        Raises:
            StoreError: it is not open.
        """
        if self._store is None and self._make is not None:
            self._begin()
        return self._found()

    async def opened(self, timeout_s: float = WAIT_S) -> Store:
        """Return the store; wait for it while it is being opened.

        Raises:
            StoreError: it cannot be opened, or not in time.
        """
        if self._store is None and self._make is not None and (opening := self._begin()) is not None:
            await asyncio.wait({_observed(opening)}, timeout=timeout_s)
        return self._found()

    def close(self) -> None:
        """Close the store; it cannot be opened again."""
        with self._lock:
            self._is_closed = True
            opening, store = self._opening, self._store
        if store is None and opening is not None:
            try:
                store = opening.result(WAIT_S)
            except (ZukoError, TimeoutError):
                return  # a thread that hangs in a database's driver ends with the process
        if store is not None:
            store.close()

    def _found(self) -> Store:
        if self._store is not None:
            return self._store
        if self._make is None:
            raise StoreError("this service has no store of submissions (ZUKO_STORE=none)")
        raise StoreError(self._problem or "the store of submissions is being opened")

    def _begin(self) -> Future[Store] | None:
        """Return the try that goes on, or begin one, unless the last one was a moment ago."""
        with self._lock:
            if self._opening is not None and not self._opening.done():
                return self._opening
            now = time.monotonic()
            if self._is_closed or self._store is not None or now - self._tried_at < RETRY_S:
                return None
            self._tried_at = now
            opening = self._opening = Future()
        # A daemon, as no exit may wait for a database that does not answer.
        threading.Thread(target=self._try, args=(self._make, opening), name="zuko-store", daemon=True).start()
        return opening

    def _try(self, make: Callable[[], Store], opening: Future[Store]) -> None:
        try:
            store = make()
            store.open()
        except StoreError as error:
            self._fail(opening, error)
        except Exception as error:  # a bug, or a fault of a driver that no one has translated
            log.exception("the store of submissions could not be opened")
            self._fail(opening, StoreError(f"the store of submissions could not be opened: {type(error).__name__}"))
        else:
            with self._lock:
                self._store = store
            if self._problem is not None:
                log.info("the store of submissions is open; before: %s", self._problem)
            self._problem = None
            opening.set_result(store)

    def _fail(self, opening: Future[Store], error: StoreError) -> None:
        if str(error) != self._problem:
            log.warning("submissions cannot be stored: %s", error)
        self._problem = str(error)
        opening.set_exception(error)


def _observed(opening: Future[Store]) -> asyncio.Future[Store]:
    waiting = asyncio.wrap_future(opening)
    waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
    return waiting
