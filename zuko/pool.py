"""Sandboxes started ahead of need; hands one out, replaces it, drains at exit.

    starting ──hello──> ready ──handed out──> busy ──used up, broken──> gone
                 ^        │ ended by itself      │
                 │        └──────> gone          └──runs left──> ready (audited before its next run)
             refill <── whenever fewer are ready, starting or coming back than wanted

A *slot* is the right to run at a time: one for each core. A sandbox belongs to a core from its start, so it is
handed out only when that core has a slot free. Who asks gets a future and waits in one bounded queue, first come
first served; an asker that gives up cancels it. No thread waits for a sandbox.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from zuko.errors import DrainingError, EngineError, NoCapacityError, SandboxError, UnavailableError, ZukoError
from zuko.sandbox import Sandbox
from zuko.types import Hello

log = logging.getLogger(__name__)

THREADS_MAX: Final = 32  # for starting and ending sandboxes
BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0)  # between failed attempts to start a sandbox
REMIND_S: Final = 60.0  # a problem that lasts is logged this often, however often it is met
ANSWER_S: Final = 0.02  # after a run: its answer is made and sent in this time
WATCH_S: Final = 0.25  # how soon an idle sandbox that ended is noticed
PING_TIMEOUT_S: Final = 5.0
SWEEP_S: Final = 60.0

Reservation = Future[Sandbox]


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """The pool at one moment."""

    slots: int  # runs that may go on at a time; 0 until the Docker host has first answered
    ready: int
    starting: int
    busy: int
    waiting: int
    draining: bool
    problem: str | None  # why the last start failed; None when it did not


@dataclass(frozen=True, slots=True)
class _Loan:
    reservation: Reservation
    comes_back: bool  # the sandbox has runs left after this one


class Pool:
    """Sandboxes of one language. Every method may be called from any thread.

    Args:
        start: makes a sandbox on a core; may raise ZukoError.
        find_slots: the core of each slot, None for an unpinned one; asked until it first answers.
        ready: sandboxes wanted ahead of need for each slot.
        queue_size: reservations that may wait.
        idle_s: a sandbox that hears nothing for this long ends; the pool pings well before.
        sweep: removes what other services left behind; called now and then.
    """

    def __init__(
        self,
        start: Callable[[int | None], Sandbox],
        find_slots: Callable[[], Sequence[int | None]],
        *,
        ready: int,
        queue_size: int,
        idle_s: int,
        sweep: Callable[[], int] = lambda: 0,
    ) -> None:
        self._start = start
        self._find_slots = find_slots
        self._sweep = sweep
        self._ready_wanted = ready
        self._queue_size = queue_size
        self._ping_after_s = idle_s / 3
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._slots: Counter[int | None] = Counter()
        self._free: Counter[int | None] = Counter()
        self._ready: dict[int | None, deque[Sandbox]] = {}
        self._starting: Counter[int | None] = Counter()
        self._busy: dict[Sandbox, _Loan] = {}
        self._waiting: deque[Reservation] = deque()
        self._used_up: list[Sandbox] = []  # to be closed by the keeper
        self._failures: Counter[int | None] = Counter()  # in a row, of starts on a core
        self._problem: ZukoError | None = None
        self._told_at: dict[str, float] = {}  # problems in the log, until all are over
        self._retry_at: dict[int | None, float] = {}
        self._draining = False
        self._drained_at = 0.0
        self._sweep_at = 0.0
        self._hello: Hello | None = None
        self._stopped = threading.Event()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._starters = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="zuko-start")
        self._keeper = threading.Thread(target=self._keep, name="zuko-pool", daemon=True)

    def open(self) -> None:
        """Begins to fill; returns at once."""
        self._keeper.start()

    def reserve(self) -> Reservation:
        """A place in the queue; the future's result is a sandbox that the caller must `give_back`.

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
            if len(self._waiting) >= self._queue_size and not self._can_serve():
                self._waiting = deque(future for future in self._waiting if not future.cancelled())
                if len(self._waiting) >= self._queue_size:
                    raise NoCapacityError(f"all sandboxes are busy and {len(self._waiting)} submissions wait already")
            self._waiting.append(reservation)
            self._serve()
            if self._problem is not None and self._nothing_to_hope_for():
                self._fail_waiting(self._problem)
        return reservation

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
        """Ends every run; whoever waits for one gets an error at once."""
        with self._lock:
            for sandbox in self._busy:
                sandbox.cancel()

    def give_back(self, sandbox: Sandbox, *, broken: bool = False) -> None:
        """Ends a loan. A sandbox with runs left is used again; any other is ended and replaced."""
        with self._lock:
            self._busy.pop(sandbox, None)
            self._free[sandbox.core] += 1
            keep = not broken and sandbox.end_submission() and not self._draining
            if keep:
                # Last in, first out: what ran a moment ago is warm.
                self._ready[sandbox.core].appendleft(sandbox)
            self._serve()
            # Its end and its successor's start take 0.2 s of CPU and this process's interpreter lock now and then, and
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

    def status(self) -> PoolStatus:
        """The pool at this moment."""
        with self._lock:
            return PoolStatus(
                slots=self._slots.total(),
                ready=sum(map(len, self._ready.values())),
                starting=self._starting.total(),
                busy=len(self._busy),
                waiting=sum(not future.cancelled() for future in self._waiting),
                draining=self._draining,
                problem=None if self._problem is None else str(self._problem),
            )

    @property
    def hello(self) -> Hello | None:
        """What the newest sandbox said of itself; None before the first."""
        return self._hello

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
        self._starters.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            idle = [sandbox for ready in self._ready.values() for sandbox in ready]
            self._ready = {core: deque() for core in self._ready}
            os.close(self._wake)
        self._close_used_up()
        for sandbox in idle:
            sandbox.close()

    # What follows is called with the lock held, but for _keep and what it calls.

    def _can_serve(self) -> bool:
        return any(self._free[core] > 0 and ready for core, ready in self._ready.items())

    def _nothing_to_hope_for(self) -> bool:
        return not self._busy and not self._can_serve() and self._starting.total() == 0

    def _serve(self) -> None:
        """Hands ready sandboxes to who waits, as long as there are slots."""
        while self._waiting:
            if self._waiting[0].cancelled():
                self._waiting.popleft()
                continue
            sandbox = self._pick()
            if sandbox is None:
                return
            reservation = self._waiting.popleft()
            if not reservation.set_running_or_notify_cancel():
                self._ready[sandbox.core].appendleft(sandbox)
                continue
            self._lend(sandbox, reservation)
            reservation.set_result(sandbox)
            # While others are ready, the run's end is soon enough: until then its slot is taken anyway.
            if not self._ready[sandbox.core]:
                self._refill()

    def _lend(self, sandbox: Sandbox, reservation: Reservation) -> None:
        self._free[sandbox.core] -= 1
        self._busy[sandbox] = _Loan(reservation, comes_back=sandbox.runs_left > 1)

    def _pick(self) -> Sandbox | None:
        """A ready sandbox whose core has a slot free, off its stock; None: there is none."""
        while True:
            # The core with most to spare, so that all cores are used and their stocks shrink alike.
            stock = max(
                (ready for core, ready in self._ready.items() if ready and self._free[core] > 0),
                key=lambda ready: (self._free[ready[0].core] / self._slots[ready[0].core], len(ready)),
                default=None,
            )
            if stock is None:
                return None
            sandbox = stock.popleft()
            if not sandbox.has_ended():
                return sandbox
            sandbox.close()
            self._refill()

    def _fail_waiting(self, error: ZukoError) -> None:
        while self._waiting:
            reservation = self._waiting.popleft()
            if reservation.set_running_or_notify_cancel():
                reservation.set_exception(_copy(error))

    def _refill(self) -> None:
        """Starts what is missing. One that is busy and comes back counts, one on its last run does not."""
        if self._draining or self._stopped.is_set():
            return
        now = time.monotonic()
        coming_back = Counter(sandbox.core for sandbox, loan in self._busy.items() if loan.comes_back)
        missing = {
            core: slots * self._ready_wanted - len(self._ready[core]) - self._starting[core] - coming_back[core]
            for core, slots in self._slots.items()
            if now >= self._retry_at.get(core, 0)
        }
        for core in missing.keys() & self._failures.keys():  # one attempt tells as much as ten
            missing[core] = min(missing[core], 1 - self._starting[core])
        # A start costs 0.2 s of CPU: more of them at a time only delay each other, and what runs.
        room = max(2, self._slots.total() // 2) - self._starting.total()
        for core, count in sorted(missing.items(), key=lambda item: -item[1]):
            for _ in range(min(count, room)):
                room -= 1
                self._starters.submit(self._start_one, core)
                self._starting[core] += 1

    def _start_one(self, core: int | None) -> None:
        sandbox: Sandbox | None = None
        problem: ZukoError | None = None
        try:
            sandbox = self._start(core)
        except ZukoError as error:
            problem = error
        except Exception:  # a bug of ours must not empty the pool silently
            log.exception("a sandbox could not be started")
            problem = EngineError("a sandbox could not be started; the reason is in the server's log")
        with self._lock:
            self._starting[core] -= 1
            if sandbox is not None:
                self._forget_failures(core)
                self._hello = sandbox.hello
                if not self._draining:
                    self._ready[core].append(sandbox)
                    sandbox = None
                self._serve()
            elif problem is not None:
                self._note_failure(problem, core)
            self._refill()
            self._changed.notify_all()
        if sandbox is not None:
            sandbox.close()

    def _note_failure(self, problem: ZukoError, core: int | None = None) -> None:
        now = time.monotonic()
        # By its text: where the host is away, each of its cores meets the same.
        if now - self._told_at.get(str(problem), -REMIND_S) >= REMIND_S:
            self._told_at[str(problem)] = now
            log.warning("no sandbox can be started%s: %s", "" if core is None else f" on core {core}", problem)
        self._retry_at[core] = now + BACKOFF_S[min(self._failures[core], len(BACKOFF_S) - 1)]
        self._failures[core] += 1
        self._problem = problem
        if self._nothing_to_hope_for():
            self._fail_waiting(problem)

    def _forget_failures(self, core: int | None = None) -> None:
        self._failures.pop(core, 0)
        if self._told_at and not self._failures:
            self._told_at.clear()
            log.info("sandboxes can be started again")
        self._retry_at.pop(core, None)
        self._problem = None

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
            self._refill()
        self._drop_ended()
        while self._ping_quiet():
            pass
        if time.monotonic() >= self._sweep_at and not self._failures:
            self._sweep_at = time.monotonic() + SWEEP_S
            with contextlib.suppress(ZukoError):
                self._sweep()

    def _learn_slots(self) -> None:
        try:
            slots = Counter(self._find_slots())
        except ZukoError as error:
            with self._lock:
                self._note_failure(error)
                pause_s = self._retry_at[None] - time.monotonic()
            self._stopped.wait(pause_s)
            return
        with self._lock:
            self._ready = {core: deque() for core in slots}
            self._slots, self._free = slots, slots.copy()
            self._forget_failures()

    def _drop_ended(self) -> None:
        """Waits a moment for an idle sandbox to end, and drops those that have."""
        with self._lock:
            idle = {sandbox.fileno(): sandbox for ready in self._ready.values() for sandbox in ready}
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
                if sandbox in self._ready[sandbox.core] and sandbox.has_ended():
                    self._ready[sandbox.core].remove(sandbox)
                    dropped.append(sandbox)
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
                for ready in self._ready.values()
                for sandbox in ready
                if now - sandbox.last_heard > self._ping_after_s
            ]
            if not quiet or self._draining:
                return False
            sandbox = quiet[0]
            self._ready[sandbox.core].remove(sandbox)
        alive = True
        try:
            sandbox.ping(PING_TIMEOUT_S)
        except SandboxError:
            alive = False
        with self._lock:
            if alive:
                self._ready[sandbox.core].append(sandbox)
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
            sandbox.close()


def _copy(error: ZukoError) -> ZukoError:
    """Each waiter raises an error of its own: one shared instance would collect all their tracebacks."""
    return type(error)(*error.args) if isinstance(error, UnavailableError) else EngineError(str(error))
