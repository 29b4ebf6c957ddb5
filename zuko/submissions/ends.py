"""Stores the ends of submissions, several in one transaction: those that come while others are being stored, and while
the worker has the next ones to do at once, those of GATHER_S.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.model import End

GATHER_S: Final = 0.04  # that an end waits for others
TOGETHER_MAX: Final = 16  # ends
TOGETHER_CHARACTERS: Final = 1 << 18  # of their results; a longer one is stored by itself
AT_A_TIME: Final = 2  # calls of the store


class Ends:
    """The ends that are to be stored.

    Args:
        write: stores ends; returns for each whether its attempt was held. May raise StoreError.
        may_gather: returns whether an end may wait for others.
    """

    def __init__(self, write: Callable[[Sequence[End]], Awaitable[list[bool]]], may_gather: Callable[[], bool]) -> None:
        self._write = write
        self._may_gather = may_gather
        self._waiting: deque[tuple[End, asyncio.Future[bool]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._storing: set[asyncio.Task[None]] = set()

    async def store(self, end: End) -> bool:
        """Store an end, with others; return whether its attempt was held.

        Raises:
            StoreError: the store does not answer, or has not stored one of the others: try again with `store_alone`.
        """
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((end, stored))
        if not self._may_gather() or len(self._waiting) >= TOGETHER_MAX:
            self._begin()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._begin)
        return await stored

    async def store_alone(self, end: End) -> bool:
        """Store an end by itself; return whether its attempt was held.

        Raises:
            StoreError: the store does not answer.
        """
        return (await self._write([end]))[0]

    def _begin(self) -> None:
        """Store what waits, if the store has time for it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting and len(self._storing) < AT_A_TIME:
            storing = asyncio.create_task(self._store(self._take()))
            self._storing.add(storing)
            storing.add_done_callback(self._note_stored)

    def _note_stored(self, storing: asyncio.Task[None]) -> None:
        self._storing.discard(storing)
        self._begin()

    def _take(self) -> list[tuple[End, asyncio.Future[bool]]]:
        taken = [self._waiting.popleft()]
        characters = len(taken[0][0].result or "")
        while self._waiting and len(taken) < TOGETHER_MAX:
            characters += len(self._waiting[0][0].result or "")
            if characters > TOGETHER_CHARACTERS:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _store(self, taken: list[tuple[End, asyncio.Future[bool]]]) -> None:
        try:
            kept = await self._write([end for end, _ in taken])
        except Exception as error:  # noqa: BLE001 - for those who wait
            if len(taken) > 1 and not isinstance(error, StoreError):  # which of them is the cause is not known
                error = StoreError(f"an end could not be stored with others: {type(error).__name__}")
            for _, stored in taken:
                if not stored.done():
                    stored.set_exception(error)
        else:
            for (_, stored), was_held in zip(taken, kept, strict=True):
                if not stored.done():
                    stored.set_result(was_held)
