"""Calls of the API as values, and when one is tried again. Nothing here sends anything."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Final

import httpx2

from zuko.client.errors import BusyError, NoAnswerError
from zuko.errors import UnavailableError

DEFAULT_URL: Final = "http://127.0.0.1:8000"
TIMEOUT_S: Final = 60.0  # the queue (10 s), a compilation (20 s), the service's default limit, and some
CONNECT_S: Final = 10.0
RETRY_S: Final = 30.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
_LONGEST_ASKED_S: Final = 60.0  # of a Retry-After: nothing there makes a caller wait for an hour

OnRetry = Callable[[UnavailableError, float], None]  # the failure, and the pause before the next try, s


def ignore_retry(_: UnavailableError, __: float) -> None:
    """Do nothing when a call is tried again."""


@dataclass(frozen=True, slots=True)
class Call[T]:
    """A request, and how its response is read."""

    method: str
    path: str  # from /api on, encoded
    read: Callable[[httpx2.Response], T]
    query: tuple[tuple[str, str], ...] = ()
    content: bytes | IO[bytes] = b""  # a file is sent from its beginning, with its size in `headers`
    headers: Mapping[str, str] = field(default_factory=dict)
    allowance_s: float = 0.0  # silence in addition to the client's timeout: what the call itself may take
    repeatable: bool = True  # False: a try whose response is lost must not be followed by another

    def timeout(self, silence_s: float) -> httpx2.Timeout:
        """Return the limits of the connection: `silence_s` is that of the client."""
        return httpx2.Timeout(silence_s, connect=min(CONNECT_S, silence_s), read=self.silence_s(silence_s))

    def silence_s(self, silence_s: float) -> float:
        """Return how long the service may be silent: `silence_s` is the client's time."""
        return silence_s + self.allowance_s


class Patience:
    """Counts the tries of one call, and decides about the next.

    Args:
        retry_s: for how long there are other tries; 0: there are none.
        repeatable: whether a try that the service may have served is followed by another.
    """

    def __init__(self, retry_s: float, *, repeatable: bool) -> None:
        self._until = time.monotonic() + retry_s
        self._repeatable = repeatable
        self._pause_s = _FIRST_PAUSE_S

    def pause_s(self, error: UnavailableError) -> float | None:
        """Return how long to wait for the next try; None: there is none."""
        if isinstance(error, BusyError | NoAnswerError) and not (error.nothing_done or self._repeatable):
            return None
        pause_s = self._pause_s * random.uniform(0.5, 1)  # noqa: S311 - so that many clients do not come at once
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
        if isinstance(error, BusyError) and error.wait_s is not None:
            pause_s = max(pause_s, min(error.wait_s, _LONGEST_ASKED_S))
        return pause_s if time.monotonic() + pause_s <= self._until else None
