"""Sandboxes started ahead of need; hands them out under leases, replaces them, drains at exit.

    starting ──hello──> ready ──leased──> busy ──used up, broken──> gone
                 ^        │ ended by itself  │
                 │        └──────> gone      └──runs left──> ready (emptied and audited)
             refill <── whenever fewer are ready, starting or coming back than wanted

A *slot* is the right to run at a time: one for each core, whatever the language (slots.py). A reservation waits in one
bounded line (queue.py), first come first served among those whose kind is ready; no thread waits for it. Stocks hold
the idle sandboxes of a kind (stock.py): of some kinds from the start (`kept`), of the others from the first use until
they were not asked for in a while. The keeper's thread watches those that are idle (keeper.py).
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from zuko.errors import DrainingError, EngineError, ZukoError
from zuko.pool.failures import FailureLog
from zuko.pool.keeper import Keeper
from zuko.pool.lease import Lease, Leases, Reservation, Terms
from zuko.pool.queue import Waiter, WaitingLine
from zuko.pool.slots import Slots
from zuko.pool.source import PoolStatus
from zuko.pool.stock import BACKOFF_S, Core, Stock
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Hello, SandboxSpec

log = logging.getLogger(__name__)

THREADS_MAX: Final = 32  # for starting and ending sandboxes
KEEP_S: Final = 600.0  # sandboxes of a kind that is not always kept are kept for this long after it was asked for
WANTED_ON_DEMAND: Final = 1  # of those, for each slot


class Pool:
    """Sandboxes of every kind, for as many runs at a time as there are slots. Any thread may call any method.

    Args:
        start: makes a sandbox of a kind on a core; may raise ZukoError.
        find_slots: the core of each slot, None for an unpinned one; asked until it first answers.
        kept: kinds that are ready before they are asked for.
        ready: sandboxes wanted ahead of need for each slot, of the kinds that are kept.
        queue_size: reservations that may wait.
        idle_s: a sandbox that hears nothing for this long ends; the pool pings well before.
        sweep: removes what other services left behind; called now and then.
    """

    def __init__(
        self,
        start: Callable[[SandboxSpec, Core], Sandbox],
        find_slots: Callable[[], Sequence[Core]],
        *,
        kept: Collection[SandboxSpec],
        ready: int,
        queue_size: int,
        idle_s: int,
        sweep: Callable[[], int] = lambda: 0,
    ) -> None:
        self._start = start
        self._find_slots = find_slots
        self._lock = threading.Lock()
        self.leases = Leases(Terms(self._take_back, self._start_companion, self._try_borrow, self._has_waiters))
        self._slots = Slots()
        self._line = WaitingLine(queue_size)
        self._stocks = {spec: Stock(spec, ready, None) for spec in kept}
        self._pinged: Sandbox | None = None  # out of its stock while it is
        self._used_up: list[Sandbox] = []  # to be closed by the keeper
        self._failures = FailureLog()
        self._host_error: ZukoError | None = None  # why the slots are not known yet
        self._attempts = 0  # to learn them
        self._draining = False
        self._drained_at = 0.0
        self._starters = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="zuko-start")
        self._keeper = Keeper(self, ping_after_s=idle_s / 3, sweep=sweep)

    def open(self) -> None:
        """Begin to fill; returns at once."""
        self._keeper.start()

    def reserve(self, spec: SandboxSpec) -> Reservation:
        """Take a place in the waiting line; see `SandboxSource.reserve`."""
        with self._lock:
            if self._draining:
                raise DrainingError("the service is shutting down")
            stock = self._stock(spec)
            stock.note_asked()
            if not self._slots.can_serve(stock):
                self._line.check_room()
            reservation = self._line.add(spec)
            self._serve()
            if not reservation.done():
                self._refill()
                error = self._host_error or stock.last_error
                if error is not None and self._cannot_be_served(stock):
                    self._line.fail(error, spec)
                    stock.give_up()
        return reservation

    def status(self, spec: SandboxSpec) -> PoolStatus:
        """Return the pool's state at this moment."""
        with self._lock:
            stock = self._stocks.get(spec)
            error = self._host_error or (stock and stock.last_error)
            return PoolStatus(
                slots=self._slots.total.total(),
                ready=0 if stock is None else len(stock.ready()),
                starting=0 if stock is None else stock.starting.total(),
                busy=len(self.leases.lent()),
                waiting=len(self._line),
                draining=self._draining,
                last_error=None if error is None else str(error),
            )

    def hello(self, spec: SandboxSpec) -> Hello | None:
        """Return the hello of the newest sandbox of this kind; None before the first."""
        with self._lock:
            stock = self._stocks.get(spec)
            return None if stock is None else stock.hello

    def drain(self) -> None:
        """Refuse reservations from now on, and fail those that wait; runs go on."""
        with self._lock:
            if not self._draining:
                self._draining = True
                self._drained_at = time.monotonic()
            self._line.fail(DrainingError("the service is shutting down"))

    def close(self, timeout_s: float) -> None:
        """Drain, wait for the runs until `timeout_s` after draining began, and end every sandbox."""
        self.drain()
        self.leases.wait_for_release(self._drained_at + timeout_s)
        self.leases.cancel_all()
        if not self._keeper.stop():
            return
        self._starters.shutdown(wait=True)  # starts that wait for a thread end at once; ends must not be lost
        with self._lock:
            idle = [sandbox for stock in self._stocks.values() for sandbox in stock.empty()]
        for sandbox in (*idle, *self.take_used_up()):
            sandbox.close()

    # --- for holders of leases ------------------------------------------------------------------------------------

    def _try_borrow(self, spec: SandboxSpec, root: Lease) -> Lease | None:
        with self._lock:
            if self._draining or self._line.has_waiters():
                return None
            stock = self._stock(spec)
            stock.note_asked()
            sandbox = self._pick(stock)
            return None if sandbox is None else self._lend(sandbox, root)

    def _has_waiters(self) -> bool:
        with self._lock:
            return self._line.has_waiters()

    def _start_companion(self, spec: SandboxSpec, core: Core) -> Sandbox:
        """Take or start a sandbox that has no slot. A run that goes on while the pool drains gets one as well."""
        with self._lock:
            stock = self._stocks.get(spec)
            sandbox = stock.take(core) if stock is not None and stock.count(core) else None
        if sandbox is not None and sandbox.has_ended():
            sandbox.close()
            sandbox = None
        return sandbox or self._start(spec, core)

    def _take_back(self, lease: Lease, broken: bool) -> None:
        """End a lease. A sandbox with submissions left is used again; any other is ended and replaced."""
        sandbox = lease.sandbox
        keep = not broken and sandbox.end_submission()
        with self._lock:
            self.leases.remove(lease)
            self._slots.free[sandbox.core] += 1
            keep = keep and not self._draining
            if keep:
                self._stock(sandbox.spec).add(sandbox)  # behind the others: it makes its next namespaces meanwhile
            self._serve()
            # Its end and the start of its successor take 0.15 s of CPU, in part with the interpreter's lock, and the
            # response is being made meanwhile. So the keeper does both a moment later, unless others wait.
            later = not (keep or broken or self._line or self._draining)
            if later:
                self._used_up.append(sandbox)
                self._keeper.wake()
            elif self._line:
                self._refill()
        if broken:
            self.end_silent(sandbox)
        elif not keep and not later:
            sandbox.close()

    # --- for the keeper, called without the lock --------------------------------------------------------------------

    @property
    def has_slots(self) -> bool:
        """Return whether the Docker host has answered how many runs may go on."""
        return bool(self._slots.total)

    def learn_slots(self) -> float:
        """Ask the Docker host for the slots; return after how many seconds to ask again, 0 when it has answered."""
        try:
            cores = self._find_slots()
        except ZukoError as error:
            with self._lock:
                self._failures.warn(error)
                self._host_error = error
                self._line.fail(error)
                pause_s = BACKOFF_S[min(self._attempts, len(BACKOFF_S) - 1)]
                self._attempts += 1
            return pause_s
        with self._lock:
            self._slots.set(cores)
            self._host_error = None
            self._failures.log_recovery()
        return 0

    def is_failing(self) -> bool:
        """Return whether the Docker host, or the start of a kind that is wanted, has failed last."""
        with self._lock:
            return self._host_error is not None or self._is_failing()

    def refill(self) -> None:
        """Start the sandboxes that are missing."""
        with self._lock:
            self._refill()

    def take_unwanted(self) -> list[Sandbox]:
        """Take the idle sandboxes of kinds that were not asked for in a while."""
        with self._lock:
            return [each for stock in self._stocks.values() if not stock.is_wanted() for each in stock.empty()]

    def take_used_up(self) -> list[Sandbox]:
        """Take those that have no submission left and are to be closed."""
        with self._lock:
            used_up, self._used_up = self._used_up, []
            return used_up

    def idle(self) -> list[Sandbox]:
        """Return the idle sandboxes of every kind."""
        with self._lock:
            return [sandbox for stock in self._stocks.values() for sandbox in stock.ready()]

    def drop_ended(self, sandboxes: Collection[Sandbox]) -> list[Sandbox]:
        """Take those of some idle sandboxes that have ended, and replace them."""
        dropped = []
        with self._lock:
            for sandbox in sandboxes:
                stock = self._stocks[sandbox.spec]
                if stock.remove(sandbox):  # else it was leased meanwhile, and is its holder's
                    if sandbox.has_ended():
                        dropped.append(sandbox)
                    else:
                        stock.put_back(sandbox)
            self._refill()
        return dropped

    def take_quiet(self, since: float) -> Sandbox | None:
        """Take an idle sandbox that was last heard of before `since`, to be pinged; see `return_pinged`."""
        with self._lock:
            quiet = (each for stock in self._stocks.values() for each in stock.ready() if each.last_heard < since)
            sandbox = None if self._draining else next(quiet, None)
            if sandbox is not None:
                self._stocks[sandbox.spec].remove(sandbox)
                self._pinged = sandbox
            return sandbox

    def return_pinged(self, *, alive: bool) -> None:
        """Put the sandbox that was pinged back, or have it ended and replaced."""
        with self._lock:
            sandbox, self._pinged = self._pinged, None
            if alive and sandbox is not None:
                self._stock(sandbox.spec).add(sandbox)
                self._serve()
            self._refill()
        if not alive and sandbox is not None:
            self.end_silent(sandbox)

    def end_silent(self, sandbox: Sandbox) -> None:
        """Have the engine end a sandbox that may not end by itself, in another thread: a frozen engine takes long."""
        sandbox.cancel()

        def end() -> None:
            sandbox.kill()
            sandbox.close()

        try:
            self._starters.submit(end)
        except RuntimeError:  # the pool is closed
            end()

    # --- called with the lock held, except `_start_one` --------------------------------------------------------------

    def _stock(self, spec: SandboxSpec) -> Stock:
        stock = self._stocks.get(spec)
        if stock is None:
            stock = self._stocks[spec] = Stock(spec, WANTED_ON_DEMAND, KEEP_S)
        return stock

    def _cannot_be_served(self, stock: Stock) -> bool:
        return not self._coming_back(stock) and not stock.ready() and stock.starting.total() == 0

    def _coming_back(self, stock: Stock) -> Counter[Core]:
        """Count the sandboxes of a kind that are out and will be ready again, on each core."""
        lent = (sandbox for sandbox in self.leases.lent() if sandbox.submissions_left > 1)
        return Counter(out.core for out in (*lent, self._pinged) if out is not None and out.spec == stock.spec)

    def _serve(self) -> None:
        """Lend ready sandboxes to waiters, as long as there are slots."""
        unserved: list[Waiter] = []
        while self._slots.free.total() > 0 and (waiter := self._line.pop()) is not None:
            stock = self._stock(waiter.spec)
            sandbox = self._pick(stock)
            if sandbox is None:
                unserved.append(waiter)
                continue
            if not waiter.reservation.set_running_or_notify_cancel():
                stock.put_back(sandbox)
                continue
            waiter.reservation.set_result(self._lend(sandbox))
            # While others are ready, the run's end is soon enough: until then its slot is taken anyway.
            if not stock.count(sandbox.core):
                self._refill()
        self._line.put_first(unserved)

    def _lend(self, sandbox: Sandbox, root: Lease | None = None) -> Lease:
        self._slots.free[sandbox.core] -= 1
        return self.leases.lend(sandbox, root)

    def _pick(self, stock: Stock) -> Sandbox | None:
        """Take a ready sandbox whose core has a free slot off its stock; None: there is none."""
        while True:
            core, count = self._slots.best_core(stock)
            if count == 0:
                return None
            sandbox = stock.take(core)
            if not sandbox.has_ended():
                return sandbox
            sandbox.close()
            self._refill()

    def _refill(self) -> None:
        """Start what is missing. A busy sandbox that comes back counts; one on its last submission does not."""
        if self._draining or self._keeper.is_stopped:
            return
        # A start costs 0.1 s of CPU: more of them at a time only delay each other, and what runs.
        room = max(2, self._slots.total.total() // 2) - sum(stock.starting.total() for stock in self._stocks.values())
        awaited = self._line.awaited()
        for spec in awaited:  # an earlier failure must not make a new reservation wait in vain
            self._stock(spec).note_asked()
        for stock in sorted(self._stocks.values(), key=lambda stock: -awaited[stock.spec]):
            missing = stock.missing(self._slots.total, self._coming_back(stock))
            for core, count in sorted(missing.items(), key=lambda item: -item[1]):
                for _ in range(min(count, room)):
                    room -= 1
                    stock.starting[core] += 1
                    try:
                        self._starters.submit(self._start_one, stock, core)
                    except RuntimeError as error:  # no new thread: the start waits for one of the others
                        log.warning("the start of a sandbox is late: %s", error)

    def _start_one(self, stock: Stock, core: Core) -> None:
        """Start a sandbox; called in a thread of its own, without the lock."""
        sandbox: Sandbox | None = None
        error: ZukoError | None = None
        with self._lock:
            if self._draining:
                stock.starting[core] -= 1
                return
        try:
            sandbox = self._start(stock.spec, core)
        except ZukoError as failed:
            error = failed
        except Exception:  # a bug of ours must not empty the pool silently
            log.exception("a sandbox could not be started")
            error = EngineError("a sandbox could not be started; the reason is in the server's log")
        with self._lock:
            stock.starting[core] -= 1
            if sandbox is not None:
                stock.note_start(sandbox.hello, core)
                if not stock.failures:  # of other cores
                    self._failures.log_recovery(stock.spec)
                if not self._draining:
                    stock.add(sandbox)
                    sandbox = None
                self._serve()
            elif error is not None:
                self._failures.warn(error, stock.spec, core)
                stock.note_failure(error, core)
                if self._cannot_be_served(stock):
                    self._line.fail(error, stock.spec)
            self._refill()
        if sandbox is not None:
            sandbox.close()

    def _is_failing(self) -> bool:
        return any(stock.failures and stock.is_wanted() for stock in self._stocks.values())
