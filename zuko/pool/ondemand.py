"""Sandboxes that are started when they are asked for, for a process that runs a few programs and ends.

A pool keeps spares, and starting one takes 0.1 s of CPU time: beside the one program of a command that is a waste, and
noise in its figures. So what is asked for is started and nothing else. Each sandbox has a core, the one that this
command uses least; of two commands at the same time neither knows which cores the other uses, so each begins with
another one.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from zuko.caller import OURSELVES, Caller
from zuko.errors import DrainingError
from zuko.pool.lease import Lease, Leases, Reservation, Terms
from zuko.pool.source import PoolStatus
from zuko.pool.stock import Core
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Hello, SandboxSpec

log = logging.getLogger(__name__)


class OnDemand:
    """The sandboxes of a command: a `SandboxSource`. Any thread may call any method.

    Starts have threads of their own: the exception that a signal raises in the main thread never comes between a
    container's creation and its start, and `close` waits for those that are under way.

    Args:
        start: makes a sandbox of a kind, on a core; may raise ZukoError.
        find_cores: returns the cores that sandboxes are put on, the first one first; called once.
        slots: sandboxes that a command uses at a time, without companions: with the one that is reserved, spares of
            its kind are started.
    """

    def __init__(
        self,
        start: Callable[[SandboxSpec, Core], Sandbox],
        slots: int,
        find_cores: Callable[[], Sequence[Core]] = lambda: (None,),
    ) -> None:
        self._start = start
        self._find_cores = find_cores
        self._cores: Counter[Core] = Counter()  # sandboxes that were started on each; empty until the host has answered
        self.slots = slots
        self._lock = threading.Lock()
        self.leases = Leases(Terms(self._take_back, self._start_companion, self._try_borrow))
        self._spares: list[Future[Sandbox]] = []  # all of one kind
        self._spare_kind: SandboxSpec | None = None
        self._hellos: dict[SandboxSpec, Hello] = {}
        self._draining = False

    def open(self) -> None:
        """Make the threads for starts; nothing is started before it is asked for."""
        self._threads = ThreadPoolExecutor(2 * self.slots, thread_name_prefix="zuko-start")

    def reserve(self, spec: SandboxSpec, caller: Caller = OURSELVES) -> Reservation:
        """Start a sandbox, and spares of its kind; the spares of an earlier call that are left are ended.

        See `SandboxSource.reserve`.
        """
        with self._lock:
            if self._draining:
                raise DrainingError("the command is ending")
            reservation: Reservation = Future()
            self._threads.submit(self._serve, spec, reservation)
            left = self._spares
            self._spares = [self._threads.submit(self._start_one, spec) for _ in range(self.slots - 1)]
            self._spare_kind = spec
        for spare in left:
            _discard(spare)
        return reservation

    def status(self, spec: SandboxSpec) -> PoolStatus:
        """Return the state at this moment."""
        with self._lock:
            spares = self._spares if spec == self._spare_kind else []
            return PoolStatus(
                slots=self.slots,
                ready=sum(_is_started(spare) for spare in spares),
                starting=sum(not spare.done() for spare in spares),
                busy=len(self.leases.lent()),
                waiting=0,
                draining=self._draining,
                last_error=None,
            )

    def hello(self, spec: SandboxSpec) -> Hello | None:
        """Return the hello of the newest sandbox of this kind; None before the first."""
        return self._hellos.get(spec)

    def drain(self) -> None:
        """Refuse reservations from now on, and fail those that wait; runs go on."""
        with self._lock:
            self._draining = True

    def close(self, timeout_s: float) -> None:
        """Drain, wait at most `timeout_s` for the runs, and end every sandbox."""
        self.drain()
        self.leases.wait_for_release(time.monotonic() + timeout_s)
        self.leases.cancel_all()
        with self._lock:
            spares, self._spares = self._spares, []
        for spare in spares:
            _discard(spare)
        self._threads.shutdown(wait=True)  # starts that wait for a thread fail at once
        for sandbox in self.leases.lent():
            sandbox.close()

    def _serve(self, spec: SandboxSpec, reservation: Reservation) -> None:
        """Start a sandbox for a reservation, which may be given up meanwhile."""
        try:
            sandbox = self._start_one(spec)
        except BaseException as error:  # noqa: BLE001 - a bug of ours must not leave a command waiting
            if reservation.set_running_or_notify_cancel():
                reservation.set_exception(error)
            return
        if reservation.set_running_or_notify_cancel():
            reservation.set_result(self.leases.lend(sandbox))
        else:
            sandbox.close()

    def _start_one(self, spec: SandboxSpec, beside: Core = None) -> Sandbox:
        self._check_open()
        sandbox = self._start(spec, self._choose_core() if beside is None else beside)
        try:
            self._check_open()
        except DrainingError:
            sandbox.close()
            raise
        if not spec.beside:
            self._hellos[spec] = sandbox.hello
        return sandbox

    def _choose_core(self) -> Core:
        if not self._cores:
            cores = self._find_cores()
            with self._lock:
                self._cores = self._cores or Counter(dict.fromkeys(cores, 0))
        with self._lock:
            core = min(self._cores, key=self._cores.__getitem__)
            self._cores[core] += 1
        return core

    def _check_open(self) -> None:
        with self._lock:
            if self._draining:
                raise DrainingError("the command is ending")

    def _try_borrow(self, spec: SandboxSpec, root: Lease) -> Lease | None:
        """Return a lease of a spare that has been started; None: there is none by now."""
        while (spare := self._take_spare(spec)) is not None:
            error = spare.exception()
            if error is not None:
                log.info("a sandbox could not be started: %s", error)
                continue
            sandbox = spare.result()
            if not sandbox.has_ended():
                return self.leases.lend(sandbox, root)
            log.info("a sandbox has ended before it was used")
            sandbox.close()
        return None

    def _take_spare(self, spec: SandboxSpec) -> Future[Sandbox] | None:
        """Take a spare whose start has ended, well or not."""
        with self._lock:
            if spec != self._spare_kind:
                return None
            spare = next((each for each in self._spares if each.done()), None)
            if spare is not None:
                self._spares.remove(spare)
            return spare

    def _start_companion(self, spec: SandboxSpec, core: Core) -> Sandbox:
        return self._start_one(spec, core)

    def _take_back(self, lease: Lease, broken: bool) -> None:
        if broken:
            lease.sandbox.kill()
        lease.sandbox.close()
        self.leases.remove(lease)


def _discard(spare: Future[Sandbox]) -> None:
    """End a spare, as soon as it has been started."""
    spare.cancel()
    spare.add_done_callback(_close_result)


def _close_result(spare: Future[Sandbox]) -> None:
    if _is_started(spare):
        spare.result().close()


def _is_started(spare: Future[Sandbox]) -> bool:
    return spare.done() and not spare.cancelled() and spare.exception() is None
