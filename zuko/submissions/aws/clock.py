"""The time, which all processes have to agree on, as DynamoDB has none to compare with.

Every response of AWS has a `Date`, in whole seconds. It bounds how far the local clock is from AWS's: with the request
sent at `sent` and the response there at `received`, the difference is between Date - received and Date + 1 - sent. Each
response narrows that. While the local clock may be right, it is used as it is; one that is certainly wrong is corrected
by as little as makes it possible. So two processes differ by less than a second, whatever their clocks say.

What is left hurts nothing. A lease is written a tenth longer than it is, and a worker renews it three times in that
time, even if the clocks differ by two seconds. And a fence compares attempts, never times.
"""

import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

SLACK: Final = 1.1  # times the lease


class ServerClock:
    """The time of AWS, as far as its responses show it. Safe for several threads.

    Args:
        local: the local clock.
    """

    def __init__(self, local: Callable[[], float] = time.time) -> None:
        self._local = local
        self._lock = threading.Lock()
        self._lowest, self._highest = float("-inf"), float("inf")  # of the time of AWS less the local one

    def now(self) -> float:
        """Return the time, s since the epoch."""
        return self._local() + min(max(0.0, self._lowest), self._highest)

    def local(self) -> float:
        """Return the local time."""
        return self._local()

    def observe(self, date: str, *, sent: float, received: float) -> None:
        """Note a response.

        Args:
            date: its header.
            sent: local time before the request.
            received: local time after the response.
        """
        try:
            second = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        lowest, highest = second - received, second + 1.0 - sent
        with self._lock:
            self._lowest, self._highest = max(self._lowest, lowest), min(self._highest, highest)
            if self._lowest > self._highest:  # one of the clocks was set
                self._lowest, self._highest = lowest, highest
