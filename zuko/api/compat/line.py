"""The line in which requests of façades wait, in front of the queue for sandboxes."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from zuko.caller import OURSELVES, Caller
from zuko.errors import NoCapacityError, OverLimitError
from zuko.fair import FairQueue


class Room(NamedTuple):
    """How many requests may pass at a time."""

    of_all: int
    of_one: int  # caller: one that sends many leaves the rest to others


class Line:
    """Lets some requests of façades pass at a time, fairly between callers. For one event loop.

    Clients of other systems send hundreds of requests at a time and wait for minutes. In the queue for sandboxes they
    would take every place, and requests of our own interface would be refused.

    Args:
        room: returns how many may pass at a time.
        size: requests that may wait.
        on_limit: called with the limit that a caller has passed.
    """

    def __init__(self, room: Callable[[], Room], size: int, on_limit: Callable[[str], object] = lambda _: None) -> None:
        self._room = room
        self._on_limit = on_limit
        self._passed: Counter[str] = Counter()  # by caller
        self._waiting = FairQueue[asyncio.Future[None]](size, lambda turn: turn.done())

    @contextlib.asynccontextmanager
    async def turn(self, timeout_s: float, caller: Caller = OURSELVES) -> AsyncIterator[None]:
        """Wait for a turn, which is over when the block ends.

        Raises:
            NoCapacityError: too many wait, or none came in time.
            OverLimitError: the caller has its share of the places.
        """
        self._let_pass()  # there may be more room than when the last one left
        room, passed = self._room(), self._passed[caller.name]
        if self._passed.total() < room.of_all and passed < room.of_one and caller.may_run(passed):
            self._passed[caller.name] += 1
        else:
            await self._wait(timeout_s, caller)
        try:
            yield
        finally:
            self._leave(caller)

    async def _wait(self, timeout_s: float, caller: Caller) -> None:
        try:
            has_room, displaced = self._waiting.make_room(caller)
        except OverLimitError as error:
            self._on_limit(error.limit)
            raise
        if not has_room:
            raise NoCapacityError.of_full_line(self._count())
        if displaced is not None:
            displaced.set_exception(NoCapacityError.of_full_line(self._count() + 1))
        turn = asyncio.get_running_loop().create_future()
        self._waiting.add(caller, turn)
        try:
            async with asyncio.timeout(timeout_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:  # it came at the same moment
                self._leave(caller)
            if isinstance(error, TimeoutError):
                runs = caller.allowance.runs
                if runs is not None and self._passed[caller.name] >= runs:
                    late = OverLimitError.of_runs(runs, timeout_s)
                    self._on_limit(late.limit)
                    raise late from error
                raise NoCapacityError(f"no sandbox became free within {timeout_s:g} s; try again later") from error
            raise

    def _leave(self, caller: Caller) -> None:
        self._passed[caller.name] -= 1
        if not self._passed[caller.name]:
            del self._passed[caller.name]
        self._let_pass()

    def _let_pass(self) -> None:
        room = self._room() if self._waiting else Room(0, 0)
        while self._passed.total() < room.of_all:
            found = self._waiting.take(self._passed.__getitem__, lambda _: True, room.of_one)
            if found is None:
                return
            caller, turn = found
            turn.set_result(None)
            self._passed[caller.name] += 1

    def _count(self) -> int:
        return sum(1 for _ in self._waiting)
