"""Each request gets an id, is counted, and leaves a line in the log."""

import logging
import re
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Final
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zuko.api.paths import path_of
from zuko.telemetry import tracing
from zuko.telemetry.log import FIELDS
from zuko.telemetry.observer import Observer
from zuko.telemetry.request import RequestRecord, begin

ID_HEADER: Final = "x-request-id"
RECORD: Final = "zuko.request"  # key in a request's scope
ROUTE: Final = "zuko.route"  # another: the name of its route
OTHER: Final = "other"  # stands for paths and methods that are not the app's
PATH_MAX: Final = 300  # characters of a path in the log
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"))
_FAILED: Final = 500  # no response was begun

log = logging.getLogger(__name__)


class RouteNames:
    """Finds the route of a path: one of a fixed number of names, however many paths are asked for.

    Args:
        paths: of the routes, with their parameters in braces.
        facades: the same of façades, which also take a slash at the end.
    """

    def __init__(self, paths: Iterable[str], facades: Iterable[str] = ()) -> None:
        names = {path: path for path in paths}
        for path in facades:
            names |= {path: path, f"{path}/": path}
        self._plain = {path: name for path, name in names.items() if "{" not in path}
        self._patterns = [(_pattern(path), name) for path, name in names.items() if "{" in path]

    def of(self, path: str) -> str:
        """Return the route of a path, or `OTHER`."""
        name = self._plain.get(path)
        if name is not None:
            return name
        return next((name for pattern, name in self._patterns if pattern.fullmatch(path)), OTHER)


class Requests:
    """ASGI middleware that observes requests; it has to be the outermost.

    The id is the client's `X-Request-Id` if that is usable, or a new one; the response has it, too.

    Args:
        app: the app to call.
        routes: names the route of a path.
        observer: counts requests.
        logs: whether each request leaves a line in the log.
    """

    def __init__(self, app: ASGIApp, *, routes: RouteNames, observer: Observer, logs: bool) -> None:
        self._app = app
        self._routes = routes
        self._observer = observer
        self._logs = logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        record = begin(next((value for name, value in scope["headers"] if name == b"x-request-id"), b""))
        scope[RECORD] = record
        path = path_of(scope)
        scope[ROUTE] = route = self._routes.of(path)
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else OTHER
        status, received_bytes, sent_bytes = _FAILED, 0, 0

        async def counting_receive() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            return message

        async def counting_send(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", record.id.encode())]}
            else:
                sent_bytes += len(message.get("body", b""))
            await send(message)

        with _span(scope, method, route):
            try:
                await self._app(scope, counting_receive, counting_send)
            finally:
                tracing.note(**{"http.response.status_code": status, "request": record.id})
                self._observer.request(method, route, status, received_bytes=received_bytes, sent_bytes=sent_bytes)
                if self._logs:
                    elapsed_ms = round((time.monotonic() - began) * 1000, 3)
                    _log(scope, record, path if path == route else quote(path)[:PATH_MAX], status, elapsed_ms)


def _span(scope: Scope, method: str, route: str) -> AbstractContextManager[None]:
    if not tracing.is_tracing():
        return nullcontext()
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:  # one that is given twice is a list
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return tracing.request_span(f"{method} {route}", headers, **{"http.request.method": method, "http.route": route})


def _log(scope: Scope, record: RequestRecord, path: str, status: int, elapsed_ms: float) -> None:
    # The query is left out: it may have a cursor or a label, which are the client's.
    method = quote(scope["method"])[:PATH_MAX]
    client = scope.get("client")
    fields = {"method": method, "path": path, "http_status": status, "elapsed_ms": elapsed_ms}
    if client is not None:
        fields["client"] = client[0]
    log.info("%s %s %d in %g ms", method, path, status, elapsed_ms, extra={FIELDS: fields | record.fields})


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)))
