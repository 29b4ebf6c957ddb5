"""Bodies are refused before they fill memory: one that is too large, and any more than all may hold together."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zuko.api.models import FieldError, FieldErrors

# The first bytes of a body are not counted: most bodies have no more, and shall pass while a few large ones are held,
# perhaps for minutes. Only thousands of connections would make them matter, and those cost as much without a body.
FREE_BYTES: Final = 64 * 1024


class BodyLimit:
    """ASGI middleware: 413 for a body that is too large, whether it says so or not; no more than so much in all.

    Args:
        app: what is behind it.
        limit_bytes: of one body.
        limits_by_path: of one body, where it is another one.
        total_bytes: of all bodies that requests being served have sent, each without its first `FREE_BYTES`; what is
            declared and not sent is not counted.
        timeout_s: what a client has for sending its body.
        busy: makes the answer for a body that would pass the total.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit_bytes: int,
        limits_by_path: Mapping[str, int],
        total_bytes: int,
        timeout_s: float,
        busy: Callable[[], Response],
    ) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._limit_bytes = limit_bytes
        self._limits_by_path = limits_by_path
        self._total_bytes = total_bytes
        self._busy = busy
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_bytes = self._limits_by_path.get(
            scope["path"].removeprefix(scope.get("root_path", "")), self._limit_bytes
        )
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit_bytes:
            await _refusal(413, too_large(limit_bytes))(scope, receive, send)
            return

        received = held = 0
        refused = complete = False
        deadline = asyncio.get_running_loop().time() + self._timeout_s

        async def refuse(refusal: Response) -> Message:
            nonlocal refused
            if not refused:
                refused = True
                await refusal(scope, receive, send)
            # To the app it is as if the client had gone: it reads no further.
            return {"type": "http.disconnect"}

        async def counting_receive() -> Message:
            nonlocal received, held, complete
            if complete:  # what comes now is a disconnect, whenever
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                return await refuse(_refusal(408, too_slow(self._timeout_s)))
            complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            counted = max(received - FREE_BYTES, 0)
            self._held_bytes += counted - held
            held = counted
            if received > limit_bytes:
                return await refuse(_refusal(413, too_large(limit_bytes)))
            if held and self._held_bytes > self._total_bytes:
                return await refuse(self._busy())
            return message

        async def guarded_send(message: Message) -> None:
            if not refused:
                await send(message)

        try:
            await self._app(scope, counting_receive, guarded_send)
        finally:
            self._held_bytes -= held


def too_slow(timeout_s: float) -> FieldError:
    """What is wrong with a body that did not come in time."""
    return FieldError(loc=["body"], msg=f"the body was not received within {timeout_s:g} s", type="body_too_slow")


def too_large(limit_bytes: int) -> FieldError:
    """What is wrong with a body that is larger than this."""
    return FieldError(loc=["body"], msg=f"the body is larger than {limit_bytes} bytes", type="body_too_large")


def _refusal(status_code: int, problem: FieldError) -> Response:
    # Closed, because the rest of the body is not worth reading.
    return JSONResponse(FieldErrors(detail=[problem]).model_dump(), status_code, headers={"connection": "close"})
