"""The log of starts that fail: each error once a minute, however often it is met, and its end once."""

import logging
import time
from typing import Final

from zuko.errors import ZukoError
from zuko.pool.stock import Core
from zuko.types import SandboxSpec

log = logging.getLogger(__name__)

REMIND_S: Final = 60.0


class FailureLog:
    """Errors that have been logged and not been recovered from. No lock: the caller holds the pool's."""

    def __init__(self) -> None:
        # By text: where the host is away, each kind and each core meets the same one.
        self._last_logged: dict[str, float] = {}
        self._met_by: dict[str, set[SandboxSpec | None]] = {}

    def warn(self, error: ZukoError, spec: SandboxSpec | None = None, core: Core = None) -> None:
        """Log an error, unless its text was logged within `REMIND_S`.

        Args:
            error: the cause.
            spec: of the sandbox that was not started; None: the cores of the Docker host could not be learned.
            core: of that sandbox.
        """
        now, text = time.monotonic(), str(error)
        self._met_by.setdefault(text, set()).add(spec)
        if now - self._last_logged.get(text, -REMIND_S) >= REMIND_S:
            self._last_logged[text] = now
            log.warning("no sandbox can be started%s: %s", "" if core is None else f" on core {core}", text)

    def log_recovery(self, spec: SandboxSpec | None = None) -> None:
        """Log the end of each error that one of these sandboxes, or the host, has met: it has worked now."""
        for text in [text for text, met_by in self._met_by.items() if spec in met_by]:
            del self._met_by[text], self._last_logged[text]
            log.info("sandboxes can be started again; before: %s", text)
