"""The tools over HTTP, at /mcp of a service.

In the protocol of 2026-07-28 each request stands by itself. Before that, what cancels a call is a request of its own,
and only a session connects the two.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zuko.caller import CALLER
from zuko.execution.offer import languages_of
from zuko.mcp.progress import ENDED
from zuko.mcp.runner import Runner
from zuko.mcp.server import make_server
from zuko.mcp.sessions import Sessions
from zuko.settings import Settings

PATH: Final = "/mcp"
ANY: Final = "*"  # as a host: none is refused
SESSIONS_MAX: Final = 1000  # at a time; more get 503
CLIENT_SESSIONS_MAX: Final = 100  # of one client; one more ends its oldest
SESSION_IDLE_S: Final = 1800.0
SESSION: Final = b"mcp-session-id"
_OURS: Final = ("127.0.0.1", "localhost", "[::1]")


class McpEndpoint:
    """ASGI middleware that serves /mcp.

    A browser's page could reach a service on this machine by a name of its own that it lets lead here (DNS rebinding),
    so requests whose Host is not expected are refused.

    Args:
        app: serves all other paths.
        endpoint: made by `make_endpoint`.
    """

    def __init__(self, app: ASGIApp, endpoint: "Endpoint") -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if scope["type"] == "http" and scope["path"].removeprefix(scope.get("root_path", "")).rstrip("/") == PATH:
            await self._endpoint.serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class Endpoint:
    """The tools of a service, and what has to run while they are served.

    Args:
        server: with the tools.
        hosts: names that a request may be sent to, with a port or without, besides this machine's own; `*`: any.
        origins: of pages that may send requests.
        body_limit_bytes: of a request.
        sessions: False: no request needs the process that served another one.
    """

    def __init__(
        self,
        server: MCPServer[Any],
        *,
        hosts: Sequence[str],
        origins: Sequence[str],
        body_limit_bytes: int,
        sessions: bool,
    ) -> None:
        named = [*_OURS, *hosts]
        security = TransportSecuritySettings(
            enable_dns_rebinding_protection=ANY not in hosts,
            allowed_hosts=[form for name in named for form in (name, f"{name}:*")],
            allowed_origins=[*origins, *(f"http://{name}:*" for name in _OURS)],
        )
        # Makes the session manager; its routes are not used, as they would serve all paths of the app.
        server.streamable_http_app(
            stateless_http=not sessions,
            max_sessions=SESSIONS_MAX,
            session_idle_timeout=SESSION_IDLE_S,
            max_request_body_size=body_limit_bytes,
            transport_security=security,
        )
        self._methods = ("POST", "DELETE") if sessions else ("POST",)
        self._sessions = Sessions(CLIENT_SESSIONS_MAX, SESSION_IDLE_S)
        self._manager = server.session_manager

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve during the block; calls that go on at its end are cancelled."""
        async with self._manager.run():
            yield

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI).

        GET would open a stream on which nothing ever comes: the tools say nothing outside of calls.
        """
        if scope["method"] not in self._methods:
            response = PlainTextResponse("this method is not served here\n", 405, {"allow": ", ".join(self._methods)})
            await response(scope, receive, send)
            return
        ended = asyncio.Event()
        before = next((value.decode("latin-1") for name, value in scope["headers"] if name == SESSION), None)
        if before is not None:
            self._sessions.used(before)
        superseded: str | None = None

        async def send_on(message: Message) -> None:
            nonlocal superseded
            if message["type"] == "http.response.start":
                found = next((value for name, value in message.get("headers", ()) if name.lower() == SESSION), None)
                status, is_end = message["status"], scope["method"] == "DELETE"
                if found is not None and before is None and status < 400:
                    superseded = self._sessions.opened(found.decode("latin-1"), CALLER.get().name)
                elif before is not None and (status == 404 or (is_end and status < 400)):  # else it goes on
                    self._sessions.ended(before)
            await send(message)

        try:
            await self._manager.handle_request({**scope, ENDED: ended}, receive, send_on)
        finally:
            ended.set()  # a client that drops its connection gets no result of a call: nothing sends it later
        if superseded is not None:
            await self._end(superseded)

    async def _end(self, session_id: str) -> None:
        """End a session, as its client would."""
        headers = [(SESSION, session_id.encode("latin-1")), (b"host", b"localhost")]
        scope: Scope = {"type": "http", "method": "DELETE", "path": PATH, "query_string": b"", "headers": headers}

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def drop(_: Message) -> None:
            """Tell no one."""

        await self._manager.handle_request(scope, receive, drop)


def make_endpoint(runner: Runner, settings: Settings) -> Endpoint:
    """Return the tools of a service.

    Args:
        runner: runs the programs.
        settings: of the process.
    """
    logging.getLogger("mcp").setLevel(logging.WARNING)  # it reports each session
    return Endpoint(
        make_server(runner, languages_of(settings)),
        hosts=settings.hosts,
        origins=settings.cors_origins,
        body_limit_bytes=settings.body_limit_bytes,
        sessions=settings.mcp_sessions,
    )
