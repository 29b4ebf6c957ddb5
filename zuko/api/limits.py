"""Bodies are refused before they fill memory: one that is too large, and any more than all may hold together."""

from collections.abc import Callable

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: 413 for a body that is too large, whether it says so or not; no more than so much in all.

    Args:
        app: what is behind it.
        limit_bytes: of one body.
        total_bytes: of all bodies that requests being served have sent; what is declared and not sent is not counted.
        busy: makes the answer for a body that would pass the total.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, total_bytes: int, busy: Callable[[], Response]) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._total_bytes = total_bytes
        self._busy = busy
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit_bytes:
            await self._too_large()(scope, receive, send)
            return

        received = 0
        refused = False

        async def counting_receive() -> Message:
            nonlocal received, refused
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self._held_bytes += size
            if size and not refused and (received > self._limit_bytes or self._held_bytes > self._total_bytes):
                refusal = self._too_large() if received > self._limit_bytes else self._busy()
                refused = True
                await refusal(scope, receive, send)
            # To the app it is as if the client had gone: it reads no further.
            return {"type": "http.disconnect"} if refused else message

        async def guarded_send(message: Message) -> None:
            if not refused:
                await send(message)

        try:
            await self._app(scope, counting_receive, guarded_send)
        finally:
            self._held_bytes -= received

    def _too_large(self) -> Response:
        problem = {
            "loc": ["body"],
            "msg": f"the body is larger than {self._limit_bytes} bytes",
            "type": "body_too_large",
        }
        # Closed, because the rest of the body is not worth reading.
        return JSONResponse({"detail": [problem]}, 413, headers={"connection": "close"})
