"""A bell in one process: who waits for a change is woken, and looks again.

The order matters: listen, then look, then wait. A change after the look has rung by then, so the wait ends at once.

    with bell.listening(submission_id) as wakeup:
        while not (ended := look()):
            await wakeup.wait(25.0)

A ring is a hint, and may be for nothing; it may be missed where another process makes the change, so a wait has an end.
The ring of a submission's end brings the submission along, in the process that has stored it: no one looks then.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from zuko.submissions.model import StoredSubmission

EVERYTHING: Final = "*"  # rings for every topic: what changed is not known
_NO_NEWS: Final[Mapping[str, StoredSubmission]] = {}


class Wakeup:
    """A listener's own end of the bell, in an event loop. A ring between two waits is kept."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        self._news: StoredSubmission | None = None
        self._rings = 0  # of the bell

    def ring(self, news: StoredSubmission | None = None) -> None:
        """Wake the listener; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._ring, news)
        except RuntimeError:  # the loop has ended, and its listeners with it
            return

    def ring_here(self) -> None:
        """Wake the listener; in its event loop."""
        self._rung.set()

    async def wait(self, timeout_s: float) -> bool:
        """Wait for a ring since the last wait; False: none came in time."""
        if not self._rung.is_set():
            try:
                async with asyncio.timeout(timeout_s):
                    await self._rung.wait()
            except TimeoutError:
                return False
        self._rung.clear()
        return True

    @property
    def is_rung(self) -> bool:
        """Return whether the bell has rung since `take_rings`."""
        return self._rings > 0

    def take_rings(self) -> int:
        """Return how often the bell has rung since the last call; `ring_here` does not count."""
        rings, self._rings = self._rings, 0
        return rings

    @property
    def has_news(self) -> bool:
        """Return whether a ring has brought a submission."""
        return self._news is not None

    def take_news(self) -> StoredSubmission | None:
        """Return the submission that the newest ring has brought, once; None: it has brought none."""
        news, self._news = self._news, None
        return news

    def _ring(self, news: StoredSubmission | None) -> None:
        if news is not None:
            self._news = news
        self._rings += 1
        self._rung.set()


class Bell:
    """Rings by topic: a submission's id, or the queue. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Wakeup]] = {}

    @contextmanager
    def listening(self, *topics: str) -> Iterator[Wakeup]:
        """Yield the wakeup of a listener to these topics; in an event loop."""
        wakeup = Wakeup()
        self.listen(wakeup, *topics)
        try:
            yield wakeup
        finally:
            self.leave(wakeup, *topics)

    def listen(self, wakeup: Wakeup, *topics: str) -> None:
        """Have a listener woken by these topics, too, until it leaves them."""
        with self._lock:
            for topic in topics:
                self._listeners.setdefault(topic, set()).add(wakeup)

    def leave(self, wakeup: Wakeup, *topics: str) -> None:
        """Have a listener no longer woken by these topics."""
        with self._lock:
            for topic in topics:
                listeners = self._listeners.get(topic, set())
                listeners.discard(wakeup)
                if not listeners:
                    self._listeners.pop(topic, None)

    @property
    def has_listeners(self) -> bool:
        """True if anyone would hear a ring."""
        return bool(self._listeners)

    def is_heard(self, topic: str) -> bool:
        """Return whether anyone listens to this topic now."""
        return topic in self._listeners

    def ring(self, *topics: str, news: Mapping[str, StoredSubmission] = _NO_NEWS) -> None:
        """Wake the listeners of these topics; EVERYTHING: all.

        Args:
            topics: that something has happened to.
            news: submissions that have ended, by their topic.
        """
        wakeups: dict[Wakeup, StoredSubmission | None]
        with self._lock:
            if EVERYTHING in topics:
                wakeups = {each: None for listeners in self._listeners.values() for each in listeners}
            else:
                wakeups = {each: news.get(topic) for topic in topics for each in self._listeners.get(topic, ())}
        for wakeup, brought in wakeups.items():
            wakeup.ring(brought)
