"""Sandboxes that are started when they are asked for, for a process that runs a few programs and ends.

A pool keeps spares, and starting one takes 0.1 s of CPU time: beside the one program of a command that is a waste, and
noise in its figures. So there is what is asked for and nothing more. A sandbox belongs to no core: of two commands that
run at the same time neither knows which cores the other has taken.

This class has the methods of `zuko.pool.pool.Pool`, and takes its place.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from zuko.errors import DrainingError
from zuko.pool.companions import Companions
from zuko.pool.pool import PoolStatus, Reservation
from zuko.pool.stock import Core
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Hello, SandboxSpec

log = logging.getLogger(__name__)


class OnDemand:
    """The sandboxes of a command. Every method may be called from any thread.

    The engine is asked in threads of our own: the exception that a signal raises in the main thread never comes
    between a container's creation and its start, and `close` waits for what is under way.

    Args:
        start: makes a sandbox of a kind; may raise ZukoError.
        slots: sandboxes that a command uses at a time, but for companions: with the one that is asked for, spares of
            its kind are started.
    """

    def __init__(self, start: Callable[[SandboxSpec], Sandbox], slots: int) -> None:
        self._start = start
        self._slots = slots
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(2 * slots, thread_name_prefix="zuko-start")
        self._spares: list[Reservation] = []  # all of one kind
        self._spare_kind: SandboxSpec | None = None
        self._alive: set[Sandbox] = set()  # but for companions
        self._companions = Companions()
        self._draining = False

    def open(self) -> None:
        """Nothing is started before it is asked for."""

    def reserve(self, spec: SandboxSpec) -> Reservation:
        """A future whose result is a sandbox that the caller must `give_back`. Spares that are left are ended.

        It fails with EngineError or ImageMissingError when none can be made.

        Raises:
            DrainingError: the command is ending.
        """
        with self._lock:
            if self._draining:
                raise DrainingError("the command is ending")
            left = self._spares
            reservation = self._threads.submit(self._start_one, spec)
            self._spares = [self._threads.submit(self._start_one, spec) for _ in range(self._slots - 1)]
            self._spare_kind = spec
        for spare in left:
            self.abandon(spare)
        return reservation

    def borrow_spare(self, spec: SandboxSpec) -> Sandbox | None:
        """One of the spares that have been started, to be given back; None: there are none by now."""
        while (spare := self._take_spare(spec)) is not None:
            error = spare.exception()
            if error is not None:
                log.info("a sandbox could not be started: %s", error)
            elif spare.result().has_ended():
                log.info("a sandbox has ended before it was used")
                self.give_back(spare.result(), broken=True)
            else:
                return spare.result()
        return None

    def is_waited_for(self) -> bool:
        """False: a command waits for nobody but itself."""
        return False

    def abandon(self, reservation: Reservation) -> None:
        """Gives up a reservation, whether it has been served meanwhile or not."""
        reservation.cancel()
        reservation.add_done_callback(self._close_result)

    def cancel(self, reservation: Reservation) -> None:
        """Ends the run for which a sandbox was reserved."""
        if reservation.done() and not reservation.cancelled() and reservation.exception() is None:
            reservation.result().cancel()

    def cancel_all(self) -> None:
        """Ends every run; whoever waits for one gets an error at once."""
        with self._lock:
            for sandbox in self._alive:
                sandbox.cancel()
        self._companions.cancel_all()

    def start_companion(self, spec: SandboxSpec, _: Core) -> Sandbox:
        """A sandbox beside one that the caller has; see `Pool.start_companion`."""
        with self._lock:
            if self._draining:
                raise DrainingError("the command is ending")
            starting = self._threads.submit(self._companions.start, lambda: self._start(spec))
        try:
            return starting.result()
        except BaseException:  # a signal's: what comes of it is nobody's
            self.abandon(starting)
            raise

    def give_back(self, sandbox: Sandbox, *, broken: bool = False) -> None:
        """Ends a loan, and the sandbox."""
        with self._lock:
            self._alive.discard(sandbox)
        if broken:
            sandbox.kill()
        sandbox.close()

    def status(self, spec: SandboxSpec) -> PoolStatus:
        """What there is at this moment."""
        with self._lock:
            return PoolStatus(
                slots=self._slots,
                ready=0,
                starting=len(self._spares) if spec == self._spare_kind else 0,
                busy=len(self._alive),
                waiting=0,
                draining=self._draining,
                problem=None,
            )

    def hello(self, _: SandboxSpec) -> Hello | None:
        """None: nobody asks a command for it."""
        return None

    def drain(self) -> None:
        """From now on nothing is handed out."""
        with self._lock:
            self._draining = True

    def close(self, _: float = 0.0) -> None:
        """Ends every sandbox. To be called when nothing runs any more, or to end what does."""
        self.drain()
        self.cancel_all()
        self._threads.shutdown(wait=True)  # those that wait for a thread fail at once
        with self._lock:
            left, self._alive = self._alive, set()
        for sandbox in left:
            sandbox.close()

    def _start_one(self, spec: SandboxSpec) -> Sandbox:
        with self._lock:
            draining = self._draining
        if draining:
            raise DrainingError("the command is ending")
        sandbox = self._start(spec)
        with self._lock:
            if not self._draining:
                self._alive.add(sandbox)
                return sandbox
        sandbox.close()
        raise DrainingError("the command is ending")

    def _take_spare(self, spec: SandboxSpec) -> Reservation | None:
        """One whose start has ended, well or not."""
        with self._lock:
            if spec != self._spare_kind:
                return None
            started = (spare for spare in self._spares if spare.done() and not spare.cancelled())
            spare = next(started, None)
            if spare is not None:
                self._spares.remove(spare)
            return spare

    def _close_result(self, reservation: Reservation) -> None:
        if not reservation.cancelled() and reservation.exception() is None:
            self.give_back(reservation.result())
