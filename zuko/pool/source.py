"""The contract of a source of sandboxes: `Pool` in a service, `Standby` in a function, `OnDemand` in a command."""

from dataclasses import dataclass, field
from typing import Protocol

from zuko.caller import OURSELVES, Caller
from zuko.pool.lease import Leases, Reservation
from zuko.types import Hello, SandboxSpec


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """A source at one moment, as one kind of sandbox sees it."""

    slots: int  # runs that may go on at a time; 0 until the Docker host has first answered
    ready: int  # sandboxes of this kind
    starting: int  # of this kind
    busy: int  # of any kind
    waiting: int  # reservations of any kind
    draining: bool
    last_error: str | None  # why the last start of this kind failed; None when it did not


@dataclass(slots=True)
class Census:
    """The sandboxes of one image at one moment."""

    ready: int = 0
    starting: int = 0
    busy: int = 0
    cell_ages_s: list[float] = field(default_factory=list)  # of those that serve many submissions


class SandboxSource(Protocol):
    """Hands out sandboxes under leases. Any thread may call any method."""

    leases: Leases  # every sandbox that is held; `leases.cancel_all()` ends every run

    def open(self) -> None:
        """Begin to work; returns at once."""

    def reserve(self, spec: SandboxSpec, caller: Caller = OURSELVES) -> Reservation:
        """Take a place in the waiting line; the future's result is a lease of a sandbox of this kind.

        The future fails with EngineError or ImageMissingError if no sandbox can be made, and with DrainingError if the
        source is closed meanwhile; with NoCapacityError if others that have fewer places need its own. `give_up` ends
        the wait.

        Args:
            spec: the kind.
            caller: whose share of the line and of the sandboxes it takes.

        Raises:
            NoCapacityError: the line is full.
            OverLimitError: the caller has its share of the line's places.
            DrainingError: the source is draining.
        """

    @property
    def slots(self) -> int:
        """Return how many runs may go on at a time; 0 until the Docker host has first answered."""

    def status(self, spec: SandboxSpec) -> PoolStatus:
        """Return the source's state at this moment."""

    def hello(self, spec: SandboxSpec) -> Hello | None:
        """Return the hello of the newest sandbox of this kind; None before the first."""

    def drain(self) -> None:
        """Refuse reservations from now on, and fail those that wait; runs go on."""

    def close(self, timeout_s: float) -> None:
        """Drain, wait for the runs until `timeout_s` after draining began, and end every sandbox."""
