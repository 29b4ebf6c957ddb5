"""Threads in which a pool's sandboxes are started and ended: an engine takes its time for either."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from zuko.errors import EngineError, ZukoError
from zuko.pool.stock import Core
from zuko.sandbox.sandbox import Sandbox
from zuko.types import SandboxSpec

log = logging.getLogger(__name__)

THREADS_MAX: Final = 32


class Starter:
    """Starts sandboxes, and ends those that do not end by themselves. Any thread may call any method.

    Args:
        start: makes a sandbox of a kind on a core; may raise ZukoError.
    """

    def __init__(self, start: Callable[[SandboxSpec, Core], Sandbox]) -> None:
        self._start = start
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="zuko-start")

    def begin(self, start: Callable[[], None]) -> None:
        """Have one of the threads do the start of a sandbox; not after `close`."""
        try:
            self._threads.submit(start)
        except RuntimeError as error:  # no new thread: it waits for one of the others
            log.warning("the start of a sandbox is late: %s", error)

    def start(self, spec: SandboxSpec, core: Core) -> Sandbox:
        """Start a sandbox; waits for it.

        Raises:
            ZukoError: it did not start. A bug of ours is one, too: it must not empty the pool silently.
        """
        try:
            return self._start(spec, core)
        except ZukoError:
            raise
        except Exception as error:
            log.exception("a sandbox could not be started")
            message = "a sandbox could not be started; the reason is in the server's log"
            raise EngineError(message) from error

    def end_silent(self, sandbox: Sandbox) -> None:
        """Have the engine end a sandbox that may not end by itself, without waiting: a frozen engine takes long."""
        sandbox.cancel()

        def end() -> None:
            sandbox.kill()
            sandbox.close()

        try:
            self._threads.submit(end)
        except RuntimeError:  # closed, or no new thread
            end()

    def close(self) -> None:
        """Wait for what was begun, and for every end: none must be lost."""
        self._threads.shutdown(wait=True)
