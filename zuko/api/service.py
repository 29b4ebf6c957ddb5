"""State that the routes share: the executor, the count of active requests, and clients that disconnect."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Annotated, Final, Self

from fastapi import Depends, Request, Response
from starlette.types import Receive, Scope, Send

from zuko.api.package_body import PackageUploads
from zuko.api.responses import Responses
from zuko.caller import CALLER
from zuko.errors import NoCapacityError, OverLimitError
from zuko.execution.executor import Executor
from zuko.submissions.bell import EVERYTHING
from zuko.submissions.depths import Depths
from zuko.submissions.keys import ApiKey
from zuko.submissions.opening import StoreAccess
from zuko.submissions.problems import Problems
from zuko.submissions.quota import Quota
from zuko.submissions.station import Station
from zuko.submissions.store import Store
from zuko.submissions.verification import Verifications
from zuko.wire.service import ReadyResponse

CLIENT_GONE: Final = Response(status_code=499)  # nginx's status for a client that has disconnected, for the log
WATCH_AFTER_S: Final = 0.1
# Of their own: while a database does not answer, executions still have threads.
STORE_THREADS: Final = 16
BULK_THREADS: Final = 2  # and of these: they read whole packages and requests, for as long as that takes
FREE_BYTES: Final = 1 << 20  # of a response: only larger ones are counted
DEADLINE: Final = "zuko.deadline"  # key in a request's scope: when the response is due, on the monotonic clock


class ClientGoneError(Exception):
    """The client has disconnected and will not read a response."""


class Service:
    """State that the routes share, made with the app.

    Args:
        executor: executes submissions.
        responses: makes the responses.
        stores: opens the store of submissions; None: there is none.
    """

    def __init__(self, executor: Executor, responses: Responses, stores: StoreAccess | None = None) -> None:
        self.executor = executor
        self.responses = responses
        self.stores = stores or StoreAccess(None)
        settings = executor.settings
        self.problems = Problems(self.stores.now, settings)
        self.quota = Quota(settings)
        self.verifications = Verifications(self.problems, settings, self.quota)
        self.uploads = PackageUploads(settings, self.quota)
        self.depths = Depths()
        self.station = Station(executor, self.stores, problems=self.problems)
        self.readiness: asyncio.Task[ReadyResponse] | None = None  # the newest probe
        self.readiness_at = 0.0  # when it began
        self.is_draining = False
        self._threads = ThreadPoolExecutor(STORE_THREADS, "zuko-store")
        self._bulk_threads = ThreadPoolExecutor(BULK_THREADS, "zuko-bulk")
        self._sending_bytes = 0  # of large responses
        self._active = 0  # submissions that have arrived and have no response yet
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Count a submission as running for as long as the block lasts."""
        self._active += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._active -= 1
            if self._active == 0:
                self._idle.set()

    async def check_budget(self) -> None:
        """Refuse to store what is to be run for a caller that has used its CPU time of today.

        Raises:
            OverLimitError: it has.
        """
        try:
            await self.executor.accounts.check_all(CALLER.get())
        except OverLimitError as error:
            self.executor.observer.limited(error.limit)
            raise

    def drain(self) -> None:
        """Refuse new programs, and end what only waits for a submission: its client asks another process."""
        self.is_draining = True
        self.station.drain()
        self.executor.drain()
        if self.store is not None:
            self.store.bell.ring(EVERYTHING)

    @property
    def store(self) -> Store | None:
        """The store of submissions; None: it is not open."""
        return self.stores.current

    async def find_key(self, key_id: str) -> ApiKey | None:
        """Return the API key of an id; None: there is none.

        Raises:
            StoreError: the store does not answer.
        """
        store = await self.stores.opened()
        return await self.in_store(store.get_key, key_id)

    def in_store[**P, T](self, method: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> "asyncio.Future[T]":
        """Call a method of the store, or what calls some, in a thread: it blocks for as long as the database takes."""
        return _called(self._threads, partial(method, *arguments, **named))

    def in_bulk[**P, T](self, method: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> "asyncio.Future[T]":
        """Call what holds much in memory, and for long, in one of few threads, which other routes do not need."""
        return _called(self._bulk_threads, partial(method, *arguments, **named))

    def large(self, response: Response) -> Response:
        """Return a response that may be as large as a request's body, to be held until the client has read it.

        Raises:
            NoCapacityError: too much is held, as clients are slow.
        """
        size_bytes = len(response.body)
        if size_bytes <= FREE_BYTES:
            return response
        limit_bytes = self.executor.settings.bodies_limit_bytes
        if self._sending_bytes and self._sending_bytes + size_bytes > limit_bytes:
            raise NoCapacityError("too many large responses at a time")
        return _Counted(self, response, size_bytes)

    @contextlib.contextmanager
    def sending(self, size_bytes: int) -> Iterator[None]:
        """Count a response for as long as the block lasts."""
        self._sending_bytes += size_bytes
        try:
            yield
        finally:
            self._sending_bytes -= size_bytes

    def running(self) -> int:
        """Return how many programs run at this moment."""
        return self.executor.busy

    def cut(self) -> None:
        """End every run; stored submissions are given back."""
        self.station.cut()
        self.executor.cancel_all()

    async def idle(self) -> None:
        """Wait until no submission is running, after `drain`."""
        await self._idle.wait()
        await self.station.idle()


def _called[T](threads: ThreadPoolExecutor, call: Callable[[], T]) -> "asyncio.Future[T]":
    """Call a function in a thread: in two thirds of the time that `run_in_executor` takes with its two futures."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(done.set_result, call())
        except BaseException as error:  # noqa: BLE001 - for who waits
            settle = partial(done.set_exception, error)
        loop.call_soon_threadsafe(lambda: None if done.cancelled() else settle())

    threads.submit(run)
    return done


class _Counted(Response):
    """Counts the bytes of a response until it is sent."""

    def __init__(self, service: Service, response: Response, size_bytes: int) -> None:
        super().__init__(response.body, response.status_code, media_type=response.media_type)
        self._service = service
        self._size_bytes = size_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the response (ASGI)."""
        with self._service.sending(self._size_bytes):
            await super().__call__(scope, receive, send)


def service_of(request: Request) -> Service:
    """Return the service that received a request."""
    service: Service = request.app.state.service
    return service


async def service_now(request: Request) -> Service:
    """Return the service that received a request: for routes. FastAPI calls what is not async in a thread."""
    return service_of(request)


async def store_of(request: Request) -> Store:
    """Return the store of submissions.

    Raises:
        StoreError: it cannot be opened, or not soon; the response is 503.
    """
    return await service_of(request).stores.opened()


ServiceNow = Annotated[Service, Depends(service_now)]
StoreNow = Annotated[Store, Depends(store_of)]


class WhileConnected:
    """A block that is cancelled when the client disconnects, and then ends with `ClientGoneError`.

    Args:
        request: the client's request.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._has_gone = False
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        # Most programs end before watching for their client would be worth its cost.
        self._later = loop.call_later(WATCH_AFTER_S, self._begin, loop)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._later.cancel()
        if self._watching is not None:
            self._watching.cancel()
        if not self._has_gone or self._task is None or kind is not asyncio.CancelledError:
            return
        if self._task.uncancel() == 0:  # else the server ends the request as well
            raise ClientGoneError from error

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watching = loop.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self._has_gone = True
        if self._task is not None:
            self._task.cancel()
