"""Limits on request bodies, of each and of all together: a body is refused before it fills memory."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zuko.api.errors import refusal
from zuko.api.paths import path_of
from zuko.wire.service import FieldError

# The first bytes of a body do not count: most bodies are no longer, and are to pass while large ones are held for
# minutes. They would matter with thousands of connections only, and those cost as much without a body.
FREE_BYTES: Final = 64 * 1024


@dataclass(slots=True)
class HeldBytes:
    """The size of the bodies that the requests being served have sent, as `BodyLimit` counts it."""

    bytes: int = 0


class BodyLimit:
    """ASGI middleware that answers 413 to a body that is too large, with or without a declared length.

    It also limits the size of all bodies together, and the time in which a client must send its own.

    Args:
        app: the app to call.
        limit_bytes: limit of one body.
        limits_by_path: other limits of one body, by path.
        held: the bodies of all requests, which others may count as well.
        total_bytes: limit of all bodies that the requests being served have sent, each without its first `FREE_BYTES`;
            bytes that are declared and not sent do not count.
        is_exempt: whether a request has limits of its own, because its body is not held.
        timeout_s: time in which a client must send its body.
        busy: makes the response to a body that would exceed the total.
        refuse: makes the response to another body that is refused, by status and error; it closes the connection, as
            the rest of the body would have to be read first. None: that of our own API.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit_bytes: int,
        held: HeldBytes,
        total_bytes: int,
        timeout_s: float,
        busy: Callable[[], Response],
        limits_by_path: Mapping[str, int] = MappingProxyType({}),
        is_exempt: Callable[[Scope], bool] = lambda _: False,
        refuse: Callable[[int, FieldError], Response] | None = None,
    ) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._limit_bytes = limit_bytes
        self._limits_by_path = limits_by_path
        self._is_exempt = is_exempt
        self._total_bytes = total_bytes
        self._busy = busy
        self._held = held
        self._refuse = refuse or _refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if scope["type"] != "http" or self._is_exempt(scope):
            await self._app(scope, receive, send)
            return
        limit_bytes = self._limits_by_path.get(path_of(scope), self._limit_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit_bytes:
            await self._refuse(413, too_large(limit_bytes))(scope, receive, send)
            return

        received = held = 0
        refused = complete = False
        deadline = asyncio.get_running_loop().time() + self._timeout_s

        async def refuse(refusal: Response) -> Message:
            nonlocal refused
            if not refused:
                refused = True
                await refusal(scope, receive, send)
            # The app then reads no further, as if the client had disconnected.
            return {"type": "http.disconnect"}

        async def counting_receive() -> Message:
            nonlocal received, held, complete
            if complete:  # the next message is a disconnect, and may take any time
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                return await refuse(self._refuse(408, too_slow(self._timeout_s)))
            complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            counted = max(received - FREE_BYTES, 0)
            self._held.bytes += counted - held
            held = counted
            if received > limit_bytes:
                return await refuse(self._refuse(413, too_large(limit_bytes)))
            if held and self._held.bytes > self._total_bytes:
                return await refuse(self._busy())
            return message

        async def guarded_send(message: Message) -> None:
            if not refused:
                await send(message)

        try:
            await self._app(scope, counting_receive, guarded_send)
        finally:
            self._held.bytes -= held


def too_slow(timeout_s: float) -> FieldError:
    """Return the error of a body that was not received in time."""
    return FieldError(loc=["body"], msg=f"the body was not received within {timeout_s:g} s", type="body_too_slow")


def too_large(limit_bytes: int) -> FieldError:
    """Return the error of a body that is larger than the limit."""
    return FieldError(loc=["body"], msg=f"the body is larger than {limit_bytes} bytes", type="body_too_large")


def _refusal(status_code: int, error: FieldError) -> Response:
    return refusal(status_code, *error.loc, message=error.msg, kind=error.type)
