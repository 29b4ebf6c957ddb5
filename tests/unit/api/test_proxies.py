"""Requests of proxies and probes: HEAD, and paths before ours."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from zuko.api.begun import EVENT_HEADERS
from zuko.api.head import Head
from zuko.api.root_path import RootPath


def ask(app: Any, **changes: Any) -> list[Message]:
    """Return what an app sends."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/healthz", "headers": [], **changes}
    asyncio.run(app(scope, receive, send))
    return sent


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the method and the root path, in two parts."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
    await send({"type": "http.response.body", "body": scope["method"].encode(), "more_body": True})
    await send({"type": "http.response.body", "body": scope.get("root_path", "-").encode()})


def body(sent: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


def test_head_is_get_without_its_body() -> None:
    start, *rest = ask(Head(echo), method="HEAD")
    assert (start["status"], start["headers"]) == (200, [(b"content-length", b"9")])
    assert [message["body"] for message in rest] == [b"", b""]
    assert body(ask(Head(echo))) == b"GET-"
    assert body(ask(Head(echo), method="POST")) == b"POST-"


def test_head_of_events_is_not_get() -> None:
    """Their body never ends."""
    assert body(ask(Head(echo), method="HEAD", path="/api/v1/submissions/1/events")) == b"HEAD-"


@pytest.mark.parametrize(("own", "expected"), [(None, b"/zuko"), ("", b"/zuko"), ("/prod", b"/prod")])
def test_a_request_by_a_stage_keeps_the_stage(own: str | None, expected: bytes) -> None:
    """A custom domain and the stage of one REST API at the same time."""
    changes = {} if own is None else {"root_path": own}
    assert body(ask(RootPath(echo, root_path="/zuko"), **changes)) == b"GET" + expected


def test_no_proxy_holds_events_back() -> None:
    assert EVENT_HEADERS == {"cache-control": "no-cache", "x-accel-buffering": "no"}
