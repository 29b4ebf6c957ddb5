"""An orderly end at SIGTERM: running submissions finish, new ones get 503, then the server stops.

uvicorn by itself closes its listening socket at once, so that the kernel refuses new requests and no response says why.
Its handler is kept, and called when the last submission has its response.
"""

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Final

log = logging.getLogger(__name__)

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
# A terminal signals a whole group of processes, and a launcher in it (`uv run`) passes its copy on to us. That is not a
# second signal.
_ECHO_S: Final = 0.5


class Drain:
    """A delay of the server's own signal handlers until no submission is running. A second signal ends those that are.

    Args:
        begin: called once, in the event loop, at the first signal.
        idle: waits until no submission is running.
        running: returns how many programs are running.
        cut: ends them; called when some still run after `timeout_s`, and at a second signal.
        timeout_s: time that running submissions have.
    """

    def __init__(
        self,
        begin: Callable[[], None],
        idle: Callable[[], Awaitable[object]],
        running: Callable[[], int],
        cut: Callable[[], None],
        timeout_s: float,
    ) -> None:
        self._begin = begin
        self._idle = idle
        self._running = running
        self._cut = cut
        self._timeout_s = timeout_s
        self._previous: dict[int, Callable[[int, FrameType | None], object]] = {}
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._seen_at: float | None = None

    def install(self) -> None:
        """Replace the handlers that the server has set. Outside the main thread, as in tests, do nothing."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            previous = signal.getsignal(number)
            if callable(previous) and previous is not signal.default_int_handler:
                self._previous[number] = previous
                signal.signal(number, self._handle)

    def restore(self) -> None:
        """Restore the server's handlers."""
        for number, previous in self._previous.items():
            if signal.getsignal(number) == self._handle:
                signal.signal(number, previous)
        self._previous.clear()
        if self._task is not None:
            self._task.cancel()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._seen_at is not None and now - self._seen_at < _ECHO_S:
            return
        if self._seen_at is not None or self._loop is None:
            if self._task is not None:
                # The server's handler is called below. A second call would make the server skip its shutdown.
                self._task.cancel()
            if self._loop is not None:
                # In the loop, because the code that this signal interrupts may hold the lock that `cut` takes.
                self._loop.call_soon_threadsafe(self._cut)
            self._previous[number](number, frame)
            return
        self._seen_at = now
        self._loop.call_soon_threadsafe(self._start, number)

    def _start(self, number: int) -> None:
        if running := self._running():
            log.info(
                "finishing %d running program%s, at most %g s; the same signal again ends them",
                running,
                "" if running == 1 else "s",
                self._timeout_s,
            )
        self._begin()
        self._task = asyncio.get_running_loop().create_task(self._finish(number))

    async def _finish(self, number: int) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._idle()
        except TimeoutError:
            self._cut()
        if previous := self._previous.get(number):
            previous(number, None)
