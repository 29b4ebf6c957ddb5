"""The frame of the façades, by itself: paths, errors in their own form, limits, and the line in front of the queue."""

import asyncio
import json
import tracemalloc
from typing import Any, Final, cast

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route

from tests.harness.executing import Parts
from zuko.api.app import create_app
from zuko.api.body_limit import HeldBytes
from zuko.api.compat import mount as mounting
from zuko.api.compat.facade import Cors, Facade
from zuko.api.compat.line import Line, Room
from zuko.api.compat.reading import decode_base64, read_json
from zuko.api.service import ClientGoneError
from zuko.caller import OURSELVES, Allowance, Caller
from zuko.errors import NoCapacityError, OverLimitError, SubmissionError, ZukoError
from zuko.execution.executor import Executor
from zuko.settings import FACADES, Settings
from zuko.types import Execution, Status

LIMIT_BYTES: Final = 2000


class FakeExecutor(Parts):
    """An executor without sandboxes."""

    settings = Settings()

    async def execute(self, *_: object, **__: object) -> Execution:
        return Execution(Status.OK)


def answer(error: Exception) -> Response:
    match error:
        case HTTPException(status_code=status, detail=detail):
            return JSONResponse({"oh": detail}, status)
        case ZukoError():
            return JSONResponse({"oh": str(error)}, 503 if isinstance(error, NoCapacityError) else 422)
    return JSONResponse({"oh": "a bug"}, 500)


async def echo(request: Request) -> Response:
    sent = await read_json(request)
    errors = {"busy": NoCapacityError("busy"), "field": SubmissionError("x", "x is wrong"), "gone": ClientGoneError()}
    if isinstance(sent, str):
        raise errors.get(sent, RuntimeError(sent))
    return JSONResponse(sent)


def other_system(_: Settings) -> Facade:
    return Facade(
        prefixes=("/other", "/other/v1"),
        routes=[Route("/other/echo", echo, methods=["POST"]), Route("/other/v1/echo", echo, methods=["POST"])],
        answer=answer,
        body_limit_bytes=LIMIT_BYTES,
        cors=Cors(("*",), ("POST", "DELETE"), ("x-auth-token",)),
    )


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(mounting, "FACADES", {"piston": other_system})
    return create_app(Settings(facades=("piston",), body_timeout_s=0.2), cast(Executor, FakeExecutor()))


def call(
    app: FastAPI, path: str, content: bytes = b"[1]", method: str = "POST", headers: dict[str, str] | None = None
) -> httpx2.Response:
    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko") as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(send())


def test_facades_are_off_by_default() -> None:
    app = create_app(Settings(), cast(Executor, FakeExecutor()))
    assert call(app, "/api/v2/runtimes", method="GET").status_code == 404


def test_the_settings_know_each_facade() -> None:
    assert tuple(mounting.FACADES) == FACADES


def test_facades_are_not_described(app: FastAPI) -> None:
    assert not [path for path in app.openapi()["paths"] if not path.startswith(("/api/v1/", "/healthz", "/readyz"))]


@pytest.mark.parametrize(
    "path", ["/other/echo", "/other/echo/", "/other/v1/echo", "/other/v1/echo//", "/other//echo", "/other/v1//echo/"]
)
def test_paths_may_have_more_slashes(app: FastAPI, path: str) -> None:
    response = call(app, path)
    assert (response.status_code, response.json()) == (200, [1])


@pytest.mark.parametrize("path", ["/others/echo", "/api/v1/nothing"])
def test_other_paths_are_ours(app: FastAPI, path: str) -> None:
    assert call(app, path).json() == {"detail": "Not Found"}


@pytest.mark.parametrize(
    ("request_line", "content", "status", "words"),
    [
        ("POST /other/nothing", b"", 404, "Not Found"),
        ("GET /other/echo", b"", 405, "Method Not Allowed"),
        ("POST /other/echo", b"{", 400, "the body is not JSON"),
        ("POST /other/echo", b'"' + b"x" * LIMIT_BYTES + b'"', 413, "the body is larger than 2000 bytes"),
        ("POST /other/echo", b'"busy"', 503, "busy"),
        ("POST /other/echo", b'"field"', 422, "x is wrong"),
        ("POST /other/echo", b'"bug"', 500, "a bug"),
    ],
)
def test_errors_have_the_facades_form(app: FastAPI, request_line: str, content: bytes, status: int, words: str) -> None:
    method, _, path = request_line.partition(" ")
    response = call(app, path, content, method)
    assert response.status_code == status
    assert list(response.json()) == ["oh"]
    assert words in response.json()["oh"]


