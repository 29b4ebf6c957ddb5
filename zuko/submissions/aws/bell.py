"""The bell between machines: messages of SQS wake who waits for work, and who waits for a submission polls.

A message is a hint, as each ring is. Only a worker that has found the queue empty receives any: it would keep them from
others for ten seconds. Messages of what was claimed are deleted by any worker that receives them
(`AwsClaims._settle`), so that the age of the oldest one is about that of the oldest submission that waits.

No thread outlives its listeners: the listener of a submission is rung by its own event loop.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.bell import Bell, Wakeup
from zuko.submissions.store import QUEUE

log = logging.getLogger(__name__)

LONG_POLL_S: Final = 10  # of SQS, which allows 20; a process that ends may have to wait for it
POLL_FIRST_S: Final = 0.1
POLL_LAST_S: Final = 1.0
QUEUE_POLL_S: Final = 2.0  # a worker needs no message
_ERROR_PAUSE_S: Final = 5.0


class AwsBell(Bell):
    """A bell that other machines ring.

    Args:
        receive: waits for messages: seconds, how many at most; returns ids and receipts.
    """

    def __init__(self, receive: Callable[[int, int], dict[str, str]]) -> None:
        super().__init__()
        self._receive = receive
        self._changed = threading.Condition()
        self._workers = 0  # listeners of the queue
        self._is_hungry = True
        self._heard: dict[str, str] = {}
        self._receiver: threading.Thread | None = None
        self._polls: dict[tuple[Wakeup, tuple[str, ...]], _Poll] = {}

    def listen(self, wakeup: Wakeup, *topics: str) -> None:
        """Have a listener woken by these topics, too, until it leaves them; in its event loop."""
        super().listen(wakeup, *topics)
        if QUEUE in topics:
            self._begin_to_receive()
        self._polls[wakeup, topics] = _Poll(wakeup, QUEUE_POLL_S if {*topics} == {QUEUE} else POLL_FIRST_S)

    def leave(self, wakeup: Wakeup, *topics: str) -> None:
        """Have a listener no longer woken by these topics, as it has listened to them."""
        self._polls.pop((wakeup, topics)).end()
        if QUEUE in topics:
            self._end_one()
        super().leave(wakeup, *topics)

    def found(self, *, enough: bool) -> None:
        """Note what a claim found: a worker that got less than it asked for wants to be woken."""
        with self._changed:
            self._is_hungry = not enough
            self._changed.notify_all()

    def take_heard(self) -> dict[str, str]:
        """Return what was rung for since the last call: ids and receipts."""
        with self._changed:
            heard, self._heard = self._heard, {}
        return heard

    def close(self) -> None:
        """End the thread that receives, without a wait: it may be in a long poll."""
        with self._changed:
            self._workers = 0
            self._changed.notify_all()

    def _begin_to_receive(self) -> None:
        with self._changed:
            self._workers += 1
            if self._receiver is None:
                self._receiver = threading.Thread(target=self._run, name="zuko-sqs", daemon=True)
                self._receiver.start()

    def _end_one(self) -> None:
        with self._changed:
            self._workers = max(self._workers - 1, 0)
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_hungry or not self._workers)
                if not self._workers:
                    self._receiver = None
                    return
            try:
                heard = self._receive(LONG_POLL_S, 10)
            except StoreError as error:
                log.warning("no wake-ups from the queue: %s", error)
                with self._changed:
                    self._changed.wait_for(lambda: not self._workers, _ERROR_PAUSE_S)
                continue
            if heard:
                with self._changed:
                    self._heard |= heard
                    self._is_hungry = False  # until the next claim has looked
                self.ring(QUEUE)


class _Poll:
    """Rings for one listener, less and less often: what another process does is seen by looking."""

    def __init__(self, wakeup: Wakeup, first_s: float) -> None:
        self._wakeup = wakeup
        self._delay_s = first_s
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(self._delay_s, self._ring)

    def _ring(self) -> None:
        self._wakeup.ring()
        self._delay_s = max(self._delay_s, min(self._delay_s * 1.5, POLL_LAST_S))
        self._timer = self._loop.call_later(self._delay_s, self._ring)

    def end(self) -> None:
        """Ring no more."""
        self._timer.cancel()
