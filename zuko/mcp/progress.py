"""Reports while a program runs, and the end of a run whose call is cancelled."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Final

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

PAUSE_S: Final = 1.0  # between two reports
CASES_PAUSE_S: Final = 0.2
ENDED: Final = "zuko.mcp.ended"  # key in a request's scope: the event that is set at the end of its response


async def ending_with_its_call[Result](context: Context[Any, Any], work: Coroutine[Any, Any, Result]) -> Result:
    """Return what a coroutine returns; it is cancelled once if the call is, and then ends in its own time.

    The SDK cancels a call again at each of its awaits, which would also break off how a run is ended. In a session it
    does not cancel one whose client drops the connection, although its result then reaches no one.

    Raises:
        ToolError: the client has left.
    """
    task = asyncio.ensure_future(work)
    request = context.request_context.request
    ended: asyncio.Event | None = None if request is None else request.scope.get(ENDED)
    leaving = asyncio.ensure_future(asyncio.Event().wait() if ended is None else ended.wait())
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ToolError("the client has left")
    finally:
        leaving.cancel()
        if not task.done():
            task.cancel()
            _ending.add(task)
            task.add_done_callback(_forget)


_ending: Final[set[asyncio.Future[Any]]] = set()  # an event loop holds no reference of its tasks


def _forget(task: asyncio.Future[Any]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # no one else asks for it


class _Count:
    """The cases that have ended, of some."""

    def __init__(self, cases: int) -> None:
        self.cases = cases
        self.ended = 0

    def __call__(self, _: object) -> None:
        self.ended += 1


@contextlib.asynccontextmanager
async def reporting(context: Context[Any, Any], cases: int = 0) -> AsyncIterator[Callable[[object], None]]:
    """Report progress during the block, to a client that asked for it.

    Yields what is to be called with each case that ends.

    Args:
        context: of the call.
        cases: that are judged; 0: a program is run, and each second is reported.
    """
    count = _Count(cases)
    reporter = asyncio.create_task(_report_cases(context, count) if cases else _report_time(context))
    try:
        yield count
    finally:
        reporter.cancel()
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await reporter


async def _report_time(context: Context[Any, Any]) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(PAUSE_S)
        elapsed_s = round(time.monotonic() - began, 1)
        await context.report_progress(elapsed_s, message=f"running for {elapsed_s:.0f} s")


async def _report_cases(context: Context[Any, Any], count: _Count) -> None:
    reported = 0
    while True:
        await asyncio.sleep(CASES_PAUSE_S)
        if count.ended > reported:
            reported = count.ended
            await context.report_progress(reported, count.cases, f"{reported} of {count.cases} cases")
