"""A façade: paths, routes and errors of another system, as an app of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from zuko.api.body_limit import BodyLimit, HeldBytes
from zuko.api.compat.reading import BodyError
from zuko.api.direct import Direct, Handler
from zuko.api.errors import RefusedError
from zuko.api.refused import Refused
from zuko.api.service import CLIENT_GONE, ClientGoneError, Service
from zuko.errors import NoCapacityError, ZukoError
from zuko.settings import Settings
from zuko.wire.service import FieldError

if TYPE_CHECKING:  # where there are no callbacks, no HTTP client is loaded
    from zuko.submissions.webhooks import Deliver


@dataclass(frozen=True, slots=True)
class Cors:
    """The pages of other sites that may send requests, and what these may have."""

    origins: tuple[str, ...]  # ("*",): any
    methods: tuple[str, ...] = ("GET", "POST")
    headers: tuple[str, ...] = ("authorization", "content-type")


@dataclass(frozen=True, slots=True)
class Facade:
    """An interface of another system.

    Routes do not end with a slash; requests may. Their endpoints raise errors, and `answer` gives them their form.
    """

    prefixes: tuple[str, ...]  # paths that belong to it, with all below them: "/api/v2"
    routes: Sequence[BaseRoute]
    # Makes the response to an error, in the system's own form: `ZukoError` of a program, `BodyError` of a body, another
    # `HTTPException` of a request (404 and 405 of the router, and what its own routes raise), any other: a bug.
    answer: Callable[[Exception], Response]
    body_limit_bytes: int
    cors: Cors | None = None
    deliver: "Callable[[Service], Deliver] | None" = None  # makes what sends its callbacks

    def app(self, state: State, held: HeldBytes, settings: Settings) -> ASGIApp:
        """Make the app of the façade.

        Args:
            state: of the app that it is mounted into.
            held: the bodies that all requests have sent.
            settings: of the process.
        """
        body_limit = Middleware(
            BodyLimit,
            limit_bytes=min(self.body_limit_bytes, settings.bodies_limit_bytes),
            held=held,
            total_bytes=settings.bodies_limit_bytes,
            timeout_s=settings.body_timeout_s,
            refuse=self._refuse,
            busy=lambda: self.answer(NoCapacityError("too many large requests at a time")),
        )
        handle = partial(_handle, self.answer)
        handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
            ClientGoneError: _gone,
            HTTPException: handle,
            ZukoError: handle,
            Exception: handle,
        }
        direct = Middleware(Direct, find=self._short_way(), exception_handlers=handlers)
        made = Starlette(
            routes=self.routes, middleware=[*self._cors(), body_limit, direct], exception_handlers=handlers
        )
        made.router.redirect_slashes = False
        made.state = state
        return made

    def refused(self) -> ASGIApp:
        """Make the app that responds to what is refused before a route serves it, in the system's own form."""
        app: ASGIApp = Refused(self._answer_refused)
        for each in self._cors():
            app = each.cls(app, *each.args, **each.kwargs)
        return app

    def _short_way(self) -> Callable[[str, str, bytes], Handler | None]:
        """Return what finds the endpoint of a route without parameters: its path is looked up, not matched."""
        found = {
            (method, route.path): route.endpoint
            for route in self.routes
            if isinstance(route, Route) and "{" not in route.path and iscoroutinefunction(route.endpoint)
            for method in route.methods or ()
        }
        return lambda method, path, _: found.get((method, path))

    def _cors(self) -> list[Middleware]:
        cors = self.cors
        if cors is None or not cors.origins:
            return []
        return [
            Middleware(
                CORSMiddleware,
                allow_origins=cors.origins,
                allow_methods=cors.methods,
                allow_headers=cors.headers,
                max_age=600,
            )
        ]

    def _answer_refused(self, error: Exception) -> Response:
        if isinstance(error, RefusedError):
            error = HTTPException(error.status_code, str(error))
        return self.answer(error)

    def _refuse(self, status_code: int, error: FieldError) -> Response:
        response = self.answer(BodyError(status_code, error.msg))
        response.headers["connection"] = "close"  # because the rest of the body would have to be read first
        return response


async def _handle(answer: Callable[[Exception], Response], _: Request, error: Exception) -> Response:
    return answer(error)


async def _gone(_: Request, __: Exception) -> Response:
    return CLIENT_GONE
