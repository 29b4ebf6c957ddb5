"""Work whose events are sent while it goes on: begun, then followed to its end."""

import asyncio
import contextlib
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from zuko.api.responses import FAILED, Responses, refused
from zuko.errors import ZukoError
from zuko.types import Execution
from zuko.wire.execute import execution_json

log = logging.getLogger(__name__)

KEEP_ALIVE_S: Final = 15.0  # proxies cut a connection that is silent for long
# Neither nginx nor a cache may hold events back.
EVENT_HEADERS: Final = {"cache-control": "no-cache", "x-accel-buffering": "no"}

type Work[Event, Result] = Callable[[Callable[[Event], None], Callable[[], None]], Coroutine[Any, Any, Result]]


@dataclass(frozen=True, slots=True)
class Begun[Event, Result]:
    """Work that goes on: the events that have not been sent, and its task."""

    events: asyncio.Queue[Event]
    working: asyncio.Task[Result]

    async def next(self, timeout_s: float) -> Event | Result | None:
        """Return the next event, or the result after the last one; None: nothing for a while."""
        if self.events.empty() and not self.working.done():
            event = asyncio.ensure_future(self.events.get())
            either: set[asyncio.Future[Any]] = {event, self.working}
            try:
                await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
                if event.done():
                    return event.result()
            finally:
                event.cancel()
        if not self.events.empty():
            return self.events.get_nowait()
        return self.working.result() if self.working.done() else None

    async def end(self) -> None:
        """End the work if it goes on, and wait for that."""
        self.working.cancel()
        await asyncio.wait({self.working})


async def begin[Event, Result](work: Work[Event, Result]) -> Begun[Event, Result]:
    """Begin work, and wait until it has its sandbox: only then is the response's status known.

    Args:
        work: is given what puts an event, and what says that the sandbox is there.

    Raises:
        UnavailableError: it got none.
    """
    events: asyncio.Queue[Event] = asyncio.Queue()
    started = asyncio.Event()
    working = asyncio.create_task(work(events.put_nowait, started.set))
    working.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may fail when no one looks
    waiting = asyncio.create_task(started.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not started.is_set():
            working.result()  # raises why it did not begin
    except BaseException:
        working.cancel()
        await asyncio.wait({working})
        raise
    finally:
        waiting.cancel()
    return Begun(events, working)


class WorkEvents[Event, Result](EventSourceResponse):
    """The events of work. The last one has its result, or why there is none. A client that disconnects ends it.

    Args:
        begun: the work.
        responses: what is sent is within their limits; where they do not stream, all events are one response.
        active: closed when the last event is sent.
        failure: what a failure of ours prevented, for the client and for the log.
    """

    def __init__(
        self,
        begun: Begun[Event, Result],
        responses: Responses,
        active: contextlib.ExitStack,
        *,
        failure: str,
    ) -> None:
        super().__init__(self.events(), headers=EVENT_HEADERS)
        self.begun = begun
        self.responses = responses
        self._active = active
        self._failure = failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the response (ASGI)."""
        with self._active:
            try:
                await super().__call__(scope, receive, send)
            finally:
                await self.begun.end()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the events, as they are sent."""
        try:
            async for event in self.events_of_work():
                yield event
        except ZukoError as error:  # the status is sent: the failure can only be an event
            yield self._error(replace(refused(error), message=f"{self._failure}, send it again: {error}"))
        except Exception:
            log.exception("%s", self._failure)
            yield self._error(FAILED)

    @abstractmethod
    def events_of_work(self) -> AsyncIterator[bytes]:
        """Yield the events of work that does not fail; an error that is raised becomes the last one."""

    def _error(self, execution: Execution) -> bytes:
        self.responses.observe(execution)
        return format_sse_event(data_str=execution_json(execution).decode(), event="error")
