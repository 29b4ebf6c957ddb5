"""A bell in one process: who waits for a change is woken, and looks again.

The order matters: listen, then look, then wait. A change after the look has rung by then, so the wait ends at once.

    with bell.listening(submission_id) as wakeup:
        while not (ended := look()):
            await wakeup.wait(25.0)

A ring is a hint, and may be for nothing; it may be missed where another process makes the change, so a wait has an end.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

EVERYTHING: Final = "*"  # rings for every topic: what changed is not known


class Wakeup:
    """A listener's own end of the bell, in an event loop. A ring between two waits is kept."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the listener; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._rung.set)
        except RuntimeError:  # the loop has ended, and its listeners with it
            return

    async def wait(self, timeout_s: float) -> bool:
        """Wait for a ring since the last wait; False: none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class Bell:
    """Rings by topic: a submission's id, or the queue. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Wakeup]] = {}

    @contextmanager
    def listening(self, *topics: str) -> Iterator[Wakeup]:
        """Yield the wakeup of a listener to these topics; in an event loop."""
        wakeup = Wakeup()
        with self._lock:
            for topic in topics:
                self._listeners.setdefault(topic, set()).add(wakeup)
        try:
            yield wakeup
        finally:
            with self._lock:
                for topic in topics:
                    listeners = self._listeners[topic]
                    listeners.discard(wakeup)
                    if not listeners:
                        del self._listeners[topic]

    @property
    def has_listeners(self) -> bool:
        """True if anyone would hear a ring."""
        return bool(self._listeners)

    def ring(self, *topics: str) -> None:
        """Wake the listeners of these topics; EVERYTHING: all."""
        with self._lock:
            if EVERYTHING in topics:
                wakeups = set[Wakeup]().union(*self._listeners.values())
            else:
                wakeups = set[Wakeup]().union(*(self._listeners.get(topic, ()) for topic in topics))
        for wakeup in wakeups:
            wakeup.ring()
