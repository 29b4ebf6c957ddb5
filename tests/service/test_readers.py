"""Clients that do not read, at a real server on its own event loop: they hold no program, no judging, no memory."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, cast

import pytest
import uvicorn
import uvloop
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zuko.api.begun import begin
from zuko.api.execute_events import ExecutionEvents, Part
from zuko.api.judge_routes import _Events
from zuko.api.readers import Readers
from zuko.api.reading import Reader
from zuko.api.responses import Responses
from zuko.api.submission_events import START, SubmissionEvents
from zuko.problem import CaseResult, Verdict
from zuko.submissions.model import Event

TIMEOUT_S: Final = 0.4
PART: Final = b"x" * 50_000
REQUEST: Final = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def listener() -> socket.socket:
    """Return a socket whose connections hold little in the kernel: what that holds is not ours to bound."""
    found = socket.create_server(("127.0.0.1", 0))
    found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    return found


def client() -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    found.setblocking(False)
    return found


def held_by_the_kernel() -> int:
    """Return how many bytes a connection takes before its client reads any."""
    with listener() as here, client() as there:
        with contextlib.suppress(BlockingIOError):
            there.connect(here.getsockname())
        sending, _ = here.accept()
        held = 0
        with sending, contextlib.suppress(TimeoutError):
            sending.settimeout(0.1)
            while True:
                held += sending.send(bytes(1000))
    return held


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[tuple[str, int]]:
    """Serve an app by uvicorn, as `zuko serve` does."""
    with listener() as here:
        server = uvicorn.Server(uvicorn.Config(Readers(app, TIMEOUT_S), log_level="warning", lifespan="off"))
        task = asyncio.create_task(server.serve([here]))
        try:
            yield here.getsockname()
        finally:
            server.should_exit = True
            await task


async def ask(address: tuple[str, int]) -> socket.socket:
    """Send a request, whose response is not read."""
    there, loop = client(), asyncio.get_running_loop()
    await loop.sock_connect(there, address)
    await loop.sock_sendall(there, REQUEST)
    return there


async def rest_of(there: socket.socket, pause_s: float = 0.0) -> bytes:
    """Return what comes before the connection ends."""
    received, loop = b"", asyncio.get_running_loop()
    while part := await loop.sock_recv(there, 1 << 15):
        received += part
        await asyncio.sleep(pause_s)
    return received


class Endless:
    """Work that goes on until it is cancelled, and has events for its client."""

    def __init__(self, event: object) -> None:
        self._event = event
        self.ended = asyncio.Event()

    async def __call__(self, put: Callable[[Any], None], started: Callable[[], None]) -> Any:
        started()
        try:
            for _ in range(100):
                put(self._event)
            await asyncio.sleep(60)
        finally:
            self.ended.set()


async def execution(ended: Endless) -> Response:
    return ExecutionEvents(await begin(ended), Responses(1 << 20), contextlib.ExitStack(), raw=False)


async def judging(ended: Endless) -> Response:
    return _Events(await begin(ended), Responses(1 << 20), lambda *_: "", contextlib.ExitStack(), scored=False)


class EndlessReader:
    """Reads a submission whose cases do not end."""

    def __init__(self, ended: asyncio.Event) -> None:
        self.responses = Responses(1 << 20)
        self._ended = ended

    async def changes(self, _: object) -> AsyncIterator[tuple[None, list[Event]]]:
        try:
            for number in range(100):
                yield cast(None, RUNNING), [Event(1, number + 1, PART.decode())]
            await asyncio.sleep(60)
        finally:
            self._ended.set()


async def stored(ended: Endless) -> Response:
    return SubmissionEvents(cast(Reader, EndlessReader(ended.ended)), START, contextlib.ExitStack())


class RUNNING:
    """A submission that goes on."""

    attempt = 1
    state = type("state", (), {"is_final": False})


CASE: Final = CaseResult("1", None, Verdict.WA, "", None, None, None, message=PART.decode())
STREAMS: Final[dict[str, tuple[Callable[[Endless], Any], object]]] = {
    "outputs": (execution, Part(False, PART)),
    "cases": (judging, CASE),
    "submission": (stored, None),
}


@pytest.mark.parametrize("name", STREAMS)
def test_events_that_are_not_read_end_what_they_are_of(name: str) -> None:
    respond, event = STREAMS[name]

    async def run() -> None:
        work = Endless(event)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await (await respond(work))(scope, receive, send)

        async with serving(app) as address:
            began = time.monotonic()
            with await ask(address) as there:
                async with asyncio.timeout(10):
                    await work.ended.wait()
                    assert time.monotonic() - began >= TIMEOUT_S
                    assert not (await rest_of(there)).endswith(b"0\r\n\r\n")

    uvloop.run(run())


@pytest.mark.parametrize("more_bytes", [30_000, 3_000_000])
def test_a_response_that_is_not_read_is_given_up(more_bytes: int) -> None:
    """A large one waits for its client, so that it counts as held; a small one is left in the connection."""
    size_bytes = held_by_the_kernel() + more_bytes

    async def run() -> None:
        served = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await Response(b"x" * size_bytes)(scope, receive, send)
            finally:
                served.set()

        async with serving(app) as address:
            began = time.monotonic()
            with await ask(address) as there:
                async with asyncio.timeout(10):
                    await served.wait()
                    assert (time.monotonic() - began >= TIMEOUT_S) == (more_bytes > 1 << 20)
                    await asyncio.sleep(1.5 * TIMEOUT_S)
                    assert (await rest_of(there)).count(b"x") < size_bytes

    uvloop.run(run())


def test_who_reads_slowly_gets_all() -> None:
    """Each piece in its time, all of them in more."""

    async def run() -> None:
        app = Response(b"".join(b"%07d\n" % number for number in range(100_000)))
        async with serving(app) as address:
            began = time.monotonic()
            with await ask(address) as there:
                received = await rest_of(there, pause_s=0.01)
            assert time.monotonic() - began > TIMEOUT_S
            assert received.partition(b"\r\n\r\n")[2].count(b"\n") == 100_000

    uvloop.run(run())
