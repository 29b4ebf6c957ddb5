"""A filter that keeps the log readable while a failure lasts."""

import logging
import threading
import time


class RepeatFilter(logging.Filter):
    """A log filter that passes a repeated message at most once in `every_s` seconds.

    An unreachable Docker host is tried every two seconds, and each failure logs the same message.
    """

    def __init__(self, every_s: float = 60.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._lock = threading.Lock()
        self._last_logged: dict[str, float] = {}  # messages of the last `every_s` seconds

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record."""
        now = time.monotonic()
        with self._lock:
            self._last_logged = {text: at for text, at in self._last_logged.items() if now - at < self._every_s}
            return self._last_logged.setdefault(record.getMessage(), now) == now
