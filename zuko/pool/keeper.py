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
from collections.abc import Callable, Collection, Sequence
from typing import Final

from zuko.errors import SandboxError, ZukoError
from zuko.pool.scheduler import Scheduler
from zuko.pool.starter import Starter
from zuko.pool.stock import BACKOFF_S, Core
from zuko.sandbox.sandbox import PING_TIMEOUT_S, Sandbox

log = logging.getLogger(__name__)

RESPONSE_S: Final = 0.02  # after a run, its response is made and sent within this time
WATCH_S: Final = 0.25  # how soon an idle sandbox that ended is noticed
SWEEP_S: Final = 60.0
_PAUSE_S: Final = 0.01


class Keeper:
    """The thread, until `stop`.

    Args:
        scheduler: whose sandboxes.
        starter: ends those that do not answer.
        find_slots: the core of each slot, None for an unpinned one; asked until it first answers.
        ping_after_s: a sandbox that was quiet for this long is pinged.
        sweep: removes what other services left behind.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        starter: Starter,
        find_slots: Callable[[], Sequence[Core]],
        *,
        ping_after_s: float,
        sweep: Callable[[], int],
    ) -> None:
        self._scheduler = scheduler
        self._starter = starter
        self._find_slots = find_slots
        self._attempts = 0  # to learn the slots
        self._used_up: list[Sandbox] = []  # to be closed
        self._ping_after_s = ping_after_s
        self._sweep = sweep
        self._sweep_at = 0.0
        self._stopped = threading.Event()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run_keeper, name="zuko-pool", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close_later(self, sandbox: Sandbox) -> None:
        """Have the thread close a sandbox in a moment; called with the scheduler's lock held, before it drains."""
        self._used_up.append(sandbox)
        os.eventfd_write(self._wake, 1)

    def take_used_up(self) -> list[Sandbox]:
        """Take those that are to be closed."""
        with self._scheduler.lock:
            used_up, self._used_up = self._used_up, []
            return used_up

    def stop(self) -> bool:
        """End the thread; return False if it was stopped before."""
        if self._stopped.is_set():
            return False
        self._stopped.set()
        os.eventfd_write(self._wake, 1)
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
        scheduler = self._scheduler
        if not scheduler.slots.total:
            self._stopped.wait(self._learn_slots())
        with scheduler.lock:
            unwanted = [each for stock in scheduler.stocks.values() if not stock.is_wanted() for each in stock.empty()]
        for sandbox in unwanted:
            sandbox.close()
        with scheduler.lock:
            scheduler.refill()
        self._watch()
        while self._ping_quiet():
            pass
        if time.monotonic() >= self._sweep_at and not self._is_failing():
            self._sweep_at = time.monotonic() + SWEEP_S
            with contextlib.suppress(ZukoError):
                self._sweep()

    def _learn_slots(self) -> float:
        """Ask the Docker host for the slots; return after how many seconds to ask again, 0 when it has answered."""
        scheduler = self._scheduler
        try:
            cores = self._find_slots()
        except ZukoError as error:
            with scheduler.lock:
                scheduler.failures.warn(error)
                scheduler.host_error = error
                scheduler.line.fail(error)
            pause_s = BACKOFF_S[min(self._attempts, len(BACKOFF_S) - 1)]
            self._attempts += 1
            return pause_s
        with scheduler.lock:
            scheduler.slots.set(cores)
            scheduler.host_error = None
            scheduler.failures.log_recovery()
        return 0

    def _is_failing(self) -> bool:
        """Return whether the Docker host, or the start of a kind that is wanted, has failed last."""
        scheduler = self._scheduler
        with scheduler.lock:
            stocks = scheduler.stocks.values()
            return scheduler.host_error is not None or any(each.failures and each.is_wanted() for each in stocks)

    def _watch(self) -> None:
        """Wait a moment for an idle sandbox to end, and drop those that have."""
        scheduler = self._scheduler
        with scheduler.lock:
            idle = {each.fileno(): each for stock in scheduler.stocks.values() for each in stock.ready()}
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
            for sandbox in self.take_used_up():
                sandbox.close()
        self._drop_ended([idle[descriptor] for descriptor in events])
        if events:
            self._stopped.wait(_PAUSE_S)  # it may be its holder's by now, and have more to read: no need to spin on it

    def _drop_ended(self, sandboxes: Collection[Sandbox]) -> None:
        """Close those of some idle sandboxes that have ended, and replace them."""
        scheduler, dropped = self._scheduler, list[Sandbox]()
        with scheduler.lock:
            for sandbox in sandboxes:
                stock = scheduler.stock(sandbox.spec)
                if stock.remove(sandbox):  # else it was leased meanwhile, and is its holder's
                    if sandbox.has_ended():
                        dropped.append(sandbox)
                    else:
                        stock.put_back(sandbox)
            scheduler.refill()
        for sandbox in dropped:
            sandbox.close()

    def _ping_quiet(self) -> bool:
        """Ping one sandbox that was quiet for long; return False if there is none."""
        sandbox = self._take_quiet(time.monotonic() - self._ping_after_s)
        if sandbox is None:
            return False
        alive = False
        try:
            with contextlib.suppress(SandboxError):
                sandbox.ping(PING_TIMEOUT_S)
                alive = True
        finally:  # a bug of ours must not leave the pool waiting for one that never comes back
            self._return_pinged(sandbox, alive=alive)
        return True

    def _take_quiet(self, since: float) -> Sandbox | None:
        """Take an idle sandbox that was last heard of before `since`, to be pinged; None: there is none."""
        scheduler = self._scheduler
        with scheduler.lock:
            stocks = () if scheduler.is_draining else scheduler.stocks.values()
            sandbox = next((each for stock in stocks for each in stock.ready() if each.last_heard < since), None)
            if sandbox is not None:
                scheduler.stock(sandbox.spec).remove(sandbox)
                scheduler.pinged = sandbox
            return sandbox

    def _return_pinged(self, sandbox: Sandbox, *, alive: bool) -> None:
        """Put the sandbox that was pinged back, or have it ended and replaced."""
        scheduler = self._scheduler
        with scheduler.lock:
            scheduler.pinged = None
            if alive:
                scheduler.stock(sandbox.spec).add(sandbox)
                scheduler.serve()
            scheduler.refill()
        if not alive:
            self._starter.end_silent(sandbox)
