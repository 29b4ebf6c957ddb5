"""The short way to a few routes: past the router, FastAPI's own middleware and its dependency machinery."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zuko.api.paths import path_of

type Handler = Callable[[Request], Awaitable[Response]]

TELEMETRY: Final = "fastapi.telemetry"  # key in the scope of a request that FastAPI traces


class Direct:
    """ASGI middleware that serves some requests by itself, and leaves all others to the app.

    Their routes must be the app's as well: it describes them, and answers other methods. A run is short, so that the
    code around it is no longer in the processor's caches: FastAPI's way to a route took a third of the time of a
    response in addition to its program. Requests that FastAPI traces take its way, as the traces name the route.

    Args:
        app: the app to call.
        find: returns the function that serves a request, by its method, path and query; None: the app serves it.
        exception_handlers: the app's; those of the errors that a route may raise are called here.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        find: Callable[[str, str, bytes], Handler | None],
        exception_handlers: Mapping[Any, Callable[[Request, Any], Any]],
    ) -> None:
        self._app = app
        self._find = find
        self._exception_handlers = exception_handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        handle = None
        if scope["type"] == "http" and TELEMETRY not in scope:
            path = path_of(scope)
            handle = self._find(scope["method"], path, scope["query_string"])
        if handle is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            response = await handle(request)
        except Exception as error:
            answer = self._handler(error)
            if answer is None:
                raise
            response = await answer(request, error)
        await response(scope, receive, send)

    def _handler(self, error: Exception) -> Callable[[Request, Any], Any] | None:
        """Return what answers an error; None: it is a bug."""
        kinds = (kind for kind in type(error).__mro__ if kind is not Exception)
        return next((self._exception_handlers[kind] for kind in kinds if kind in self._exception_handlers), None)
