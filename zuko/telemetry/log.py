"""What keeps a log readable while something is wrong for hours."""

import logging
import threading
import time


class RepeatFilter(logging.Filter):
    """Lets a line pass once, then at most once in `every_s`, however often it comes: a Docker host that is away is
    asked every two seconds, and says the same each time."""

    def __init__(self, every_s: float = 60.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._lock = threading.Lock()
        self._told_at: dict[str, float] = {}  # of the lines of the last `every_s`

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line passes."""
        now = time.monotonic()
        with self._lock:
            self._told_at = {text: at for text, at in self._told_at.items() if now - at < self._every_s}
            return self._told_at.setdefault(record.getMessage(), now) == now
