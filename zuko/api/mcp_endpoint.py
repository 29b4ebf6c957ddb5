"""The place of the tools for agents in the app."""

import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zuko.api.errors import refusal
from zuko.api.paths import path_of
from zuko.api.request_body import TOO_MANY_VALUES, has_too_many_values
from zuko.api.request_body import receive as read
from zuko.execution.executor import Executor
from zuko.settings import Settings


def add_mcp(
    app: FastAPI,
    settings: Settings,
    executor: Executor,
    active: Callable[[], contextlib.AbstractContextManager[None]],
) -> Callable[[], AbstractAsyncContextManager[None]]:
    """Serve /mcp in the app, if the settings say so; return what has to run while the app does.

    Args:
        app: to add a middleware to, the innermost: bodies are bounded as everywhere.
        settings: of the process.
        executor: runs the programs.
        active: makes a block that counts as an active request.
    """
    if not settings.mcp:
        return _nothing
    try:
        from zuko.mcp.http import PATH, McpEndpoint, make_endpoint  # noqa: PLC0415 - an extra, and 0.3 s of imports
        from zuko.mcp.runner import LocalRunner  # noqa: PLC0415
    except ImportError as error:
        package = str(error.name).partition(".")[0]
        sys.stderr.write(f"zuko: ZUKO_MCP: the package {package} is not installed: pip install 'zuko[mcp]'\n")
        raise SystemExit(2) from None
    endpoint = make_endpoint(LocalRunner(executor, active), settings)
    app.add_middleware(McpEndpoint, endpoint=endpoint)
    app.add_middleware(BoundedValues, path=PATH)
    return endpoint.running


class BoundedValues:
    """ASGI middleware that refuses JSON with too many values, which the SDK would stop the event loop with.

    Args:
        app: the app to call.
        path: of the requests that are read.
    """

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if scope["type"] != "http" or scope["method"] != "POST" or path_of(scope).rstrip("/") != self._path:
            await self._app(scope, receive, send)
            return
        try:
            body = await read(Request(scope, receive))
        except ClientDisconnect:
            return
        if has_too_many_values(body):
            await refusal(413, "body", message=TOO_MANY_VALUES, kind="too_many_values")(scope, receive, send)
            return
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        del body

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replay, send)


@contextlib.asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield
