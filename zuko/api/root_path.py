"""The path before ours, of requests that do not bring one: a proxy's or a custom domain's, `ZUKO_ROOT_PATH`."""

from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Middleware that adds the root path. A request that came by the stage of a gateway has that as its own.

    Args:
        app: the app.
        root_path: of the settings.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if not scope.get("root_path"):
            scope = {**scope, "root_path": self._root_path}
        await self._app(scope, receive, send)
