"""The thread that has the engine change the shares of programs that sleep; see lending.py."""

import logging
import threading
from typing import Final

from zuko.errors import ContainerEndedError, EngineError
from zuko.pool.lease import Lease
from zuko.pool.scheduler import Scheduler
from zuko.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)

_LOOK_S: Final = 0.5  # between two looks for cores that no one uses, and two attempts to give one back


class Lender:
    """The thread, until `stop`.

    Args:
        scheduler: whose loans.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._lending = scheduler.lending
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run_lender, name="zuko-lender", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._is_stopped = True
        self._lending.wake()
        if self._thread.is_alive():
            self._thread.join()

    def _run_lender(self) -> None:
        """Change what is to be changed. A bug of ours must not end the lender silently."""
        while not self._is_stopped:
            self._lending.wait(_LOOK_S if self._lending.has_slow else None)
            try:
                self._work()
            except Exception:
                log.exception("a round of the pool's lender failed")

    def _work(self) -> None:
        self._give_back()
        while not self._is_stopped and (lease := self._choose_sleeper()) is not None:
            try:
                lease.sandbox.lend_core()
            except EngineError as error:
                level = logging.INFO if isinstance(error, ContainerEndedError) else logging.WARNING
                log.log(level, "the core of a program that sleeps cannot be lent: %s", error)
                self._begin_loan(lease, worked=False)
                if self._lending.has_slow:  # the engine is asked again in a moment
                    break
                continue  # it has ended: another one may lend
            self._begin_loan(lease, worked=True)
            self._give_back()

    def _choose_sleeper(self) -> Lease | None:
        """Choose a program whose core is to be lent; None: there is none.

        It goes to a program that has slept and wants its own back, or else to one that waits for a sandbox.
        """
        scheduler, lending = self._scheduler, self._lending
        with scheduler.lock:
            sleepers = [] if scheduler.is_draining else lending.sleepers(scheduler.leases.leases())
            if not sleepers:
                return None
            woken = lending.woken()
            if found := [each for each in sleepers if each.sandbox.core in woken]:
                return lending.choose(found, ())
            able = [waiter.spec for waiter in scheduler.line.able() if lending.may_serve(waiter.caller.name)]
            if len(able) <= scheduler.slots.free.total():  # these wait for sandboxes, not for slots
                return None
            return lending.choose(sleepers, [scheduler.stock(spec) for spec in set(able)])

    def _begin_loan(self, lease: Lease, *, worked: bool) -> None:
        """Take the slot of a program that was chosen, unless that has ended, or the engine has refused."""
        scheduler, lending = self._scheduler, self._lending
        with scheduler.lock:
            if not lending.is_slow(lease):
                return
            if not worked:
                lending.retry(lease)  # the engine may have done it all the same
                return
            lending.begin(lease)
            scheduler.slots.free[lease.sandbox.core] += 1
            scheduler.reclaim(lease.sandbox.core)
            scheduler.serve()
            scheduler.refill()

    def _give_back(self) -> None:
        """Give those that are to have their cores back the whole of them."""
        with self._scheduler.lock:
            self._scheduler.reclaim()
            due = self._lending.take_slow()
        for slow in due:
            sandbox = slow.sandbox if isinstance(slow, Lease) else slow
            try:
                sandbox.reclaim_core()
            except EngineError as error:  # the program has ended meanwhile, or the host is in trouble
                log.info("a program that was asleep does not get its core back: %s", error)
                self._end_slow(slow, worked=False)
            else:
                self._end_slow(slow, worked=True)

    def _end_slow(self, slow: Lease | Sandbox, *, worked: bool) -> None:
        """Use again what has the whole of its core. What has not is tried again, or ended if no one needs it."""
        scheduler, lending = self._scheduler, self._lending
        with scheduler.lock:
            if isinstance(slow, Lease):
                if worked:
                    lending.forget(slow)
                elif lending.is_slow(slow):
                    lending.retry(slow)
                return
            stock = scheduler.stock(slow.spec)
            is_kept = worked and not scheduler.is_draining and not scheduler.is_full(stock, slow.core)
            if is_kept:
                stock.add(slow)
                scheduler.serve()
            scheduler.refill()
        if not is_kept:
            slow.close()
