"""Leases: the one record of who holds which sandbox.

    source ── lend ──> Lease ── sandbox             the run's own
                         │   └─ companion(spec)     beside it: a checker's, an interactor's
                         └─ try_borrow() ──> Lease  a second sandbox of the kind, as long as no one waits for it

`Leases` holds an entry for each of these sandboxes. `Lease.cancel` ends all that belong to one lease, those that it
borrowed included; `Leases.cancel_all` ends every one.
"""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from zuko.caller import OURSELVES, Caller
from zuko.errors import DrainingError, EngineError, NoCapacityError, SandboxError
from zuko.pool.stock import Core
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Isolation, SandboxSpec


@dataclass(frozen=True, slots=True)
class Terms:
    """The operations of a source that its leases call."""

    take_back: Callable[["Lease", bool], None]  # ends the lease; True: the sandbox is broken
    start: Callable[[SandboxSpec, Core], Sandbox]  # a companion on a core
    borrow: Callable[[SandboxSpec, "Lease"], "Lease | None"] = lambda _, __: None
    has_waiters: Callable[[Caller], bool] = lambda _: False  # whether others wait for what a caller has


class Lease:
    """The right to use a sandbox until the end of the `with` block. For one thread at a time, except `cancel`."""

    def __init__(self, sandbox: Sandbox, leases: "Leases", root: "Lease | None", caller: Caller = OURSELVES) -> None:
        self.sandbox = sandbox
        self.caller: Caller = caller if root is None else root.caller
        self.wait_s: float | None = None  # that its holder waited for it
        self.may_sleep = False  # its core may be lent to others while its program sleeps
        self.loans = 0  # of its core, so far
        self._leases = leases
        self._root = root or self  # shares its cancellation with those that were borrowed
        self._is_broken = False
        self._is_cancelled = False  # of the root
        self._is_released = False

    def __enter__(self) -> Self:
        if self._is_released:
            raise SandboxError("the sandbox was released before its run began")
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        # An error leaves the sandbox in an unknown state, unless it says that a run was not begun.
        if error is not None and not isinstance(error, NoCapacityError):
            self.mark_broken()
        self.release()

    @property
    def has_waiters(self) -> bool:
        """Return whether others wait for a sandbox: what was borrowed should be released soon."""
        return self._leases.terms.has_waiters(self.caller)

    @property
    def is_cancelled(self) -> bool:
        """Return whether `cancel` was called on this lease, its root, or one with the same root."""
        return self._root._is_cancelled

    def companion(self, spec: SandboxSpec, *, talks: bool = False) -> Sandbox:
        """Start a sandbox beside this one, on its core and without a slot: the two take turns.

        It ends with the lease, or earlier by `end_companion`.

        Args:
            spec: how to make it.
            talks: its program talks with another one of this lease, so it can be linked where the host allows that.

        Raises:
            EngineError: the Docker host does not answer, or refuses.
            ImageMissingError: the image is not on the Docker host.
            SandboxError: the sandbox did not start, or the lease was cancelled.
            DrainingError: the service has ended every run.
        """
        own = self.sandbox
        if talks and not self._is_broken and own.hello.isolation is Isolation.NAMESPACES and not own.has_ended():
            with contextlib.suppress(EngineError):  # it may end just now
                return self._leases._start_companion(self, replace(spec, beside=own.container_id))
        return self._leases._start_companion(self, spec)

    def end_companion(self, sandbox: Sandbox, *, broken: bool = False) -> None:
        """End a companion; a broken one by the engine, as it may not end otherwise."""
        self._leases._remove(sandbox)
        _end(sandbox, broken=broken)

    def try_borrow(self) -> "Lease | None":
        """Return a lease of one more sandbox of this kind if one is ready that no one waits for."""
        return self._leases.terms.borrow(self.sandbox.spec, self._root)

    def mark_broken(self) -> None:
        """Have the sandbox ended by the engine when the lease ends: it may be in any state."""
        self._is_broken = True

    def cancel(self) -> None:
        """End every sandbox of this lease, of its root, and of those borrowed from it. From any thread.

        After the release it does nothing: by then the sandbox may be leased to others.
        """
        self._leases._cancel(self._root)

    def release(self) -> None:
        """End the lease. Calling it again does nothing."""
        companions = self._leases._begin_release(self)
        if companions is None:
            return
        # The sandbox first: others may wait for it.
        self._leases.terms.take_back(self, self._is_broken or self.is_cancelled)
        for sandbox in companions:
            _end(sandbox, broken=self.is_cancelled)


