"""Sandboxes started ahead of need; hands them out under leases, replaces them, drains at exit.

    starting ──hello──> ready ──leased──> busy ──used up, broken──> gone
                 ^        │ ended by itself  │
                 │        └──────> gone      └──runs left──> ready (emptied and audited)
             refill <── whenever fewer are ready, starting or coming back than wanted

A *slot* is the right to run at a time: one for each core, whatever the language (slots.py). A reservation waits in one
bounded line (queue.py), fair between callers, among those whose kind is ready; no thread waits for it. Stocks hold
the idle sandboxes of a kind (stock.py): of some kinds from the start (`kept`), of the others from the first use until
they were not asked for in a while. The scheduler brings these together (scheduler.py), and has sandboxes started in
threads (starter.py). The keeper's thread watches those that are idle (keeper.py). A program that sleeps lends its slot
to one that waits (lending.py), by the lender's thread (lender.py).
"""

import time
from collections.abc import Callable, Collection, Sequence

from zuko.caller import OURSELVES, Caller
from zuko.errors import DrainingError
from zuko.pool.keeper import Keeper
from zuko.pool.lease import Lease, Leases, Reservation, Terms
from zuko.pool.lender import Lender
from zuko.pool.scheduler import Scheduler
from zuko.pool.source import Census, PoolStatus
from zuko.pool.starter import Starter
from zuko.pool.stock import Core
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Hello, SandboxSpec


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
        sleepers: programs that may sleep beside one that runs, on each core, if their holders allow it.
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
        sleepers: int = 0,
    ) -> None:
        self._start = start
        self._starter = Starter(start)
        self.leases = Leases(Terms(self._take_back, self._start_companion, self._try_borrow, self._has_waiters))
        self._scheduler = Scheduler(
            self.leases, self._starter, kept=kept, ready=ready, queue_size=queue_size, sleepers=sleepers
        )
        self._drained_at = 0.0
        self._keeper = Keeper(self._scheduler, self._starter, find_slots, ping_after_s=idle_s / 3, sweep=sweep)
        self._lender = Lender(self._scheduler)

    def open(self) -> None:
        """Begin to fill; returns at once."""
        self._keeper.start()
        if self._scheduler.lending.per_core:
            self._lender.start()

    def reserve(self, spec: SandboxSpec, caller: Caller = OURSELVES) -> Reservation:
        """Take a place in the waiting line; see `SandboxSource.reserve`."""
        scheduler = self._scheduler
        with scheduler.lock:
            if scheduler.is_draining:
                raise DrainingError("the service is shutting down")
            stock = scheduler.stock(spec)
            stock.note_asked()
            if not (scheduler.can_serve(spec, caller.name) and scheduler.line.may_run(caller)):
                scheduler.line.make_room(caller)
            reservation = scheduler.line.add(spec, caller)
            scheduler.serve()
            if not reservation.done():
                if scheduler.lending.sleepers(self.leases.leases()):
                    scheduler.lending.wake()
                scheduler.refill()
                error = scheduler.host_error or stock.last_error
                if error is not None and scheduler.cannot_be_served(stock):
                    scheduler.line.fail(error, spec)
                    stock.give_up()
        return reservation

    @property
    def slots(self) -> int:
        """Return how many runs may go on at a time; 0 until the Docker host has first answered."""
        return self._scheduler.slots.total.total()

    def status(self, spec: SandboxSpec) -> PoolStatus:
        """Return the pool's state at this moment."""
        scheduler = self._scheduler
        with scheduler.lock:
            stock = scheduler.stocks.get(spec)
            error = scheduler.host_error or (stock and stock.last_error)
            return PoolStatus(
                slots=self.slots,
                ready=0 if stock is None else len(stock.ready()),
                starting=0 if stock is None else stock.starting.total(),
                busy=len(self.leases.lent()),
                waiting=len(scheduler.line),
                draining=scheduler.is_draining,
                last_error=None if error is None else str(error),
            )

    def census(self) -> dict[str, Census]:
        """Count the sandboxes of each image; companions, which have no slot, are not counted."""
        now = time.monotonic()
        counts: dict[str, Census] = {}
        with self._scheduler.lock:
            lent = self.leases.lent()
            for spec, stock in self._scheduler.stocks.items():
                ready, busy = stock.ready(), [each for each in lent if each.spec == spec]
                count = counts.setdefault(spec.image, Census())
                count.ready += len(ready)
                count.busy += len(busy)
                count.starting += stock.starting.total()
                count.cell_ages_s += [now - each.started_at for each in (*ready, *busy) if each.is_cell]
        return counts

    def hello(self, spec: SandboxSpec) -> Hello | None:
        """Return the hello of the newest sandbox of this kind; None before the first."""
        with self._scheduler.lock:
            stock = self._scheduler.stocks.get(spec)
            return None if stock is None else stock.hello

    def drain(self) -> None:
        """Refuse reservations from now on, and fail those that wait; runs go on."""
        with self._scheduler.lock:
            if not self._scheduler.is_draining:
                self._scheduler.is_draining = True
                self._drained_at = time.monotonic()
            self._scheduler.line.fail(DrainingError("the service is shutting down"))

    def close(self, timeout_s: float) -> None:
        """Drain, wait for the runs until `timeout_s` after draining began, and end every sandbox."""
        self.drain()
        self.leases.wait_for_release(self._drained_at + timeout_s)
        self.leases.cancel_all()
        if not self._keeper.stop():
            return
        self._lender.stop()
        self._starter.close()
        with self._scheduler.lock:
            idle = [sandbox for stock in self._scheduler.stocks.values() for sandbox in stock.empty()]
            idle += [each for each in self._scheduler.lending.take_slow() if not isinstance(each, Lease)]
        for sandbox in (*idle, *self._keeper.take_used_up()):
            sandbox.close()

    # --- for holders of leases ------------------------------------------------------------------------------------

    def _try_borrow(self, spec: SandboxSpec, root: Lease) -> Lease | None:
        with self._scheduler.lock:
            return self._scheduler.try_borrow(spec, root)

    def _has_waiters(self, caller: Caller) -> bool:
        with self._scheduler.lock:
            return self._scheduler.line.has_waiters(caller)

    def _start_companion(self, spec: SandboxSpec, core: Core) -> Sandbox:
        """Take or start a sandbox that has no slot. A run that goes on while the pool drains gets one as well."""
        with self._scheduler.lock:
            stock = self._scheduler.stocks.get(spec)
            sandbox = stock.take(core) if stock is not None and stock.count(core) else None
        if sandbox is not None and sandbox.has_ended():
            sandbox.close()
            sandbox = None
        return sandbox or self._start(spec, core)

    def _take_back(self, lease: Lease, broken: bool) -> None:
        """End a lease. A sandbox with submissions left is used again; any other is ended and replaced."""
        scheduler, lending, sandbox = self._scheduler, self._scheduler.lending, lease.sandbox
        keep = not broken and sandbox.end_submission()
        with scheduler.lock:
            self.leases.remove(lease)
            is_slow = lending.is_slow(lease)
            if not lending.end(lease):
                scheduler.slots.free[sandbox.core] += 1
            lending.forget(lease)
            scheduler.reclaim(sandbox.core)
            stock = scheduler.stock(sandbox.spec)
            # In place of one that had lent its core another was started.
            keep = keep and not scheduler.is_draining and not scheduler.is_full(stock, sandbox.core)
            if keep and is_slow:
                lending.give_back(sandbox)
            elif keep:
                stock.add(sandbox)  # behind the others: it makes its next namespaces meanwhile
            scheduler.serve()
            # Its end and the start of its successor take 0.15 s of CPU, in part with the interpreter's lock, and the
            # response is being made meanwhile. So the keeper does both a moment later, unless others wait.
            later = not (keep or broken or scheduler.line or scheduler.is_draining)
            if later:
                self._keeper.close_later(sandbox)
            elif scheduler.line:
                scheduler.refill()
        if broken:
            self._starter.end_silent(sandbox)
        elif not keep and not later:
            sandbox.close()
