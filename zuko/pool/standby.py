"""One sandbox ready and one created, for a process that serves one request at a time and is frozen in between.

    created ──asked to start──> starting ──hello──> ready ──handed out──> busy ──used up──> gone
       ^                                              ^                     │
       └── made while nobody waits                    └──────runs left──────┘

Where AWS Lambda freezes a process as soon as it has answered, threads that refill a pool would stop half-way and their
connections go stale. So the next sandbox is created ahead, and asking for its start is one packet, sent before the
answer: the engine starts it while we are frozen. After a thaw nothing is believed: a sandbox that was quiet for a while
is pinged first, and one that has gone is replaced within the request.

That is for one kind of sandbox; one of another kind is started when it is asked for. This class has the methods of
`zuko.pool.pool.Pool`, and takes its place.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from zuko.engine.engine import Container
from zuko.errors import DrainingError, EngineError, NoCapacityError, SandboxError, ZukoError
from zuko.pool.companions import Companions
from zuko.pool.pool import SWEEP_S, PoolStatus, Reservation
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Hello, SandboxSpec

log = logging.getLogger(__name__)

QUIET_S: Final = 2.0  # after this, a sandbox shows that it is there before it gets a program
PING_TIMEOUT_S: Final = 1.0  # a round trip takes a millisecond; a connection that died answers never
START_TIMEOUT_S: Final = 5.0  # for a start that was asked for before a freeze; it takes 0.2 to 0.5 s
ATTEMPTS: Final = 2  # to start one while somebody waits: on the address in use, and on the next one


class Standby:
    """The sandboxes where there is one request at a time. Every method may be called from any thread.

    Args:
        create: makes a container of a kind, attached and not started; may raise ZukoError.
        kept: the kind that one is kept ready of.
        sweep: removes what other processes left behind; called now and then, while nobody waits.
    """

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
        self._ready: Sandbox | None = None
        self._starting: tuple[Container, Future[Sandbox]] | None = None
        self._created: Container | None = None
        self._busy: dict[Sandbox, Reservation] = {}
        self._used_up: list[tuple[Sandbox, bool]] = []  # and whether it may not end by itself
        self._companions = Companions()
        self._hello: Hello | None = None
        self._problem: ZukoError | None = None
        self._draining = False

    def open(self) -> None:
        """Begins to start the first sandbox; returns at once."""
        self._submit(self._refill)

    def reserve(self, spec: SandboxSpec) -> Reservation:
        """A future whose result is a sandbox that the caller must `give_back`; already done when one is at hand.

        It fails with EngineError or ImageMissingError when none can be made.

        Raises:
            NoCapacityError: somebody else's program is running.
            DrainingError: the service is ending.
        """
        self.settle()  # nobody may have, after an error
        with self._lock:
            if self._draining:
                raise DrainingError("the service is shutting down")
            if self._busy:
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
                self._keep(sandbox)
            raise
        return reservation

    def borrow_spare(self, spec: SandboxSpec) -> Sandbox | None:
        """None: there is one sandbox at a time."""
        return None

    def is_waited_for(self) -> bool:
        """False: nobody waits, or it could not be helped."""
        return False

    def abandon(self, reservation: Reservation) -> None:
        """Gives up a reservation, whether it has been served meanwhile or not."""
        if not reservation.cancel() and reservation.exception() is None:
            self.give_back(reservation.result())

    def cancel(self, reservation: Reservation) -> None:
        """Ends the run for which a sandbox was reserved, if it still has it."""
        with self._lock:
            for sandbox, lent_to in self._busy.items():
                if lent_to is reservation:
                    sandbox.cancel()

    def cancel_all(self) -> None:
        """Ends every run; whoever waits for one gets an error at once."""
        with self._lock:
            for sandbox in self._busy:
                sandbox.cancel()
        self._companions.cancel_all()

    def start_companion(self, spec: SandboxSpec, _: int | None) -> Sandbox:
        """A sandbox beside the one that the caller has; see `Pool.start_companion`."""
        return self._companions.start(lambda: self._create(spec).finish_start())

    def give_back(self, sandbox: Sandbox, *, broken: bool = False) -> None:
        """Ends a loan. A sandbox with runs left is used again; any other is replaced by `settle`."""
        with self._lock:
            self._busy.pop(sandbox, None)
            keep = not broken and sandbox.end_submission() and not self._draining
            keep = keep and sandbox.spec == self._kept
            if not keep:
                self._used_up.append((sandbox, broken))
        if keep:
            self._keep(sandbox)
        elif self._draining:
            self.settle()  # nobody else may do it any more

    def settle(self) -> None:
        """Asks for the next sandbox if the last one is used up: when the answer is made, and not sent yet.

        Asking takes a packet. What the engine then does takes 0.2 s of CPU time, perhaps of this machine's: the later
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
        """What there is at this moment."""
        with self._lock:
            return PoolStatus(
                slots=1,
                ready=int(self._ready is not None),
                starting=int(self._starting is not None),
                busy=len(self._busy),
                waiting=0,
                draining=self._draining,
                problem=None if self._problem is None else str(self._problem),
            )

    def hello(self, _: SandboxSpec) -> Hello | None:
        """What the newest sandbox said of itself; None before the first."""
        return self._hello

    def drain(self) -> None:
        """From now on nothing is handed out; who runs may finish."""
        with self._lock:
            self._draining = True

    def close(self, timeout_s: float) -> None:
        """Drains, waits at most `timeout_s` for a run, ends everything."""
        self.drain()
        deadline = time.monotonic() + timeout_s
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.01)
        self.cancel_all()
        self.settle()
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

    def _fetch(self, spec: SandboxSpec, sandbox: Sandbox | None, reservation: Reservation) -> None:
        """For who has to wait: makes sure of the sandbox at hand, or gets another."""
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
                self._note(error)
            if reservation.set_running_or_notify_cancel():
                reservation.set_exception(error)
            return
        except BaseException as error:  # a bug of ours must not leave somebody waiting
            log.exception("no sandbox could be had")
            reservation.set_exception(error)
            return
        with self._lock:
            draining = self._draining
            lent = not draining and self._lend(sandbox, reservation)
        if not lent:
            self._keep(sandbox)
        if draining and reservation.set_running_or_notify_cancel():
            reservation.set_exception(DrainingError("the service is shutting down"))

    def _obtain(self, deadline: float) -> Sandbox:
        """A sandbox by what comes first: the one that is starting, the one that is created, a new one.

        Raises:
            ZukoError: why none can be started.
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
                if self._starting is starting:  # else it has started just now, and may be somebody's
                    container.cancel()  # its connection died while we were frozen, or the engine is in trouble
        except ZukoError as error:
            log.info("the sandbox that was asked for did not start: %s", error)

    def _replace(self) -> None:
        """Asks for the start of the created container. The rest is for whenever this process runs."""
        with self._lock:
            container, self._created = self._created, None
            if self._draining:
                self._created = container  # for `close`
                return
        of_no_use: Container | None = None
        if container is not None:
            try:
                if container.has_ended():
                    raise EngineError("the container that was created ahead has gone")
                if not container.ask_start():
                    log.info("the start of the next sandbox is asked for late: there was no connection for it")
            except ZukoError as error:
                log.info("the start of the next sandbox could not be asked for: %s", error)
                of_no_use, container = container, None
        with self._lock:  # `close` drains with it, and ends the worker later
            draining = self._draining
            if not draining:
                if of_no_use is not None:
                    self._submit(of_no_use.discard)
                if container is not None:
                    future: Future[Sandbox] = Future()
                    self._starting = container, future
                    self._submit(self._finish, container, future)
                self._submit(self._refill)
        if draining:
            _discard(container or of_no_use)

    def _finish(self, container: Container, future: Future[Sandbox]) -> None:
        try:
            sandbox = container.finish_start()
        except BaseException as error:  # a bug of ours must not leave somebody waiting
            self._end_start(future)
            future.set_exception(error)
            if not isinstance(error, ZukoError):
                raise
            self._note(error)
            return
        self._learn(sandbox)
        self._end_start(future)
        self._keep(sandbox)
        future.set_result(sandbox)

    def _end_start(self, future: Future[Sandbox]) -> None:
        with self._lock:
            if self._starting is not None and self._starting[1] is future:
                self._starting = None

    def _refill(self) -> None:
        """Starts a sandbox where there is none, and creates the container for the next."""
        with self._lock:
            bare = self._ready is None and self._starting is None and not self._busy and not self._draining
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
            self._note(error)
        finally:
            with self._lock:
                spare, self._created = self._created, container
            _discard(spare)
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_S
            with contextlib.suppress(ZukoError):
                self._sweep()

    def _keep(self, sandbox: Sandbox) -> None:
        """Makes it the one that is ready, if there is none."""
        with self._lock:
            if self._ready is None and not self._draining and sandbox.spec == self._kept:
                self._ready = sandbox
                return
        sandbox.close()

    def _end(self, sandbox: Sandbox) -> None:
        """Has the engine end a sandbox that may not end by itself, later: a frozen engine takes long."""
        sandbox.close()
        try:
            self._submit(sandbox.kill)
        except RuntimeError:  # closed
            sandbox.kill()

    def _submit(self, work: Callable[..., None], *arguments: object) -> None:
        """Has the one worker do it. A bug of ours must not end in silence."""

        def logged() -> None:
            try:
                work(*arguments)
            except Exception:
                log.exception("the next sandbox could not be prepared")

        self._work.submit(logged)

    def _lend(self, sandbox: Sandbox, reservation: Reservation) -> bool:
        """Called with the lock held. False: nobody waits for it any more."""
        if not reservation.set_running_or_notify_cancel():
            return False
        self._busy[sandbox] = reservation
        reservation.set_result(sandbox)
        return True

    def _learn(self, sandbox: Sandbox) -> None:
        with self._lock:
            self._hello = sandbox.hello
            self._problem = None

    def _note(self, error: ZukoError) -> None:
        log.warning("no sandbox can be started: %s", error)
        with self._lock:
            self._problem = error


def _is_at_hand(sandbox: Sandbox) -> bool:
    """Whether it needs no ping: it was heard of a moment ago and has not ended since."""
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
