"""What the routes share: the executor, threads for the runs, and waiting for a sandbox or for a client that goes."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response

from zuko.api.models import ReadyResponse
from zuko.api.responses import Responses
from zuko.execution.executor import Executor
from zuko.languages.table import Language
from zuko.pool.pool import Reservation
from zuko.sandbox.sandbox import Sandbox

NOBODY_READS: Final = Response(status_code=499)  # nginx's number for a client that is gone; only the log sees it
WATCH_AFTER_S: Final = 0.1
DEADLINE: Final = "zuko.deadline"  # in a request's scope, on the monotonic clock: by then there is to be an answer


class ClientGoneError(Exception):
    """The client has disconnected: whatever is answered, nobody reads it."""


class Service:
    """What the routes need, made when the app starts: the executor, its answers, and threads for the runs."""

    def __init__(self, executor: Executor, answers: Responses, threads: int) -> None:
        self.executor = executor
        self.answers = answers
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="zuko-run")
        self.readiness: asyncio.Task[ReadyResponse] | None = None  # the newest probe
        self.readiness_at = 0.0  # when it began
        self._active = 0  # submissions between their arrival and their answer
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Counts a submission as running for as long as the block lasts."""
        self._active += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._active -= 1
            if self._active == 0:
                self._idle.set()

    def running(self) -> int:
        """How many programs run at this moment."""
        return self.executor.status().busy

    async def idle(self) -> None:
        """Waits until no submission is running."""
        await self._idle.wait()


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    service: Service = request.app.state.service
    return service


ServiceNow = Annotated[Service, Depends(service_of)]


async def reserve(service: Service, language: Language, request: Request) -> tuple[Reservation, Sandbox]:
    """A sandbox of a language, and what `Executor.cancel` wants; nobody's thread waits for it.

    Raises:
        UnavailableError: none came in time, or none can be had.
        ClientGoneError: nobody waits for it any more.
    """
    reservation = service.executor.reserve(language)
    try:
        if reservation.done():
            return reservation, reservation.result()
        return reservation, await _served(service, language, reservation, request)
    except BaseException:
        service.executor.abandon(reservation)
        raise


async def attended[T](service: Service, request: Request, work: Callable[[], T], cancel: Callable[[], None]) -> T:
    """Does the work in a thread, and cancels it when the client goes."""
    if service.executor.one_at_a_time:  # nobody else waits for this thread, and Lambda tells of no disconnect
        return work()
    loop = asyncio.get_running_loop()
    with cancelled_with_client(request, cancel):
        try:
            # Shielded: a run that was cancelled before its thread took it up would never give its sandbox back.
            return await asyncio.shield(loop.run_in_executor(service.threads, work))
        except asyncio.CancelledError:
            cancel()
            raise


@contextlib.contextmanager
def cancelled_with_client(request: Request, cancel: Callable[[], None]) -> Iterator[None]:
    """Cancels when the client goes while the block lasts."""
    loop = asyncio.get_running_loop()
    watching: list[asyncio.Task[None]] = []

    async def watch() -> None:
        await disconnected(request)
        cancel()

    # Most programs end sooner than it takes to watch for their client.
    later = loop.call_later(WATCH_AFTER_S, lambda: watching.append(loop.create_task(watch())))
    try:
        yield
    finally:
        later.cancel()
        for task in watching:
            task.cancel()


async def _served(service: Service, language: Language, reservation: Reservation, request: Request) -> Sandbox:
    """The reserved sandbox, when its turn comes.

    Raises:
        UnavailableError: it did not come in time.
        ClientGoneError: nobody waits for it any more.
    """
    timeout_s = service.executor.settings.queue_timeout_s
    if DEADLINE in request.scope:
        timeout_s = min(timeout_s, max(request.scope[DEADLINE] - time.monotonic(), 0))
    sandbox = asyncio.wrap_future(reservation)
    sandbox.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may fail when nobody looks
    either: set[asyncio.Future[Any]] = {sandbox}
    # Most turns come sooner than it takes to watch for who waits.
    done, _ = await asyncio.wait(either, timeout=min(timeout_s, WATCH_AFTER_S))
    if not done:
        gone = asyncio.create_task(disconnected(request))
        either.add(gone)
        try:
            left_s = max(timeout_s - WATCH_AFTER_S, 0)
            done, _ = await asyncio.wait(either, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
    if sandbox in done:
        return sandbox.result()
    if done:
        raise ClientGoneError
    raise service.executor.waited_too_long(language, timeout_s)


async def disconnected(request: Request) -> None:
    """Returns when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