@dataclass(frozen=True, slots=True)
class _Entry:
    lease: Lease
    is_companion: bool


class Leases:
    """Every sandbox that is held, companions included. Any thread may call any method.

    Args:
        terms: what the source does for holders.
    """

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._lock = threading.Lock()  # innermost: no other lock is taken while it is held
        self._removed = threading.Condition(self._lock)
        self._held: dict[Sandbox, _Entry] = {}
        self._runs: Counter[str] = Counter()  # leases by the name of the caller
        self._has_ended = False

    def lend(self, sandbox: Sandbox, root: Lease | None = None, caller: Caller = OURSELVES) -> Lease:
        """Record a new lease of a caller; `root` is the one that it is borrowed for, by the same caller."""
        lease = Lease(sandbox, self, root, caller)
        with self._lock:
            self._held[sandbox] = _Entry(lease, is_companion=False)
            self._runs[lease.caller.name] += 1
            if self._has_ended or lease.is_cancelled:
                sandbox.cancel()
        return lease

    def remove(self, lease: Lease) -> None:
        """Remove the record of a lease; for the source, when it takes the sandbox back."""
        self._remove(lease.sandbox)

    def runs_of(self, caller: str) -> int:
        """Return how many sandboxes are leased to a caller, without companions."""
        with self._lock:
            return self._runs[caller]

    def lent(self) -> list[Sandbox]:
        """Return the sandboxes that are leased, without companions."""
        with self._lock:
            return [sandbox for sandbox, entry in self._held.items() if not entry.is_companion]

    def leases(self) -> list[Lease]:
        """Return the leases, without those of companions."""
        with self._lock:
            return [entry.lease for entry in self._held.values() if not entry.is_companion]

    def wait_for_release(self, deadline: float) -> None:
        """Wait until no sandbox is leased, at most until a deadline on the monotonic clock."""
        with self._lock:
            while any(not entry.is_companion for entry in self._held.values()):
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    return
                self._removed.wait(left_s)

    def cancel_all(self) -> None:
        """End every sandbox that is held, now and from now on; a run in one gets an error at once."""
        with self._lock:
            self._has_ended = True
            for sandbox in self._held:
                sandbox.cancel()

    def _cancel(self, root: Lease) -> None:
        with self._lock:
            root._is_cancelled = True
            for sandbox, entry in self._held.items():
                if entry.lease._root is root:
                    sandbox.cancel()

    def _begin_release(self, lease: Lease) -> list[Sandbox] | None:
        """Mark a lease as released and remove its companions, which are returned. None: it was released before."""
        with self._lock:
            if lease._is_released:
                return None
            lease._is_released = True
            companions = [each for each, entry in self._held.items() if entry.lease is lease and entry.is_companion]
            for sandbox in companions:
                del self._held[sandbox]
            return companions

    def _start_companion(self, lease: Lease, spec: SandboxSpec) -> Sandbox:
        with self._lock:
            self._check(lease)
        sandbox = self.terms.start(spec, lease.sandbox.core)
        try:
            with self._lock:
                self._check(lease)
                self._held[sandbox] = _Entry(lease, is_companion=True)
        except (DrainingError, SandboxError):
            sandbox.close()
            raise
        return sandbox

    def _check(self, lease: Lease) -> None:
        if self._has_ended:
            raise DrainingError("the service is shutting down")
        if lease.is_cancelled:
            raise SandboxError("the run was cancelled")

    def _remove(self, sandbox: Sandbox) -> None:
        with self._lock:
            entry = self._held.pop(sandbox, None)
            if entry is not None and not entry.is_companion:
                name = entry.lease.caller.name
                self._runs[name] -= 1
                if not self._runs[name]:
                    del self._runs[name]  # there may be any number of callers over time
            self._removed.notify_all()


Reservation = Future[Lease]  # a place in the waiting line; its result is to be released


def give_up(reservation: Reservation) -> None:
    """Give up a reservation, whether it has been served meanwhile or not."""
    if not reservation.cancel() and reservation.exception() is None:
        reservation.result().release()


def _end(sandbox: Sandbox, *, broken: bool) -> None:
    if broken:
        sandbox.kill()
    sandbox.close()
