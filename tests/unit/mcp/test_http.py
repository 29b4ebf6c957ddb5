"""The endpoint of the tools in an app, with a runner that stands for one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Unpack

import httpx2
import pytest
from mcp import Client

from zuko.caller import CALLER, Caller
from zuko.client import BusyError
from zuko.client.options import RunOptions
from zuko.errors import EngineError, ImageMissingError, SandboxError, ZukoError
from zuko.execution.offer import languages_of
from zuko.mcp import http
from zuko.mcp.http import McpEndpoint, make_endpoint
from zuko.mcp.server import make_server
from zuko.settings import Settings
from zuko.types import Reason
from zuko.wire.execute import HELLO_RESPONSE, ExecuteResponse
from zuko.wire.judge import JudgeResponse
from zuko.wire.service import LanguagesResponse

STARTED: Final = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
BEGIN: Final[dict[str, Any]] = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": STARTED}
HEADERS: Final = {"accept": "application/json, text/event-stream"}


class Fake:
    """A runner that fails as a test says."""

    def __init__(self, error: ZukoError | None = None, **fields: Any) -> None:
        self._error = error
        self._response = ExecuteResponse.model_validate({**HELLO_RESPONSE, **fields})

    async def run(self, language: str, code: str, **options: Unpack[RunOptions]) -> ExecuteResponse:
        if self._error is not None:
            raise self._error
        return self._response

    async def judge(self, language: str, code: str, **options: Any) -> JudgeResponse:
        raise NotImplementedError

    async def languages(self) -> LanguagesResponse:
        if self._error is not None:
            raise self._error
        return languages_of(Settings())


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(use: Callable[[httpx2.AsyncClient], Awaitable[None]], **settings: Any) -> None:
    async def run() -> None:
        endpoint = make_endpoint(Fake(), Settings(**settings))
        transport = httpx2.ASGITransport(McpEndpoint(nothing, endpoint))
        async with endpoint.running(), httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await use(client)

    asyncio.run(run())


def test_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SESSIONS_MAX", 3)

    async def use(client: httpx2.AsyncClient) -> None:
        answers = [await client.post("/mcp", json=BEGIN, headers=HEADERS) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 503, 503]
        ended = {**HEADERS, "mcp-session-id": answers[0].headers["mcp-session-id"]}
        assert (await client.delete("/mcp", headers=ended)).status_code == 200
        assert (await client.post("/mcp", json=BEGIN, headers=HEADERS)).status_code == 200

    ask(use)


def test_a_client_with_many_sessions_ends_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those of other clients none ends: the oldest that it does not use does."""
    monkeypatch.setattr(http, "CLIENT_SESSIONS_MAX", 2)
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}

    async def use(client: httpx2.AsyncClient) -> None:
        async def begin(name: str) -> dict[str, str]:
            CALLER.set(Caller(name))
            answer = await client.post("/mcp", json=BEGIN, headers=HEADERS)
            return {**HEADERS, "mcp-session-id": answer.headers["mcp-session-id"]}

        async def lives(session: dict[str, str]) -> bool:
            return (await client.post("/mcp", json=ping, headers=session)).status_code == 200

        other = await begin("other")
        first, second = await begin("one"), await begin("one")
        assert await lives(first)
        third = await begin("one")
        assert [await lives(each) for each in (other, first, second, third)] == [True, True, False, True]
        assert (await client.delete("/mcp", headers=first)).status_code == 200
        fourth = await begin("one")
        assert await lives(third), "one that was ended does not count"
        refused = await client.delete("/mcp", headers={**third, "origin": "http://pages.example"})
        await begin("one")
        assert (refused.status_code, await lives(fourth)) == (403, False), "one whose end was refused counts"

    ask(use)


