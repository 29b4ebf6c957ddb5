"""How bodies are read: what is in memory meanwhile, and how their values are counted."""

import asyncio
import json
import threading
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from zuko.api import request_body as bodies
from zuko.api.request_body import LARGE_BYTES, BodyRoute, aside, has_too_many_values

MIB: Final = 1 << 20
ROUTER: Final = APIRouter(route_class=BodyRoute)
HELD: Final[list[int]] = []


class Small(BaseModel):
    """The model of a body that is mostly blanks."""

    number: int


@ROUTER.post("/")
async def serve(body: Small, request: Request) -> Response:
    for _ in range(200):  # the thread that has read it drops its own reference a moment after the result is here
        HELD[:] = [tracemalloc.get_traced_memory()[0]]
        if HELD[0] < 2 * MIB:
            break
        await asyncio.sleep(0.01)
    return Response(str(body.number))


def test_work_on_a_large_body_is_done_in_a_thread() -> None:
    async def where(size_bytes: int) -> threading.Thread:
        return await aside(size_bytes, threading.current_thread)

    assert asyncio.run(where(LARGE_BYTES - 1)) is threading.current_thread()
    assert asyncio.run(where(LARGE_BYTES)) is not threading.current_thread()


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


WORDS: Final = st.text(alphabet='ab",[{\\\n\u00e9', max_size=12)
VALUES: Final = st.recursive(
    st.none() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=30,
)


def values_in(value: Any) -> int:
    """Return the number of values, names included: an upper bound of the count that is tested."""
    if isinstance(value, dict):
        return 1 + sum(1 + values_in(each) for each in value.values())
    return 1 + sum(map(values_in, value)) if isinstance(value, list) else 1


@given(value=VALUES, scanned=st.integers(1, 9), escaped=st.booleans())
def test_values_are_counted_whatever_strings_hold(value: Any, scanned: int, escaped: bool) -> None:
    """Wherever the bytes are cut: what looks like a value within a string is none."""
    sent = json.dumps(value, ensure_ascii=escaped).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "_SCANNED", scanned)
        patch.setattr(bodies, "VALUES_MAX", 2 * values_in(value))
        assert not has_too_many_values(sent)
        patch.setattr(bodies, "VALUES_MAX", 4)
        assert has_too_many_values(json.dumps([value, *range(6)]).encode())
        assert not has_too_many_values(json.dumps(['[{,"\\' * 9, value] if isinstance(value, str) else 1).encode())
