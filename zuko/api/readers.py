"""Clients that do not read their responses: their connections are cut, so that they hold neither memory nor programs.

A server stops an app that sends faster than its client reads, for as long as the client likes: with it wait the rest
of the response, a program whose outputs are followed, and a judging.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECE_BYTES: Final = 1 << 16  # of a body: the server looks before each whether the client has read the one before
_LOOKS: Final = 4  # in the time-out, at what was sent and is not read


class Readers:
    """ASGI middleware that cuts the connection of a client that does not read. It has to be the outermost.

    It knows the connections of uvicorn; under another server, which has limits of its own, it does nothing.

    Args:
        app: the app to call.
        timeout_s: time in which a client must read a piece.
    """

    def __init__(self, app: ASGIApp, timeout_s: float) -> None:
        self._app = app
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        # ASGI has no way to cut a connection.
        transport: Any = getattr(getattr(send, "__self__", None), "transport", None)
        if scope["type"] != "http" or not hasattr(transport, "get_write_buffer_size"):  # uvloop's have no common class
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()

        async def send_in_time(message: Message) -> None:
            for piece in _pieces(message):
                if not transport.get_write_buffer_size():
                    await send(piece)
                    continue
                cutting = loop.call_later(self._timeout_s, transport.abort)
                try:
                    await send(piece)
                finally:
                    cutting.cancel()

        try:
            await self._app(scope, receive, send_in_time)
        finally:
            if size_bytes := transport.get_write_buffer_size():
                self._look_after(loop, transport, size_bytes, _LOOKS)

    def _look_after(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.WriteTransport, size_bytes: int, looks: int
    ) -> None:
        """Cut the connection if nothing of what is left in it is read in time: even closing it waits for that."""

        def look() -> None:
            left_bytes = transport.get_write_buffer_size()
            if left_bytes != size_bytes:  # it reads, or has another response, which is waited for as above
                self._look_after(loop, transport, left_bytes, _LOOKS)
            elif looks > 1:
                self._look_after(loop, transport, left_bytes, looks - 1)
            else:
                transport.abort()

        if size_bytes:
            loop.call_later(self._timeout_s / _LOOKS, look)


def _pieces(message: Message) -> Iterator[Message]:
    """Yield a message in pieces, if it is a large part of a body."""
    body: Any = message.get("body", b"")
    if len(body) <= PIECE_BYTES:
        yield message
        return
    for begin in range(0, len(body), PIECE_BYTES):
        is_last = begin + PIECE_BYTES >= len(body)
        more_body = not is_last or message.get("more_body", False)
        yield {**message, "body": body[begin : begin + PIECE_BYTES], "more_body": more_body}
