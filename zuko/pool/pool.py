"""Sandboxes started ahead of need; hands one out, replaces it, drains at exit.

    starting ──hello──> ready ──handed out──> busy ──used up, broken──> gone
                 ^        │ ended by itself      │
                 │        └──────> gone          └──runs left──> ready (emptied and audited)
             refill <── whenever fewer are ready, starting or coming back than wanted

A *slot* is the right to run at a time: one for each core, whatever the language. A sandbox belongs to a core from its
start, so it is handed out only when that core has a slot free. Who asks gets a future and waits in one bounded queue,
first come first served among those whose kind is ready; an asker that gives up cancels it. No thread waits for one.

Sandboxes of some kinds are kept ready from the start (`kept`), those of another from its first use until it was not
asked for in a while.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from zuko.errors import DrainingError, EngineError, NoCapacityError, SandboxError, UnavailableError, ZukoError
from zuko.pool.companions import Companions
from zuko.pool.stock import BACKOFF_S, Core, Stock
from zuko.sandbox.sandbox import PING_TIMEOUT_S, Sandbox
from zuko.types import Hello, SandboxSpec

log = logging.getLogger(__name__)

THREADS_MAX: Final = 32  # for starting and ending sandboxes
REMIND_S: Final = 60.0  # a problem that lasts is logged this often, however often it is met
ANSWER_S: Final = 0.02  # after a run: its answer is made and sent in this time
WATCH_S: Final = 0.25  # how soon an idle sandbox that ended is noticed
SWEEP_S: Final = 60.0
KEEP_S: Final = 600.0  # sandboxes of a kind that is not always kept are kept for this long after it was asked for
WANTED_ON_DEMAND: Final = 1  # of those, for each slot

Reservation = Future[Sandbox]


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """The pool at one moment, as one kind of sandbox sees it."""

    slots: int  # runs that may go on at a time; 0 until the Docker host has first answered
    ready: int  # of this kind
    starting: int  # of this kind
    busy: int  # of any kind
    waiting: int  # for any kind
    draining: bool
    problem: str | None  # why the last start of this kind failed; None when it did not


@dataclass(frozen=True, slots=True)
class _Loan:
    reservation: Reservation
    comes_back: bool  # the sandbox has submissions left after this one


@dataclass(frozen=True, slots=True)
class _Waiting:
    spec: SandboxSpec
    reservation: Reservation


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
        self._sweep = sweep
        self._queue_size = queue_size
        self._ping_after_s = idle_s / 3
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._slots: Counter[Core] = Counter()
        self._free: Counter[Core] = Counter()
        self._stocks = {spec: Stock(spec, ready, None) for spec in kept}
        self._busy: dict[Sandbox, _Loan] = {}
        self._pinged: Sandbox | None = None  # out of its stock for that
        self._companions = Companions()
        self._waiting: deque[_Waiting] = deque()
        self._used_up: list[Sandbox] = []  # to be closed by the keeper
        self._host_problem: ZukoError | None = None  # why its slots are not known yet
        self._attempts = 0  # to learn them
        self._told_at: dict[str, float] = {}  # problems in the log, until all are over
        self._draining = False
        self._drained_at = 0.0
        self._sweep_at = 0.0
        self._stopped = threading.Event()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._starters = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="zuko-start")
        self._keeper = threading.Thread(target=self._keep, name="zuko-pool", daemon=True)

    def open(self) -> None:
        """Begins to fill; returns at once."""
        self._keeper.start()

    def reserve(self, spec: SandboxSpec) -> Reservation:
        """A place in the queue; the future's result is a sandbox of this kind that the caller must `give_back`.

        It fails with EngineError or ImageMissingError when none can be made, with DrainingError when the service ends
        meanwhile.

        Raises:
            NoCapacityError: the queue is full.
            DrainingError: the service is ending.
        """
        reservation: Reservation = Future()
        with self._lock:
            if self._draining:
                raise DrainingError("the service is shutting down")
            stock = self._stock(spec)
            stock.note_asked()
            if len(self._waiting) >= self._queue_size and not self._can_serve(stock):
                self._waiting = deque(each for each in self._waiting if not each.reservation.cancelled())
                if len(self._waiting) >= self._queue_size:
                    raise queue_full(len(self._waiting))
            self._waiting.append(_Waiting(spec, reservation))
            self._serve()
            if not reservation.done():
                self._refill()
                problem = self._host_problem or stock.problem
                if problem is not None and self._nothing_to_hope_for(stock):
                    self._fail_waiting(problem, spec)
                    stock.give_up()
        return reservation

    def borrow_spare(self, spec: SandboxSpec) -> Sandbox | None:
        """A sandbox that is ready and that nobody waits for, to be given back; None: there is none."""
        with self._lock:
            if self._draining or self._somebody_waits():
                return None
            stock = self._stock(spec)
            stock.note_asked()
            sandbox = self._pick(stock)
            if sandbox is not None:
                self._lend(sandbox, Future())
            return sandbox

    def is_waited_for(self) -> bool:
        """Whether somebody waits for a sandbox: time to give back those that were borrowed."""
        with self._lock:
            return self._somebody_waits()

    def abandon(self, reservation: Reservation) -> None:
        """Gives up a reservation, whether it has been served meanwhile or not."""
        if not reservation.cancel() and reservation.exception() is None:
            self.give_back(reservation.result())

    def cancel(self, reservation: Reservation) -> None:
        """Ends the run for which a sandbox was reserved, if it still has it: by now it may be somebody else's."""
        with self._lock:
            for sandbox, loan in self._busy.items():
                if loan.reservation is reservation:
                    sandbox.cancel()

    def cancel_all(self) -> None:
        """Ends every run, now and from now on; whoever waits for one gets an error at once."""
        with self._lock:
            for sandbox in self._busy:
                sandbox.cancel()
        self._companions.cancel_all()

    def start_companion(self, spec: SandboxSpec, core: Core) -> Sandbox:
        """A sandbox beside one that the caller has, on its core and without a slot: the two take turns. It is to be
        closed, not given back. One that runs while the service drains gets what it needs to finish.

        Raises:
            EngineError: the Docker host does not answer, or refuses.
            ImageMissingError: its image is not on the Docker host.
            SandboxError: it did not start.
            DrainingError: the service has ended what ran.
        """

        def start() -> Sandbox:
            with self._lock:
                stock = self._stocks.get(spec)
                sandbox = stock.take(core) if stock is not None and stock.count(core) else None
            if sandbox is not None and sandbox.has_ended():
                sandbox.close()
                sandbox = None
            return sandbox or self._start(spec, core)

        return self._companions.start(start)

    def give_back(self, sandbox: Sandbox, *, broken: bool = False) -> None:
        """Ends a loan. A sandbox with submissions left is used again; any other is ended and replaced."""
        keep = not broken and sandbox.end_submission()
        with self._lock:
            self._busy.pop(sandbox, None)
            self._free[sandbox.core] += 1
            keep = keep and not self._draining
            if keep:
                self._stock(sandbox.spec).put_back(sandbox)
            self._serve()
            # Its end and its successor's start take 0.15 s of CPU and this process's interpreter lock now and then, and
            # the answer is just being made: the keeper sees to both in a moment, unless somebody waits.
            later = not (keep or broken or self._waiting or self._draining)
            if later:
                self._used_up.append(sandbox)
                os.eventfd_write(self._wake, 1)
            elif self._waiting:
                self._refill()
            self._changed.notify_all()
        if broken:
            self._end(sandbox)
        elif not keep and not later:
            sandbox.close()

    def status(self, spec: SandboxSpec) -> PoolStatus:
        """The pool at this moment."""
        with self._lock:
            stock = self._stocks.get(spec)
            problem = self._host_problem or (stock and stock.problem)
            return PoolStatus(
                slots=self._slots.total(),
                ready=0 if stock is None else len(stock.ready()),
                starting=0 if stock is None else stock.starting.total(),
                busy=len(self._busy),
                waiting=sum(not each.reservation.cancelled() for each in self._waiting),
                draining=self._draining,
                problem=None if problem is None else str(problem),
            )

    def hello(self, spec: SandboxSpec) -> Hello | None:
        """What the newest sandbox of this kind said of itself; None before the first."""
        with self._lock:
            stock = self._stocks.get(spec)
            return None if stock is None else stock.hello

    def drain(self) -> None:
        """From now on nothing is handed out; who waits is told, who runs may finish."""
        with self._lock:
            if not self._draining:
                self._draining = True
                self._drained_at = time.monotonic()
            self._fail_waiting(DrainingError("the service is shutting down"))
            self._changed.notify_all()

    def close(self, timeout_s: float) -> None:
        """Drains, waits for the busy until `timeout_s` after draining began, ends every sandbox."""
        self.drain()
        with self._lock:
            deadline = self._drained_at + timeout_s
            while self._busy and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
        self.cancel_all()
        if self._stopped.is_set():
            return
        self._stopped.set()
        os.eventfd_write(self._wake, 1)
        if self._keeper.is_alive():
            self._keeper.join()
        self._starters.shutdown(wait=True)  # starts that wait for a thread end at once, and ends are not to be lost
        with self._lock:
            idle = [sandbox for stock in self._stocks.values() for sandbox in stock.empty()]
            os.close(self._wake)
        self._close_used_up()
        for sandbox in idle:
            sandbox.close()

    # What follows is called with the lock held, but for _keep and what it calls.

    def _stock(self, spec: SandboxSpec) -> Stock:
        stock = self._stocks.get(spec)
        if stock is None:
            stock = self._stocks[spec] = Stock(spec, WANTED_ON_DEMAND, KEEP_S)
        return stock

    def _somebody_waits(self) -> bool:
        return any(not each.reservation.cancelled() for each in self._waiting)

    def _can_serve(self, stock: Stock) -> bool:
        return any(stock.count(core) for core, free in self._free.items() if free > 0)

    def _nothing_to_hope_for(self, stock: Stock) -> bool:
        return not self._coming_back(stock) and not stock.ready() and stock.starting.total() == 0

    def _coming_back(self, stock: Stock) -> Counter[Core]:
        """Sandboxes of a kind that are out and will be ready again, on each core."""
        lent = (sandbox for sandbox, loan in self._busy.items() if loan.comes_back)
        return Counter(out.core for out in (*lent, self._pinged) if out is not None and out.spec == stock.spec)

    def _serve(self) -> None:
        """Hands ready sandboxes to who waits, as long as there are slots. First come, first served of each kind."""
        unserved: deque[_Waiting] = deque()
        while self._waiting and self._free.total() > 0:
            waiting = self._waiting.popleft()
            reservation = waiting.reservation
            if reservation.cancelled():
                continue
            stock = self._stock(waiting.spec)
            sandbox = self._pick(stock)
            if sandbox is None:
                unserved.append(waiting)
                continue
            if not reservation.set_running_or_notify_cancel():
                stock.put_back(sandbox)
                continue
            self._lend(sandbox, reservation)
            reservation.set_result(sandbox)
            # While others are ready, the run's end is soon enough: until then its slot is taken anyway.
            if not stock.count(sandbox.core):
                self._refill()
        self._waiting.extendleft(reversed(unserved))

    def _lend(self, sandbox: Sandbox, reservation: Reservation) -> None:
        self._free[sandbox.core] -= 1
        self._busy[sandbox] = _Loan(reservation, comes_back=sandbox.runs_left > 1)

    def _pick(self, stock: Stock) -> Sandbox | None:
        """A ready sandbox whose core has a slot free, off its stock; None: there is none."""
        while True:
            # The core with most to spare, so that all cores are used and their stocks shrink alike.
            core, count = max(
                ((core, stock.count(core)) for core, free in self._free.items() if free > 0),
                key=lambda one: (one[1] > 0, self._free[one[0]] / self._slots[one[0]], one[1]),
                default=(None, 0),
            )
            if count == 0:
                return None
            sandbox = stock.take(core)
            if not sandbox.has_ended():
                return sandbox
            sandbox.close()
            self._refill()

    def _fail_waiting(self, error: ZukoError, spec: SandboxSpec | None = None) -> None:
        """Tells those who wait for a kind, or all."""
        others: deque[_Waiting] = deque()
        for waiting in self._waiting:
            if spec is not None and waiting.spec != spec:
                others.append(waiting)
            elif waiting.reservation.set_running_or_notify_cancel():
                waiting.reservation.set_exception(_copy(error))
        self._waiting = others

    def _refill(self) -> None:
        """Starts what is missing. One that is busy and comes back counts, one on its last submission does not."""
        if self._draining or self._stopped.is_set():
            return
        # A start costs 0.1 s of CPU: more of them at a time only delay each other, and what runs.
        room = max(2, self._slots.total() // 2) - sum(stock.starting.total() for stock in self._stocks.values())
        awaited = Counter(waiting.spec for waiting in self._waiting if not waiting.reservation.cancelled())
        for spec in awaited:  # a failure in the past is no reason to let somebody wait for nothing
            self._stock(spec).note_asked()
        for stock in sorted(self._stocks.values(), key=lambda stock: -awaited[stock.spec]):
            missing = stock.missing(self._slots, self._coming_back(stock))
            for core, count in sorted(missing.items(), key=lambda item: -item[1]):
                for _ in range(min(count, room)):
                    room -= 1
                    stock.starting[core] += 1
                    try:
                        self._starters.submit(self._start_one, stock, core)
                    except RuntimeError as error:  # no thread can be had; it waits for one of those that there are
                        log.warning("the start of a sandbox is late: %s", error)

    def _start_one(self, stock: Stock, core: Core) -> None:
        sandbox: Sandbox | None = None
        problem: ZukoError | None = None
        with self._lock:
            if self._draining:
                stock.starting[core] -= 1
                return
        try:
            sandbox = self._start(stock.spec, core)
        except ZukoError as error:
            problem = error
        except Exception:  # a bug of ours must not empty the pool silently
            log.exception("a sandbox could not be started")
            problem = EngineError("a sandbox could not be started; the reason is in the server's log")
        with self._lock:
            stock.starting[core] -= 1
            if sandbox is not None:
                stock.note_start(sandbox.hello, core)
                self._tell_the_end()
                if not self._draining:
                    stock.add(sandbox)
                    sandbox = None
                self._serve()
            elif problem is not None:
                self._tell(problem, core)
                stock.note_failure(problem, core)
                if self._nothing_to_hope_for(stock):
                    self._fail_waiting(problem, stock.spec)
            self._refill()
            self._changed.notify_all()
        if sandbox is not None:
            sandbox.close()

    def _tell(self, problem: ZukoError, core: Core = None) -> None:
        now = time.monotonic()
        # By its text: where the host is away, each of its cores meets the same.
        if now - self._told_at.get(str(problem), -REMIND_S) >= REMIND_S:
            self._told_at[str(problem)] = now
            log.warning("no sandbox can be started%s: %s", "" if core is None else f" on core {core}", problem)

    def _failing(self) -> list[Stock]:
        return [stock for stock in self._stocks.values() if stock.failures and stock.is_wanted()]

    def _tell_the_end(self) -> None:
        if self._told_at and not self._failing():
            self._told_at.clear()
            log.info("sandboxes can be started again")

    def _keep(self) -> None:
        """The keeper's thread. A bug of ours in it must not end the pool silently."""
        while not self._stopped.is_set():
            try:
                self._look_after()
            except Exception:
                log.exception("the pool could not be looked after")
                self._stopped.wait(WATCH_S)

    def _look_after(self) -> None:
        """One round: finds out about the host, replaces what ended, shows signs of life, sweeps."""
        if not self._slots:
            self._learn_slots()
        with self._lock:
            unwanted = [one for stock in self._stocks.values() if not stock.is_wanted() for one in stock.empty()]
            self._refill()
            failing = self._host_problem is not None or bool(self._failing())
        for sandbox in unwanted:
            sandbox.close()
        self._drop_ended()
        while self._ping_quiet():
            pass
        if time.monotonic() >= self._sweep_at and not failing:
            self._sweep_at = time.monotonic() + SWEEP_S
            with contextlib.suppress(ZukoError):
                self._sweep()

    def _learn_slots(self) -> None:
        try:
            slots = Counter(self._find_slots())
        except ZukoError as error:
            with self._lock:
                self._tell(error)
                self._host_problem = error
                self._fail_waiting(error)
                pause_s = BACKOFF_S[min(self._attempts, len(BACKOFF_S) - 1)]
                self._attempts += 1
            self._stopped.wait(pause_s)
            return
        with self._lock:
            self._slots, self._free = slots, slots.copy()
            self._host_problem = None
            self._tell_the_end()

    def _drop_ended(self) -> None:
        """Waits a moment for an idle sandbox to end, and drops those that have."""
        with self._lock:
            idle = {each.fileno(): each for stock in self._stocks.values() for each in stock.ready()}
        poller = select.poll()
        for descriptor in (*idle, self._wake):
            if descriptor >= 0:
                poller.register(descriptor, select.POLLIN)
        events = [descriptor for descriptor, _ in poller.poll(WATCH_S * 1000)]
        if not events:
            return
        if self._wake in events:
            os.eventfd_read(self._wake)
            events.remove(self._wake)
            self._stopped.wait(ANSWER_S)
            self._close_used_up()
        dropped = []
        with self._lock:
            for descriptor in events:
                sandbox = idle[descriptor]
                # Handed out meanwhile? Then it is its borrower's.
                stock = self._stocks[sandbox.spec]
                if stock.remove(sandbox):
                    if sandbox.has_ended():
                        dropped.append(sandbox)
                    else:
                        stock.put_back(sandbox)
            self._refill()
        for sandbox in dropped:
            sandbox.close()
        if events:
            self._stopped.wait(0.01)  # readable without having ended: its audit's report; no need to spin on it

    def _close_used_up(self) -> None:
        with self._lock:
            used_up, self._used_up = self._used_up, []
        for sandbox in used_up:
            sandbox.close()

    def _ping_quiet(self) -> bool:
        """Takes one sandbox that has been quiet for long, and asks it whether it lives. False: none is."""
        now = time.monotonic()
        with self._lock:
            quiet = [
                sandbox
                for stock in self._stocks.values()
                for sandbox in stock.ready()
                if now - sandbox.last_heard > self._ping_after_s
            ]
            if not quiet or self._draining:
                return False
            sandbox = quiet[0]
            stock = self._stocks[sandbox.spec]
            stock.remove(sandbox)
            self._pinged = sandbox
        alive = False
        try:
            with contextlib.suppress(SandboxError):
                sandbox.ping(PING_TIMEOUT_S)
                alive = True
        finally:  # a bug of ours must not have us wait for one that never comes back
            with self._lock:
                self._pinged = None
                if alive:
                    stock.add(sandbox)
                    self._serve()
                self._refill()
            if not alive:
                self._end(sandbox)
        return True

    def _end(self, sandbox: Sandbox) -> None:
        """Has the engine end a sandbox that may not end by itself, in another thread: a frozen engine takes long."""
        sandbox.cancel()

        def end() -> None:
            sandbox.kill()
            sandbox.close()

        try:
            self._starters.submit(end)
        except RuntimeError:  # the pool is closed
            end()


def queue_full(waiting: int) -> NoCapacityError:
    """What a submission is told when so many wait already."""
    return NoCapacityError(f"all sandboxes are busy and {waiting} submissions wait already")


def _copy(error: ZukoError) -> ZukoError:
    """Each waiter raises an error of its own: one shared instance would collect all their tracebacks."""
    return type(error)(*error.args) if isinstance(error, UnavailableError) else EngineError(str(error))
