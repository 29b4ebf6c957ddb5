"""The short way to one route: past the router, FastAPI's own middleware and its dependency machinery."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from zuko.errors import SubmissionError, UnavailableError

TELEMETRY: Final = "fastapi.telemetry"  # key in the scope of a request that FastAPI traces


class Direct:
    """ASGI middleware that serves the POST requests of one path by itself, and leaves all others to the app.

    The route must be the app's as well: it describes it, and answers other methods. A run is short, so that the code
    around it is no longer in the processor's caches: FastAPI's way to a route took a third of the time of a response in
    addition to its program. Requests that FastAPI traces take its way, as the traces name the route.

    Args:
        app: the app to call.
        path: of the route.
        handle: the route's function.
        exception_handlers: the app's; those of the errors that a route may raise are called here.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        handle: Callable[[Request], Awaitable[Response]],
        exception_handlers: Mapping[Any, Callable[[Request, Any], Any]],
    ) -> None:
        self._app = app
        self._path = path
        self._handle = handle
        self._exception_handlers = exception_handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or scope["path"].removeprefix(scope.get("root_path", "")) != self._path
            or TELEMETRY in scope
        ):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await self._handle(request)
        except (RequestValidationError, SubmissionError, UnavailableError) as error:
            response = await self._handler(error)(request, error)
        await response(scope, receive, send)

    def _handler(self, error: Exception) -> Callable[[Request, Any], Any]:
        return next(self._exception_handlers[kind] for kind in type(error).__mro__ if kind in self._exception_handlers)
