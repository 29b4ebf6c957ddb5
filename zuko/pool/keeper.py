"""The thread that looks after a pool's idle sandboxes.

A round, at most `WATCH_S` long: learn the host's slots, refill, drop what ended, close what is used up, ping what was
quiet for long, and now and then sweep.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Collection
from typing import Final, Protocol

from zuko.errors import SandboxError, ZukoError
from zuko.sandbox.sandbox import PING_TIMEOUT_S, Sandbox

log = logging.getLogger(__name__)

RESPONSE_S: Final = 0.02  # after a run, its response is made and sent within this time
WATCH_S: Final = 0.25  # how soon an idle sandbox that ended is noticed
SWEEP_S: Final = 60.0
_PAUSE_S: Final = 0.01


class Kept(Protocol):
    """The pool, as its keeper sees it; `zuko.pool.pool.Pool` says what each member does."""

    @property
    def has_slots(self) -> bool: ...  # noqa: D102
    def learn_slots(self) -> float: ...  # noqa: D102
    def is_failing(self) -> bool: ...  # noqa: D102
    def refill(self) -> None: ...  # noqa: D102
    def take_unwanted(self) -> list[Sandbox]: ...  # noqa: D102
    def take_used_up(self) -> list[Sandbox]: ...  # noqa: D102
    def idle(self) -> list[Sandbox]: ...  # noqa: D102
    def drop_ended(self, sandboxes: Collection[Sandbox]) -> list[Sandbox]: ...  # noqa: D102
    def take_quiet(self, since: float) -> Sandbox | None: ...  # noqa: D102
    def return_pinged(self, *, alive: bool) -> None: ...  # noqa: D102


class Keeper:
    """The thread, until `stop`.

    Args:
        pool: whose sandboxes.
        ping_after_s: a sandbox that was quiet for this long is pinged.
        sweep: removes what other services left behind.
    """

    def __init__(self, pool: Kept, *, ping_after_s: float, sweep: Callable[[], int]) -> None:
        self._pool = pool
        self._ping_after_s = ping_after_s
        self._sweep = sweep
        self._sweep_at = 0.0
        self._stopped = threading.Event()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run_keeper, name="zuko-pool", daemon=True)

    @property
    def is_stopped(self) -> bool:
        """Return whether `stop` was called."""
        return self._stopped.is_set()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Have the thread close what is used up, in a moment."""
        if not self._stopped.is_set():
            os.eventfd_write(self._wake, 1)

    def stop(self) -> bool:
        """End the thread; return False if it was stopped before."""
        if self._stopped.is_set():
            return False
        os.eventfd_write(self._wake, 1)
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._wake)
        return True

    def _run_keeper(self) -> None:
        """Run the rounds. A bug of ours in one must not end the pool silently."""
        while not self._stopped.is_set():
            try:
                self._maintain()
            except Exception:
                log.exception("a round of the pool's keeper failed")
                self._stopped.wait(WATCH_S)

    def _maintain(self) -> None:
        """Run one round."""
        pool = self._pool
        if not pool.has_slots:
            self._stopped.wait(pool.learn_slots())
        for sandbox in pool.take_unwanted():
            sandbox.close()
        pool.refill()
        self._drop_ended()
        while self._ping_quiet():
            pass
        if time.monotonic() >= self._sweep_at and not pool.is_failing():
            self._sweep_at = time.monotonic() + SWEEP_S
            with contextlib.suppress(ZukoError):
                self._sweep()

    def _drop_ended(self) -> None:
        """Wait a moment for an idle sandbox to end, and drop those that have."""
        idle = {each.fileno(): each for each in self._pool.idle()}
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        for descriptor in idle:
            if descriptor >= 0:
                # The end alone: a result of one that is leased meanwhile would wake this thread beside its reader.
                poller.register(descriptor, select.POLLRDHUP)
        events = [descriptor for descriptor, _ in poller.poll(WATCH_S * 1000)]
        if not events:
            return
        if self._wake in events:
            os.eventfd_read(self._wake)
            events.remove(self._wake)
            self._stopped.wait(RESPONSE_S)
            for sandbox in self._pool.take_used_up():
                sandbox.close()
        for sandbox in self._pool.drop_ended([idle[descriptor] for descriptor in events]):
            sandbox.close()
        if events:
            self._stopped.wait(_PAUSE_S)  # it may be its holder's by now, and have more to read: no need to spin on it

    def _ping_quiet(self) -> bool:
        """Ping one sandbox that was quiet for long; return False if there is none."""
        sandbox = self._pool.take_quiet(time.monotonic() - self._ping_after_s)
        if sandbox is None:
            return False
        alive = False
        try:
            with contextlib.suppress(SandboxError):
                sandbox.ping(PING_TIMEOUT_S)
                alive = True
        finally:  # a bug of ours must not leave the pool waiting for one that never comes back
            self._pool.return_pinged(alive=alive)
        return True
