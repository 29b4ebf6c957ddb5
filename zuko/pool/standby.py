"""One sandbox ready and one created, for a process that serves one request at a time and is frozen in between.

    created ──asked to start──> starting ──hello──> ready ──leased──> busy ──used up──> gone
       ^                                              ^                 │
       └── made while no request waits                └──────runs left──┘

AWS Lambda freezes a process as soon as it has responded: threads that refill a pool would stop half-way, and their
connections would go stale. So the next sandbox is created ahead, and asking for its start is one packet, sent before
the response: the engine starts it while the process is frozen. After a thaw a sandbox that was quiet for a while is
pinged first, and one that has ended is replaced within the request.

That is for one kind of sandbox; one of another kind is started when it is asked for.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from zuko.caller import OURSELVES, Caller
from zuko.engine.container import Container
from zuko.errors import DrainingError, EngineError, NoCapacityError, SandboxError, ZukoError
from zuko.pool.keeper import SWEEP_S
from zuko.pool.lease import Lease, Leases, Reservation, Terms
from zuko.pool.source import PoolStatus
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Hello, SandboxSpec

log = logging.getLogger(__name__)

QUIET_S: Final = 2.0  # after this, a sandbox shows that it is there before it gets a program
PING_TIMEOUT_S: Final = 1.0  # a round trip takes a millisecond; a connection that died answers never
START_TIMEOUT_S: Final = 5.0  # for a start that was asked for before a freeze; it takes 0.2 to 0.5 s
ATTEMPTS: Final = 2  # to start one while a request waits: on the address in use, and on the next one


class Standby:
    """The sandboxes where there is one request at a time: a `SandboxSource`. Any thread may call any method.

    Args:
        create: makes a container of a kind, attached and not started; may raise ZukoError.
        kept: the kind that one is kept ready of.
        sweep: removes what other processes left behind; called now and then, while no request waits.
    """

    slots: Final = 1

    def __init__(
        self,
        create: Callable[[SandboxSpec], Container],
        kept: SandboxSpec,
        sweep: Callable[[], int] = lambda: 0,
    ) -> None:
        self._create = create
        self._kept = kept
        self._sweep = sweep
        self._sweep_at = 0.0
        self._lock = threading.Lock()
        self._work = ThreadPoolExecutor(1, thread_name_prefix="zuko-standby")  # one: what it does is done in order
        self.leases = Leases(Terms(self._take_back, lambda spec, _: self._create(spec).finish_start()))
        self._ready: Sandbox | None = None
        self._starting: tuple[Container, Future[Sandbox]] | None = None
        self._created: Container | None = None
        self._used_up: list[tuple[Sandbox, bool]] = []  # and whether it is broken
        self._hello: Hello | None = None
        self._last_error: ZukoError | None = None
        self._draining = False

    def open(self) -> None:
        """Begin to start the first sandbox; returns at once."""
        self._submit(self._refill)

    def reserve(self, spec: SandboxSpec, caller: Caller = OURSELVES) -> Reservation:
        """Reserve a sandbox; the future is already done when one is at hand. See `SandboxSource.reserve`.

        Raises:
            NoCapacityError: another program is running.
            DrainingError: the service is ending.
        """
        self.after_response()  # an error may have come in between
        with self._lock:
            if self._draining:
                raise DrainingError("the service is shutting down")
            if self.leases.lent():
                raise NoCapacityError("the one sandbox is busy")
            reservation: Reservation = Future()
            sandbox = None
            if spec == self._kept:
                sandbox, self._ready = self._ready, None
                if sandbox is not None and _is_at_hand(sandbox):
                    self._lend(sandbox, reservation)
                    return reservation
        try:
            threading.Thread(target=self._fetch, args=(spec, sandbox, reservation), daemon=True).start()
        except RuntimeError:  # no thread can be had
            if sandbox is not None:
                self._keep_ready(sandbox)
            raise
        return reservation

    def after_response(self) -> None:
        """Ask for the next sandbox if the last one is used up: when the response is made, and not sent yet.

        Asking takes a packet. The engine's work then takes 0.2 s of CPU time, perhaps of this machine's: the later
        the better.
        """
        with self._lock:
            used_up, self._used_up = self._used_up, []
        try:
            if any(sandbox.spec == self._kept for sandbox, _ in used_up):
                self._replace()
        finally:
            for sandbox, broken in used_up:
                if broken:
                    self._end(sandbox)
                else:
                    sandbox.close()

    def status(self, _: SandboxSpec) -> PoolStatus:
        """Return the state at this moment."""
        with self._lock:
            return PoolStatus(
                slots=self.slots,
                ready=int(self._ready is not None),
                starting=int(self._starting is not None),
                busy=len(self.leases.lent()),
                waiting=0,
                draining=self._draining,
                last_error=None if self._last_error is None else str(self._last_error),
            )

    def hello(self, _: SandboxSpec) -> Hello | None:
        """Return the hello of the newest sandbox; None before the first."""
        return self._hello

    def drain(self) -> None:
        """Refuse reservations from now on; runs go on."""
        with self._lock:
            self._draining = True

    def close(self, timeout_s: float) -> None:
        """Drain, wait at most `timeout_s` for a run, and end everything."""
        self.drain()
        self.leases.wait_for_release(time.monotonic() + timeout_s)
        self.leases.cancel_all()
        self.after_response()
        self._work.shutdown(wait=True)
        with self._lock:
            sandbox, self._ready = self._ready, None
            starting, self._starting = self._starting, None
            created, self._created = self._created, None
        if sandbox is not None:
            sandbox.close()
        if starting is not None and starting[1].exception() is None:
            starting[1].result().close()
        if created is not None:
            created.discard()

    def _take_back(self, lease: Lease, broken: bool) -> None:
        """End a lease. A sandbox with runs left is used again; any other is replaced by `after_response`."""
        sandbox = lease.sandbox
        with self._lock:
            self.leases.remove(lease)
            keep = not broken and sandbox.end_submission() and not self._draining
            keep = keep and sandbox.spec == self._kept
            if not keep:
                self._used_up.append((sandbox, broken))
        if keep:
            self._keep_ready(sandbox)
        elif self._draining:
            self.after_response()  # no other call may come

    def _fetch(self, spec: SandboxSpec, sandbox: Sandbox | None, reservation: Reservation) -> None:
        """Check the sandbox at hand, or get another, for a reservation that has to wait."""
        try:
            if sandbox is not None and not _answers(sandbox):
                log.info("the sandbox that was ready has gone; it is replaced")
                self._end(sandbox)
                sandbox = None
            if spec != self._kept:
                sandbox = self._create(spec).finish_start()
            elif sandbox is None:
                sandbox = self._obtain(time.monotonic() + START_TIMEOUT_S)
        except ZukoError as error:
            if spec == self._kept:
                self._record(error)
            if reservation.set_running_or_notify_cancel():
                reservation.set_exception(error)
            return
        except BaseException as error:  # a bug of ours must not leave a request waiting
            log.exception("no sandbox could be had")
            reservation.set_exception(error)
            return
        with self._lock:
            draining = self._draining
            lent = not draining and self._lend(sandbox, reservation)
        if not lent:
            self._keep_ready(sandbox)
        if draining and reservation.set_running_or_notify_cancel():
            reservation.set_exception(DrainingError("the service is shutting down"))

    def _obtain(self, deadline: float) -> Sandbox:
        """Return a sandbox by what comes first: the one that is starting, the one that is created, a new one.

        Raises:
            ZukoError: none can be started.
        """
        self._await_start(deadline)
        error: ZukoError | None = None
        for _ in range(ATTEMPTS):
            with self._lock:
                sandbox, self._ready = self._ready, None
            try:
                if sandbox is not None:
                    if _answers(sandbox):
                        return sandbox
                    self._end(sandbox)
                with self._lock:
                    container, self._created = self._created, None
                if container is None or container.has_ended():
                    _discard(container)
                    container = self._create(self._kept)
                sandbox = container.finish_start()
            except (EngineError, SandboxError) as failed:
                error = failed
                continue
            self._learn(sandbox)
            return sandbox
        raise error or SandboxError("no sandbox could be started")

    def _await_start(self, deadline: float) -> None:
        with self._lock:
            starting = self._starting
        if starting is None:
            return
        container, future = starting
        try:
            future.result(max(deadline - time.monotonic(), 0.001))
        except TimeoutError:
            with self._lock:
                if self._starting is starting:  # else it has started just now, and may be leased
                    container.cancel()  # its connection died during a freeze, or the engine is in trouble
        except Exception as error:  # noqa: BLE001 - also a bug in that start: this request gets another sandbox
            log.info("the sandbox that was asked for did not start: %s", error)

    def _replace(self) -> None:
        """Ask for the start of the created container. The rest is done whenever this process runs."""
        with self._lock:
            container, self._created = self._created, None
            if self._draining:
                self._created = container  # for `close`
                return
        unusable: Container | None = None
        if container is not None:
            try:
                if container.has_ended():
                    raise EngineError("the container that was created ahead has gone")
                if not container.ask_start():
                    log.info("the start of the next sandbox is asked for late: there was no connection for it")
            except ZukoError as error:
                log.info("the start of the next sandbox could not be asked for: %s", error)
                unusable, container = container, None
        with self._lock:  # `close` drains with it, and ends the worker later
            draining = self._draining
            if not draining:
                if unusable is not None:
                    self._submit(unusable.discard)
                if container is not None:
                    future: Future[Sandbox] = Future()
                    self._starting = container, future
                    self._submit(self._finish, container, future)
                self._submit(self._refill)
        if draining:
            _discard(container or unusable)

    def _finish(self, container: Container, future: Future[Sandbox]) -> None:
        try:
            sandbox = container.finish_start()
        except BaseException as error:  # a bug of ours must not leave a request waiting
            self._end_start(future)
            future.set_exception(error)
            if not isinstance(error, ZukoError):
                raise
            self._record(error)
            return
        self._learn(sandbox)
        self._end_start(future)
        self._keep_ready(sandbox)
        future.set_result(sandbox)

    def _end_start(self, future: Future[Sandbox]) -> None:
        with self._lock:
            if self._starting is not None and self._starting[1] is future:
                self._starting = None

    def _refill(self) -> None:
        """Start a sandbox where there is none, and create the container for the next."""
        with self._lock:
            bare = self._ready is None and self._starting is None and not self.leases.lent() and not self._draining
            container, self._created = self._created, None
        try:
            if container is not None and container.has_ended():
                container.discard()
                container = None
            if bare:
                starting, container = container or self._create(self._kept), None
                future: Future[Sandbox] = Future()
                with self._lock:
                    self._starting = starting, future
                self._finish(starting, future)
            if container is None and not self._draining:
                container = self._create(self._kept)
                container.prepare()
        except ZukoError as error:
            self._record(error)
        finally:
            with self._lock:
                spare, self._created = self._created, container
            _discard(spare)
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_S
            with contextlib.suppress(ZukoError):
                self._sweep()

    def _keep_ready(self, sandbox: Sandbox) -> None:
        """Make it the one that is ready, if there is none."""
        with self._lock:
            if self._ready is None and not self._draining and sandbox.spec == self._kept:
                self._ready = sandbox
                return
        sandbox.close()

    def _end(self, sandbox: Sandbox) -> None:
        """Have the engine end a sandbox that may not end by itself, in the worker: a frozen engine takes long."""
        sandbox.close()
        try:
            self._submit(sandbox.kill)
        except RuntimeError:  # closed
            sandbox.kill()

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        """Have the one worker do it. A bug of ours must not end in silence."""

        def logged() -> None:
            try:
                work(*arguments)
            except Exception:
                log.exception("the next sandbox could not be prepared")

        self._work.submit(logged)

    def _lend(self, sandbox: Sandbox, reservation: Reservation) -> bool:
        """Lend it; called with the lock held. Return False if the reservation was given up."""
        if not reservation.set_running_or_notify_cancel():
            return False
        reservation.set_result(self.leases.lend(sandbox))
        return True

    def _learn(self, sandbox: Sandbox) -> None:
        with self._lock:
            self._hello = sandbox.hello
            self._last_error = None

    def _record(self, error: ZukoError) -> None:
        log.warning("no sandbox can be started: %s", error)
        with self._lock:
            self._last_error = error


def _is_at_hand(sandbox: Sandbox) -> bool:
    """Return whether it needs no ping: it was heard a moment ago and has not ended since."""
    return time.monotonic() - sandbox.last_heard < QUIET_S and not sandbox.has_ended()


def _answers(sandbox: Sandbox) -> bool:
    if _is_at_hand(sandbox):
        return True
    try:
        sandbox.ping(PING_TIMEOUT_S)
    except SandboxError:
        return False
    return True


def _discard(container: Container | None) -> None:
    if container is not None:
        container.discard()