@pytest.mark.parametrize("sessions", [True, False])
def test_a_call_runs_in_the_share_of_its_sender(sessions: bool) -> None:
    """Not in that of the caller that began the session, nor of one before."""
    called: list[str] = []

    class Noting(Fake):
        async def run(self, language: str, code: str, **options: Unpack[RunOptions]) -> ExecuteResponse:
            called.append(CALLER.get().name)
            return await super().run(language, code, **options)

    async def run() -> None:
        endpoint = make_endpoint(Noting(), Settings(mcp_sessions=sessions))

        async def app(scope: Any, receive: Any, send: Any) -> None:
            CALLER.set(Caller(dict(scope["headers"])[b"x-caller"].decode()))
            await endpoint.serve(scope, receive, send)

        transport = httpx2.ASGITransport(app)
        async with endpoint.running(), httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            began = await client.post("/mcp", json=BEGIN, headers={**HEADERS, "x-caller": "ann"})
            session = {"mcp-session-id": began.headers["mcp-session-id"]} if sessions else {}
            for number, name in enumerate(("bob", "ann", "eve")):
                call = {"name": "run_code", "arguments": {"code": "print()"}}
                body = {"jsonrpc": "2.0", "id": 2 + number, "method": "tools/call", "params": call}
                headers = {**HEADERS, **session, "x-caller": name}
                assert (await client.post("/mcp", json=body, headers=headers)).status_code == 200

    asyncio.run(run())
    assert called == ["bob", "ann", "eve"]


@pytest.mark.parametrize(
    ("hosts", "host", "status_code"),
    [
        ((), "localhost:8000", 200),
        ((), "[::1]:8000", 200),
        ((), "judge.example", 421),
        (("judge.example",), "judge.example:1", 200),
        (("judge.example:1",), "judge.example:1", 200),
        (("judge.example:1",), "judge.example:2", 421),
        (("*",), "any.example", 200),
    ],
)
def test_names_of_a_service(hosts: tuple[str, ...], host: str, status_code: int) -> None:
    async def use(client: httpx2.AsyncClient) -> None:
        answer = await client.post("/mcp", json=BEGIN, headers={**HEADERS, "host": host})
        assert answer.status_code == status_code

    ask(use, hosts=hosts)


def test_what_is_not_served() -> None:
    async def use(client: httpx2.AsyncClient) -> None:
        assert (await client.get("/mcp")).status_code == 405
        assert (await client.get("/mcp")).headers["allow"] == "POST"
        assert (await client.delete("/mcp")).status_code == 405
        assert (await client.post("/mcpx")).status_code == 404
        assert (await client.post("/x/mcp")).status_code == 404

    ask(use, mcp_sessions=False)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BusyError("all is busy", 503, "no_capacity", 3), "Not run: all is busy. Try again in 3 s."),
        (EngineError("no engine"), "Not run: no engine. Try again in 5 s."),
        (ImageMissingError("no image"), "this language is not installed here; list_languages has"),
        (BusyError("no image", 503, "image_missing", 30), "this language is not installed here; list_languages has"),
        (SandboxError("it broke"), "Not run: it broke. This says nothing about the program."),
    ],
)
def test_failures_of_ours_say_what_to_do(error: ZukoError, message: str) -> None:
    async def run() -> None:
        async with Client(make_server(Fake(error), languages_of(Settings()))) as client:
            for tool, arguments in (("run_code", {"code": "x"}), ("list_languages", {})):
                result = await client.call_tool(tool, arguments)
                assert result.is_error
                assert message in str(result.content[0])

    asyncio.run(run())


def test_a_result_that_is_lost_is_an_error() -> None:
    async def run() -> None:
        lost = Fake(status="ERROR", reason=Reason.SANDBOX_ERROR, message="the sandbox broke")
        async with Client(make_server(lost, languages_of(Settings()))) as client:
            result = await client.call_tool("run_code", {"code": "x"})
            assert result.is_error
            assert "the sandbox broke. This says nothing about the program." in str(result.content[0])

    asyncio.run(run())
