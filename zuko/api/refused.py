"""Responses to what is refused before an app serves it: in the form of that app, and with its CORS headers."""

from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zuko.api.errors import RefusedError
from zuko.telemetry.request import note

REFUSED: Final = "zuko.refused"  # key in a request's scope: the error
_POLICY: Final = 1008  # of RFC 6455: a message that a server does not take


class Refused:
    """ASGI app that serves nothing: it responds to the error that the scope has.

    Args:
        answer: makes the response to an error.
    """

    def __init__(self, answer: Callable[[Exception], Response]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        error = scope[REFUSED]
        response = self._answer(error)
        if isinstance(error, RefusedError) and error.status_code == 401:
            response.headers["www-authenticate"] = "Bearer"
        await response(scope, receive, send)


async def refuse(refused: ASGIApp, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a request, and note why. A WebSocket is closed before it is open, which its client sees as 403.

    Args:
        refused: the app that responds to the error.
        error: why.
        scope: of the request (ASGI), as all others.
        receive: its messages.
        send: takes the response.
    """
    note(refused=str(error))
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY, "reason": str(error)})
        return
    await refused({**scope, REFUSED: error}, receive, send)
