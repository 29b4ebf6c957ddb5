"""API keys: each request needs one, with the scope that its path needs."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from zuko.api.errors import RefusedError
from zuko.api.openapi import JUDGE, PROBLEMS
from zuko.api.paths import path_of
from zuko.api.refused import REFUSED, refuse
from zuko.errors import StoreError, UnavailableError
from zuko.submissions.keys import ApiKey, Scope, parts_of
from zuko.telemetry.metrics import PATH as METRICS_PATH
from zuko.telemetry.request import note

KEY: Final = "zuko.key"  # key in the scope of a request: its API key
KNOWN_S: Final = 5.0  # a key, or that there is none with an id, is believed for this long
AWAY_S: Final = 300.0  # and a known key for this long, while the store does not answer
KNOWN_MAX: Final = 10_000
# Served without a key: probes, the page and the documents, which run nothing. What the page sends needs one.
_OPEN: Final = frozenset(
    ("/", "/healthz", "/readyz", "/api/v1/languages", "/docs", "/docs/oauth2-redirect", "/openapi.json")
)
_OPEN_BELOW: Final = ("/page/", "/static-offline-docs/")
# The last three are those of façades: Judge0's, Jobe's, and RapidAPI's, which tutorials for Judge0 use.
_HEADERS: Final = (b"authorization", b"x-auth-token", b"x-api-key", b"x-rapidapi-key")
_MCP: Final = "/mcp"  # its tools run and judge


def lacking(scope: Scope) -> RefusedError:
    """Return the error of a request whose key does not have a scope."""
    message = f"this key does not have the scope {scope}"
    return RefusedError(403, "header", "authorization", message=message, kind="scope")


class Keys:
    """Finds keys, and remembers them for a moment. In an event loop.

    Args:
        find: asks the store for a key, by its id.
    """

    def __init__(self, find: Callable[[str], Awaitable[ApiKey | None]]) -> None:
        self._find = find
        self._known: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()  # by id: when they were asked for

    async def of(self, key_id: str) -> ApiKey | None:
        """Return the key of an id; None: there is none.

        Raises:
            StoreError: the store does not answer, and the key is not known, or not any more.
        """
        now = time.monotonic()
        asked_at, key = self._known.get(key_id, (-AWAY_S, None))
        if now - asked_at < KNOWN_S:
            return key
        try:
            found = await self._find(key_id)
        except StoreError:
            if key is None or now - asked_at >= AWAY_S:
                raise
            return key
        self._known.pop(key_id, None)
        self._known[key_id] = now, found
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)
        return found


class Authenticated:
    """ASGI middleware that lets requests with a key pass.

    A request has it in `Authorization: Bearer`, or as clients of the façades send it: in `Authorization` alone, or in
    `X-Auth-Token`, `X-API-Key` or `X-RapidAPI-Key`.

    Args:
        app: the app to call.
        keys: finds keys.
        refused: the app that responds to a request that is refused; it never serves one.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys, refused: ASGIApp) -> None:
        self._app = app
        self._keys = keys
        self._refused = refused

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if scope["type"] == "lifespan" or is_open(scope):
            await self._app(scope, receive, send)
            return
        try:
            key = await self._authenticated(scope)
            for needed in scopes_of(path_of(scope)):
                if not key.allows(needed):
                    raise lacking(needed)
        except RefusedError as error:
            await refuse(self._refused, error, scope, receive, send)
        except UnavailableError as error:
            await self._refused({**scope, REFUSED: error}, receive, send)
        else:
            await self._app({**scope, KEY: key}, receive, send)

    async def _authenticated(self, scope: AsgiScope) -> ApiKey:
        """Return the key of a request.

        Raises:
            RefusedError: it has none that counts.
            StoreError: the store does not answer.
        """
        parts = parts_of(_sent(scope))
        if parts is None:
            raise _unknown("needs an API key: Authorization: Bearer zuko_...")
        key_id, secret = parts
        note(claimed_key=key_id)
        key = await self._keys.of(key_id)
        if key is None or not key.is_proved_by(secret):
            raise _unknown("is not a key of this service")
        note(key=key.id, key_name=key.name)
        if why := key.refusal(time.time()):
            raise _unknown(f"is a key that was {why}" if why == "revoked" else f"is a key that has {why}")
        return key


def scopes_of(path: str) -> tuple[Scope, ...]:
    """Return the scopes that a path needs."""
    if path == METRICS_PATH:
        return (Scope.ADMIN,)
    if path.rstrip("/") == _MCP:
        return (Scope.RUN, Scope.JUDGE)
    is_judging = path in (JUDGE, PROBLEMS) or path.startswith(f"{PROBLEMS}/")
    return (Scope.JUDGE if is_judging else Scope.RUN,)


def is_open(scope: AsgiScope) -> bool:
    """Return whether a request needs no key, and runs nothing."""
    path = path_of(scope)
    # A preflight has no key.
    return scope.get("method") == "OPTIONS" or path in _OPEN or path.startswith(_OPEN_BELOW)


def _sent(scope: AsgiScope) -> str:
    """Return the key as it was sent; "": none was."""
    headers = {name: value for name, value in scope["headers"] if name in _HEADERS}
    for name in _HEADERS:
        text: str = headers.get(name, b"").decode("latin-1")
        if name == b"authorization":
            kind, _, named = text.partition(" ")
            if kind.lower() == "bearer":
                text = named.strip()
            elif parts_of(text) is None:  # clients of Piston send the key alone
                text = ""
        if text:
            return text
    return ""


def _unknown(message: str) -> RefusedError:
    return RefusedError(401, "header", "authorization", message=message, kind="key")