@pytest.mark.parametrize("content", [b"[1]", b"{", b'"busy"', b'"field"', b'"gone"', b'"bug"'])
def test_the_short_way_answers_as_the_router_does(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    def ask() -> tuple[int, dict[str, str], bytes]:
        app = create_app(Settings(facades=("piston",)), cast(Executor, FakeExecutor()))
        response = call(app, "/other/v1/echo/?x", content, headers={"x-request-id": "one", "origin": "http://a"})
        return response.status_code, dict(response.headers), response.content

    monkeypatch.setattr(mounting, "FACADES", {"piston": other_system})
    with monkeypatch.context() as patched:
        patched.setattr(Facade, "_short_way", lambda _: lambda *_: None)
        routed = ask()
    monkeypatch.setattr(Route, "matches", lambda *_: pytest.fail("the router was asked"))
    assert ask() == routed


def test_a_client_that_has_left_gets_nothing(app: FastAPI) -> None:
    assert call(app, "/other/echo", b'"gone"').status_code == 499


def test_a_body_that_does_not_come_is_refused_in_the_facades_form(app: FastAPI) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/other/echo", "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"]) == {"oh": "the body was not received within 0.2 s"}


def test_bodies_of_facades_count_with_all_others() -> None:
    held = HeldBytes(Settings().bodies_limit_bytes)
    facade = Facade(("/x",), [Route("/x", echo, methods=["POST"])], answer, 1 << 20)
    app = FastAPI()
    app.mount("/", facade.app(app.state, held, Settings()))
    response = call(app, "/x", b'"' + b"x" * 100_000 + b'"')
    assert (response.status_code, response.json()) == (503, {"oh": "too many large requests at a time"})
    assert held.bytes == Settings().bodies_limit_bytes


def test_pages_of_other_sites_may_ask_where_the_facade_says_so(app: FastAPI) -> None:
    asked = {"origin": "http://a.example", "access-control-request-method": "DELETE"}
    response = call(
        app, "/other/echo", method="OPTIONS", headers={**asked, "access-control-request-headers": "x-auth-token"}
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert call(app, "/api/v1/execute", method="OPTIONS", headers=asked).status_code == 405


def test_base64_of_one_letter_words_takes_no_memory_for_each() -> None:
    text = "AA " * 100_000
    tracemalloc.start()
    try:
        assert decode_base64(text) == bytes(150_000)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(text)
    finally:
        tracemalloc.stop()


# --- the line ---------------------------------------------------------------------------------------------------------


def test_the_line_is_first_come_first_served() -> None:
    async def serve() -> list[int]:
        line, ended = Line(lambda: Room(2, 2), 10), list[int]()
        running = most = 0

        async def one(number: int) -> None:
            nonlocal running, most
            async with line.turn(5):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.001)
                ended.append(number)
                running -= 1

        await asyncio.gather(*map(one, range(8)))
        assert most == 2
        return ended

    assert asyncio.run(serve()) == list(range(8))


def test_the_line_is_bounded_in_length_and_time() -> None:
    async def serve() -> None:
        line = Line(lambda: Room(1, 1), 1)
        async with line.turn(1):
            late = asyncio.create_task(enter(line, 0.05))
            await asyncio.sleep(0)
            with pytest.raises(NoCapacityError, match="1 submissions wait already"):
                await enter(line, 1)
            with pytest.raises(NoCapacityError, match=r"within 0\.05 s"):
                await late
        await enter(line, 0)  # its place is free again

    asyncio.run(serve())


def test_the_line_is_fair_between_callers() -> None:
    """One that floods it leaves room for others, has no more than its share, and loses its newest where all is full."""

    async def serve() -> None:
        line = Line(lambda: Room(3, 2), 2)
        ann, bob = Caller("ann"), Caller("bob")
        flood = [asyncio.create_task(enter(line, 1, ann, asyncio.Event())) for _ in range(2)]
        await asyncio.sleep(0)
        late = [asyncio.create_task(enter(line, 1, ann)) for _ in range(2)]
        await asyncio.sleep(0)
        await enter(line, 0.1, bob)  # past those of ann's that wait
        others = [asyncio.create_task(enter(line, 1, Caller(name), asyncio.Event())) for name in ("bob", "eve")]
        await asyncio.sleep(0)
        with pytest.raises(NoCapacityError, match="2 submissions wait already"):
            await late[1]
        flood[0].cancel()
        await asyncio.sleep(0.01)
        assert not late[0].done()  # eve, who waits, has none yet
        flood[1].cancel()
        await asyncio.wait_for(late[0], 1)
        for each in (*flood, *others):
            each.cancel()
        await asyncio.gather(*flood, *others, return_exceptions=True)

        few = Caller("few", Allowance(runs=1, queue_share=0.5))
        running = asyncio.create_task(enter(line, 1, few, asyncio.Event()))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(enter(line, 0.05, few))
        await asyncio.sleep(0)
        with pytest.raises(OverLimitError, match="1 submission waiting"):
            await enter(line, 1, few)
        with pytest.raises(OverLimitError, match="1 program at a time"):
            await waiting
        running.cancel()
        await asyncio.wait({running})

    asyncio.run(serve())


@pytest.mark.parametrize("steps", range(6))
def test_who_leaves_the_line_takes_no_turn_along(steps: int) -> None:
    """At whatever step of the event loop it leaves: also when its turn has just come."""

    async def serve() -> None:
        line = Line(lambda: Room(1, 1), 10)

        async def first() -> None:
            async with line.turn(1):
                await asyncio.sleep(0)
                await asyncio.sleep(0)

        holding = asyncio.create_task(first())
        await asyncio.sleep(0)
        leaving = asyncio.create_task(enter(line, 1))
        for _ in range(steps):
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(holding, leaving, return_exceptions=True)
        await asyncio.wait_for(enter(line, 1), 1)

    asyncio.run(serve())


async def enter(line: Line, timeout_s: float, caller: Caller = OURSELVES, until: asyncio.Event | None = None) -> None:
    async with line.turn(timeout_s, caller):
        if until is not None:
            await until.wait()
