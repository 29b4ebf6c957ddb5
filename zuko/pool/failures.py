"""The log of starts that fail: each error once a minute, however often it is met, and the recovery once."""

import logging
import time
from typing import Final

from zuko.errors import ZukoError
from zuko.pool.stock import Core

log = logging.getLogger(__name__)

REMIND_S: Final = 60.0


class FailureLog:
    """Errors that have been logged and not been recovered from. No lock: the caller holds the pool's."""

    def __init__(self) -> None:
        self._last_logged: dict[str, float] = {}  # by text: where the host is away, each of its cores meets the same

    def warn(self, error: ZukoError, core: Core = None) -> None:
        """Log an error, unless its text was logged within `REMIND_S`."""
        now = time.monotonic()
        if now - self._last_logged.get(str(error), -REMIND_S) >= REMIND_S:
            self._last_logged[str(error)] = now
            log.warning("no sandbox can be started%s: %s", "" if core is None else f" on core {core}", error)

    def log_recovery(self) -> None:
        """Log that starts work again, if an error was logged before."""
        if self._last_logged:
            self._last_logged.clear()
            log.info("sandboxes can be started again")
