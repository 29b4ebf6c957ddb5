"""The executor for code without an event loop: a command, a test."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from queue import Empty, SimpleQueue
from typing import Any, Final, Self

from zuko.execution.executor import Executor, Job
from zuko.execution.submission import Submission
from zuko.settings import Settings
from zuko.types import Execution

_END: Final = object()
_LOOK_S: Final = 0.2  # a signal that comes just before a wait does not end it: its handler runs after this time


class BlockingExecutor:
    """An open executor whose calls wait for their results. A context manager; for one thread.

    The work is done in an event loop of another thread, so that the exception that a signal raises in this one ends a
    call in order: its task is cancelled, and its sandboxes end.

    Args:
        executor: to be opened, and closed at the end of the block; runs are not waited for then.
    """

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="zuko-loop", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.executor.open()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.executor.close(0)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @property
    def settings(self) -> Settings:
        """Return the executor's settings."""
        return self.executor.settings

    def execute(self, submission: Submission) -> Execution:
        """Execute a submission; see `Executor.execute`."""
        return self._wait(lambda _: self.executor.execute(submission), lambda _: None)

    def judge[Event, Result](
        self, job: Job[Event, Result], *, on_result: Callable[[Event], None] = lambda _: None
    ) -> Result:
        """Do a job of many runs; see `Executor.judge`. `on_result` is called in this thread."""
        return self._wait(lambda put: self.executor.judge(job, on_result=put), on_result)

    def _wait[Result](
        self,
        begin: Callable[[Callable[[object], None]], Coroutine[Any, Any, Result]],
        on_result: Callable[[Any], None],
    ) -> Result:
        events: SimpleQueue[object] = SimpleQueue()
        ended = threading.Event()
        tasks: list[asyncio.Task[Result]] = []

        def start() -> None:
            tasks.append(self._loop.create_task(begin(events.put)))
            tasks[0].add_done_callback(end)

        def end(_: asyncio.Task[Result]) -> None:
            ended.set()
            events.put(_END)

        def cancel() -> None:
            tasks[0].cancel()  # `start` was called before

        self._loop.call_soon_threadsafe(start)
        try:
            while (event := _next(events)) is not _END:
                on_result(event)
        except BaseException:
            self._loop.call_soon_threadsafe(cancel)
            ended.wait()
            raise
        return tasks[0].result()


def _next(events: SimpleQueue[object]) -> object:
    while True:
        with contextlib.suppress(Empty):
            return events.get(timeout=_LOOK_S)
