"""The façades that there are, and the middleware that gives requests to those that are switched on."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from fastapi import FastAPI
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from zuko.api.body_limit import HeldBytes
from zuko.api.compat import jobe, judge0, piston, sandboxfusion
from zuko.api.compat.facade import Facade
from zuko.settings import Settings

_SLASHES: Final = re.compile("//+")

FACADES: Final[Mapping[str, Callable[[Settings], Facade]]] = {
    "piston": piston.facade,
    "judge0": judge0.facade,
    "sandboxfusion": sandboxfusion.facade,
    "jobe": jobe.facade,
}


def mount(app: FastAPI, settings: Settings, held: HeldBytes, refused: ASGIApp) -> tuple[ASGIApp, Sequence[str]]:
    """Mount the façades that the settings name. They are not in openapi.json: other systems describe them.

    Args:
        app: the app.
        settings: of the process.
        held: the bodies that all requests have sent.
        refused: responds to requests to our own API that are refused before a route serves them.

    Returns:
        the app that responds to any such request, and serves nothing; and the paths of the façades' routes.
    """
    facades = [FACADES[name](settings) for name in settings.facades]
    if not facades:
        return refused, ()
    apps, refusals = dict[str, ASGIApp](), dict[str, ASGIApp]()
    for facade in facades:
        if facade.deliver is not None:
            app.state.service.station.deliver = facade.deliver(app.state.service)
        apps |= dict.fromkeys(facade.prefixes, facade.app(app.state, held, settings))
        refusals |= dict.fromkeys(facade.prefixes, facade.refused())
    app.add_middleware(Facades, by_prefix=apps)
    paths = [route.path for facade in facades for route in facade.routes if isinstance(route, Route | WebSocketRoute)]
    return Facades(refused, refusals), paths


class Facades:
    """ASGI middleware that gives a request to the façade that its path belongs to, with each slash once.

    Some clients end every path with a slash, others their base URL, to which they add `/execute`; not all follow a
    redirect, and the other systems need none.

    Args:
        app: serves all other paths.
        by_prefix: the apps of the façades, by the paths that belong to them.
    """

    def __init__(self, app: ASGIApp, by_prefix: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._facades = [(f"{prefix}/", facade) for prefix, facade in by_prefix.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if scope["type"] in ("http", "websocket"):
            root = scope.get("root_path", "")
            path = _SLASHES.sub("/", scope["path"].removeprefix(root)).rstrip("/")
            for prefix, facade in self._facades:
                if f"{path}/".startswith(prefix):
                    await facade({**scope, "path": root + path}, receive, send)
                    return
        await self._app(scope, receive, send)
