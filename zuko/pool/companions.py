"""Sandboxes beside those that are lent, on the same core and without a slot: whoever has one closes it."""

import threading
from collections.abc import Callable
from weakref import WeakSet

from zuko.errors import DrainingError
from zuko.sandbox.sandbox import Sandbox


class Companions:
    """Those that are alive, so that all of them can be ended. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alive: WeakSet[Sandbox] = WeakSet()
        self._ended = False

    def start(self, start: Callable[[], Sandbox]) -> Sandbox:
        """One more, by `start`, whose errors pass.

        Raises:
            DrainingError: all have been ended.
        """
        with self._lock:
            ended = self._ended
        if not ended:
            sandbox = start()
            with self._lock:
                if not self._ended:
                    self._alive.add(sandbox)
                    return sandbox
            sandbox.close()
        raise DrainingError("the service is shutting down")

    def cancel_all(self) -> None:
        """Ends them, and those to come."""
        with self._lock:
            self._ended = True
            for sandbox in self._alive:
                sandbox.cancel()
