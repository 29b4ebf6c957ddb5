"""The waiting line of a pool: bounded, and fair between callers; first come first served within one.

It has no lock of its own: the caller holds the pool's.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from zuko.caller import OURSELVES, Caller
from zuko.errors import EngineError, NoCapacityError, UnavailableError, ZukoError
from zuko.fair import FairQueue
from zuko.pool.lease import Reservation
from zuko.types import SandboxSpec


@dataclass(frozen=True, slots=True)
class Waiter:
    """A reservation in the line, the kind of sandbox that it is for, and who asked for it."""

    spec: SandboxSpec
    reservation: Reservation
    caller: Caller


class WaitingLine:
    """Reservations that have not been served.

    Args:
        size: reservations that may wait.
        runs_of: returns how many sandboxes a caller has.
    """

    def __init__(self, size: int, runs_of: Callable[[str], int] = lambda _: 0) -> None:
        self._runs_of = runs_of
        self._queue = FairQueue[Waiter](size, lambda waiter: waiter.reservation.cancelled())

    def __bool__(self) -> bool:
        return bool(self._queue)

    def __len__(self) -> int:
        """Return how many still wait, without those that gave up."""
        return sum(1 for _ in self._queue)

    def add(self, spec: SandboxSpec, caller: Caller = OURSELVES) -> Reservation:
        """Append a reservation. The caller has asked `make_room` unless it can be served at once."""
        reservation: Reservation = Future()
        self._queue.add(caller, Waiter(spec, reservation, caller))
        return reservation

    def make_room(self, caller: Caller = OURSELVES) -> None:
        """Refuse another waiter if the line is full.

        If another caller has more waiters than this one, the newest of those is refused instead.

        Raises:
            NoCapacityError: it is full.
            OverLimitError: the caller has its share of the places.
        """
        has_room, displaced = self._queue.make_room(caller)
        if not has_room:
            raise NoCapacityError.of_full_line(len(self))
        if displaced is not None and displaced.reservation.set_running_or_notify_cancel():
            displaced.reservation.set_exception(NoCapacityError.of_full_line(len(self) + 1))

    def may_run(self, caller: Caller) -> bool:
        """Return whether a caller may have another sandbox."""
        return caller.may_run(self._runs_of(caller.name))

    def has_waiters(self, caller: Caller = OURSELVES) -> bool:
        """Return whether anyone waits for what a caller has.

        Those that have as many sandboxes as they may have wait for their own, and not for those of others.
        """
        return any(
            waiting.name == caller.name or waiting.may_run(self._runs_of(waiting.name)) for waiting, _ in self._queue
        )

    def awaited(self) -> Counter[SandboxSpec]:
        """Return how many wait for each kind."""
        return Counter(waiter.spec for _, waiter in self._queue)

    def able(self) -> Iterator[Waiter]:
        """Yield those that may have another sandbox, caller by caller."""
        return (waiter for caller, waiter in self._queue if self.may_run(caller))

    def pop(self, is_ready: Callable[[SandboxSpec, str], bool] = lambda _, __: True) -> Waiter | None:
        """Take the next waiter that has not given up and whose kind is ready for it; None: there is none.

        Args:
            is_ready: called with a kind and the name of a caller.
        """
        known: dict[tuple[SandboxSpec, str], bool] = {}

        def knows_ready(waiter: Waiter) -> bool:
            key = waiter.spec, waiter.caller.name
            ready = known.get(key)
            if ready is None:
                ready = known[key] = is_ready(*key)
            return ready

        found = self._queue.take(self._runs_of, knows_ready)
        return None if found is None else found[1]

    def put_first(self, waiter: Waiter) -> None:
        """Put a waiter that was popped back at the front."""
        self._queue.add_first(waiter.caller, waiter)

    def fail(self, error: ZukoError, spec: SandboxSpec | None = None) -> None:
        """Fail those who wait for a kind, or all."""
        for waiter in self._queue.remove_if(lambda waiter: spec is None or waiter.spec == spec):
            if waiter.reservation.set_running_or_notify_cancel():
                waiter.reservation.set_exception(_copy(error))


def _copy(error: ZukoError) -> ZukoError:
    """Return an error of the same kind: a shared instance would collect the tracebacks of all its waiters."""
    return type(error)(*error.args) if isinstance(error, UnavailableError) else EngineError(str(error))
