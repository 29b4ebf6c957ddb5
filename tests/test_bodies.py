"""How bodies are read: without a server, as what is in memory meanwhile can be seen from inside only."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel

from zuko.api.bodies import BodyRoute

MIB: Final = 1 << 20
ROUTER: Final = APIRouter(route_class=BodyRoute)
HELD: Final[list[int]] = []


class Small(BaseModel):
    """What is left of a body that is blanks for the most part."""

    number: int


@ROUTER.post("/")
async def serve(body: Small, request: Request) -> Response:
    for _ in range(200):  # the thread that has read it drops its own reference a moment after the result is here
        HELD[:] = [tracemalloc.get_traced_memory()[0]]
        if HELD[0] < 2 * MIB:
            break
        await asyncio.sleep(0.01)
    return Response(str(body.number))


def test_a_body_is_gone_when_it_has_been_read() -> None:
    """While the request is served, which may take minutes, nothing has its bytes any more."""
    app = FastAPI()
    app.include_router(ROUTER)
    blanks = b" " * (MIB // 16)

    async def parts() -> AsyncIterator[bytes]:
        yield b'{"number":'
        for _ in range(16 * 16):
            yield bytes(bytearray(blanks))
        yield b"7}"

    sending = parts()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        part = await anext(sending, None)
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    tracemalloc.start()
    try:
        asyncio.run(app(scope, receive, send))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert b"".join(message.get("body", b"") for message in sent) == b"7"
    assert peak > 16 * MIB
    assert HELD[0] < 2 * MIB
