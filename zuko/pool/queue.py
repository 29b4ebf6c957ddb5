"""The waiting line of a pool: bounded, first come first served among those whose kind is ready.

It has no lock of its own: the caller holds the pool's.
"""

from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import dataclass

from zuko.errors import EngineError, NoCapacityError, UnavailableError, ZukoError
from zuko.pool.lease import Reservation
from zuko.types import SandboxSpec


@dataclass(frozen=True, slots=True)
class Waiter:
    """A reservation in the line, and the kind of sandbox that it is for."""

    spec: SandboxSpec
    reservation: Reservation


class WaitingLine:
    """Reservations that have not been served.

    Args:
        size: reservations that may wait.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiters: deque[Waiter] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiters)

    def __len__(self) -> int:
        """Return how many still wait, without those that gave up."""
        return sum(not each.reservation.cancelled() for each in self._waiters)

    def add(self, spec: SandboxSpec) -> Reservation:
        """Append a reservation. The caller has asked `check_room` unless it can be served at once."""
        reservation: Reservation = Future()
        self._waiters.append(Waiter(spec, reservation))
        return reservation

    def check_room(self) -> None:
        """Refuse another waiter if the line is full.

        Raises:
            NoCapacityError: it is.
        """
        if len(self._waiters) >= self._size:
            self._waiters = deque(each for each in self._waiters if not each.reservation.cancelled())
        if len(self._waiters) >= self._size:
            raise NoCapacityError.of_full_line(len(self._waiters))

    def has_waiters(self) -> bool:
        """Return whether anyone still waits."""
        return any(not each.reservation.cancelled() for each in self._waiters)

    def awaited(self) -> Counter[SandboxSpec]:
        """Return how many wait for each kind."""
        return Counter(each.spec for each in self._waiters if not each.reservation.cancelled())

    def pop(self) -> Waiter | None:
        """Take the first waiter that has not given up; None: no one waits."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.reservation.cancelled():
                return waiter
        return None

    def put_first(self, unserved: list[Waiter]) -> None:
        """Put waiters that were popped back at the front, in their order."""
        self._waiters.extendleft(reversed(unserved))

    def fail(self, error: ZukoError, spec: SandboxSpec | None = None) -> None:
        """Fail those who wait for a kind, or all."""
        others: deque[Waiter] = deque()
        for waiter in self._waiters:
            if spec is not None and waiter.spec != spec:
                others.append(waiter)
            elif waiter.reservation.set_running_or_notify_cancel():
                waiter.reservation.set_exception(_copy(error))
        self._waiters = others


def _copy(error: ZukoError) -> ZukoError:
    """Return an error of the same kind: a shared instance would collect the tracebacks of all its waiters."""
    return type(error)(*error.args) if isinstance(error, UnavailableError) else EngineError(str(error))
