"""A submission that a worker holds, and its events, which are stored a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.model import Claim, Event, Hold

EVENTS_S: Final = 0.1  # at least this long between two writes of a submission's events


class Stop(Enum):
    """Why a worker ends a submission early."""

    LOST = auto()  # it holds it no longer
    CANCELLED = auto()  # it is to end
    DRAINED = auto()  # the worker ends
    LATE = auto()  # it was claimed ahead, and no slot is free soon


class Events:
    """The events of an attempt, in their order.

    Args:
        hold: of the attempt.
        write: stores events; False: the attempt is over.
    """

    def __init__(self, hold: Hold, write: Callable[[Hold, list[Event]], Awaitable[bool]]) -> None:
        self._hold = hold
        self._write = write
        self._count = 0
        self._waiting: list[Event] = []
        self._writing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    def add(self, data: str) -> None:
        """Add an event; it is stored soon."""
        self._count += 1
        self._waiting.append(Event(self._hold.attempt, self._count, data))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon())

    @property
    def are_stored(self) -> bool:
        """Return whether there is nothing to flush."""
        return not self._waiting and not self._lock.locked()

    async def flush(self) -> None:
        """Store what was not stored yet.

        Raises:
            StoreError: the store does not answer; nothing is lost by it.
        """
        async with self._lock:
            events = self._waiting.copy()  # others come while these are being written
            if events and await self._write(self._hold, events):
                self._waiting = self._waiting[len(events) :]
            elif events:
                self._waiting = []  # no one wants them

    def stop(self) -> None:
        """Store nothing more by itself."""
        if self._writing is not None:
            self._writing.cancel()

    async def _write_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(EVENTS_S)
            try:
                await self.flush()
            except StoreError:
                continue  # with the next ones, or with the result
        self._writing = None


@dataclass(eq=False, slots=True)
class Job:
    """A submission that a worker holds."""

    claim: Claim
    events: Events
    claimed_at: float  # by the clock of `time.monotonic`
    doing: "asyncio.Task[None] | None" = None  # the execution, and the end in the store; None: it waits for a slot
    stopped: Stop | None = None
    is_listened_for: bool = False  # its rings: it may be cancelled, or lost
    takes_slot: bool = False  # from its beginning to the end of its execution
    is_executed: bool = False  # now: its task may be cancelled

    def stop(self, reason: Stop) -> None:
        """End the execution, if it goes on; once, as what ends it may take a while, and must not be ended itself."""
        if self.stopped is None and self.is_executed and self.doing is not None:
            self.doing.cancel()
        if self.stopped is None or reason is Stop.LOST:
            self.stopped = reason
