"""The decision which reservation gets which sandbox, and which sandboxes are to be started.

    line ──┐                       ┌─ stocks ready? ──> Lease
           ├── serve: a slot free, ┤
    slots ─┘                       └─ or else refill ──> starter ──> stocks, serve again

One lock guards all of this state. Every method is called with it held, unless its docstring says otherwise.
"""

import threading
from collections import Counter
from collections.abc import Collection
from functools import partial
from typing import Final

from zuko.caller import OURSELVES, Caller
from zuko.errors import ZukoError
from zuko.pool.failures import FailureLog
from zuko.pool.lease import Lease, Leases
from zuko.pool.lending import Lending
from zuko.pool.queue import WaitingLine
from zuko.pool.slots import Slots
from zuko.pool.starter import Starter
from zuko.pool.stock import Core, Stock
from zuko.sandbox.sandbox import Sandbox
from zuko.types import SandboxSpec

KEEP_S: Final = 600.0  # sandboxes of a kind that is not always kept are kept for this long after it was asked for
WANTED_ON_DEMAND: Final = 1  # of those, for each slot


class Scheduler:
    """The waiters, the idle sandboxes and the slots of one pool.

    Args:
        leases: the record of what is in use.
        starter: makes sandboxes, in its threads.
        kept: kinds that are ready before they are asked for.
        ready: sandboxes wanted ahead of need for each slot, of the kinds that are kept.
        queue_size: reservations that may wait.
        sleepers: programs that may sleep beside one that runs, on each core.
    """

    def __init__(
        self,
        leases: Leases,
        starter: Starter,
        *,
        kept: Collection[SandboxSpec],
        ready: int,
        queue_size: int,
        sleepers: int,
    ) -> None:
        self.lock = threading.Lock()
        self.leases = leases
        self.slots = Slots()
        self.lending = Lending(sleepers, self.slots)
        self.line = WaitingLine(queue_size, leases.runs_of)
        self.stocks = {spec: Stock(spec, ready, None) for spec in kept}
        self.failures = FailureLog()
        self.host_error: ZukoError | None = None  # why the slots are not known yet
        self.pinged: Sandbox | None = None  # out of its stock while it is
        self.is_draining = False
        self._starter = starter

    def stock(self, spec: SandboxSpec) -> Stock:
        """Return the stock of a kind, an empty one of a kind that is new."""
        stock = self.stocks.get(spec)
        if stock is None:
            stock = self.stocks[spec] = Stock(spec, WANTED_ON_DEMAND, KEEP_S)
        return stock

    def is_full(self, stock: Stock, core: Core) -> bool:
        """Return whether as many sandboxes are ready on a core as are wanted for its slots."""
        return stock.is_full(core, self.slots.total[core])

    def cannot_be_served(self, stock: Stock) -> bool:
        """Return whether no sandbox of a kind is ready, being started, or to come back."""
        return not self._coming_back(stock) and not stock.ready() and stock.starting.total() == 0

    def can_serve(self, spec: SandboxSpec, caller: str) -> bool:
        """Return whether a sandbox of a kind is ready for a caller, and may run."""
        return self.slots.can_serve(self.stock(spec), self._owed(caller))

    def serve(self) -> None:
        """Lend ready sandboxes to waiters, as long as there are slots."""
        while self.slots.free.total() > 0 and (waiter := self.line.pop(self.can_serve)) is not None:
            stock = self.stock(waiter.spec)
            sandbox = self._pick(stock, self._owed(waiter.caller.name))
            if sandbox is None:  # those that were there have ended
                self.line.put_first(waiter)
                continue
            if not waiter.reservation.set_running_or_notify_cancel():
                stock.put_back(sandbox)
                continue
            waiter.reservation.set_result(self._lend(sandbox, caller=waiter.caller))
            # While others are ready, the run's end is soon enough: until then its slot is taken anyway.
            if not stock.count(sandbox.core):
                self.refill()

    def try_borrow(self, spec: SandboxSpec, root: Lease) -> Lease | None:
        """Lend one more sandbox to a holder if no one waits for it; None: there is none."""
        if self.is_draining or self.line.has_waiters(root.caller) or not self.line.may_run(root.caller):
            return None
        stock = self.stock(spec)
        stock.note_asked()
        sandbox = self._pick(stock, self.lending.owed)
        return None if sandbox is None else self._lend(sandbox, root)

    def reclaim(self, core: Core = None) -> None:
        """Give free slots back to programs that have slept: those that are awake, and all if no one else needs them.

        Args:
            core: of this core alone; None: of all.
        """
        if not self.lending:
            return
        is_wanted = any(self.lending.may_serve(waiter.caller.name) for waiter in self.line.able())
        for lease in self.lending.reclaim(core=core, is_wanted=is_wanted):
            self.slots.free[lease.sandbox.core] -= 1
            self.lending.give_back(lease)

    def refill(self) -> None:
        """Start what is missing. A busy sandbox that comes back counts; one on its last submission does not."""
        if self.is_draining:
            return
        # A start costs 0.1 s of CPU: more of them at a time only delay each other, and what runs.
        room = max(2, self.slots.total.total() // 2) - sum(stock.starting.total() for stock in self.stocks.values())
        awaited = self.line.awaited()
        for spec in awaited:  # an earlier failure must not make a new reservation wait in vain
            self.stock(spec).note_asked()
        for stock in sorted(self.stocks.values(), key=lambda stock: -awaited[stock.spec]):
            missing = stock.missing(self.slots.total, self._coming_back(stock))
            for core, count in sorted(missing.items(), key=lambda item: -item[1]):
                for _ in range(min(count, room)):
                    room -= 1
                    stock.starting[core] += 1
                    self._starter.begin(partial(self._start_one, stock, core))

    def _start_one(self, stock: Stock, core: Core) -> None:
        """Start a sandbox; called in a thread of the starter's, without the lock."""
        with self.lock:
            if self.is_draining:
                stock.starting[core] -= 1
                return
        sandbox: Sandbox | None = None
        error: ZukoError | None = None
        try:
            sandbox = self._starter.start(stock.spec, core)
        except ZukoError as failed:
            error = failed
        with self.lock:
            stock.starting[core] -= 1
            if sandbox is not None:
                stock.note_start(sandbox.hello, core)
                if not stock.failures:  # of other cores
                    self.failures.log_recovery(stock.spec)
                if not self.is_draining:
                    stock.add(sandbox)
                    sandbox = None
                self.serve()
            elif error is not None:
                self.failures.warn(error, stock.spec, core)
                stock.note_failure(error, core)
                if self.cannot_be_served(stock):
                    self.line.fail(error, stock.spec)
            self.refill()
        if sandbox is not None:
            sandbox.close()

    def _coming_back(self, stock: Stock) -> Counter[Core]:
        """Count the sandboxes of a kind that are out and will be ready again, on each core."""
        leased = (lease for lease in self.leases.leases() if not self.lending.has_loan(lease))
        lent = (lease.sandbox for lease in leased if lease.sandbox.submissions_left > 1)
        return Counter(out.core for out in (*lent, self.pinged) if out is not None and out.spec == stock.spec)

    def _owed(self, caller: str) -> Counter[Core]:
        """Return how many slots of each core are not a caller's to take, although they are free."""
        return Counter() if self.lending.may_serve(caller) else self.lending.owed

    def _lend(self, sandbox: Sandbox, root: Lease | None = None, caller: Caller = OURSELVES) -> Lease:
        self.slots.free[sandbox.core] -= 1
        self.lending.note_use(sandbox.core)
        sandbox.on_sleep = self.lending.wake
        return self.leases.lend(sandbox, root, caller)

    def _pick(self, stock: Stock, owed: Counter[Core]) -> Sandbox | None:
        """Take a ready sandbox whose core has a free slot off its stock; None: there is none."""
        while True:
            core, count = self.slots.best_core(stock, owed)
            if count == 0:
                return None
            sandbox = stock.take(core)
            if not sandbox.has_ended():
                return sandbox
            sandbox.close()
            self.refill()
