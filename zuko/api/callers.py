"""The caller of each request: whose share of the sandboxes its programs take, and how many requests it may send."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from zuko.api.auth import KEY, is_open
from zuko.api.refused import refuse
from zuko.caller import (
    CALLER,
    OURSELVES,
    TENANT_MAX,
    UNBOUNDED,
    Allowance,
    Caller,
    name_of_address,
    name_of_tenant,
)
from zuko.errors import OverLimitError
from zuko.settings import Settings
from zuko.submissions.keys import ApiKey
from zuko.telemetry.observer import Observer

BURST_S: Final = 5.0  # requests of so many seconds may come at once
CALLERS_MAX: Final = 10_000  # that are remembered; one that is forgotten may send a burst
_LIMITS: Final = tuple(each.name for each in fields(Allowance))


class Buckets:
    """A bucket of tokens for each caller: a request takes one, and they come back at a rate.

    Args:
        clock: returns the time by a clock that is never set, s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when there were so many

    def take(self, name: str, per_s: float) -> float:
        """Take a token; return the seconds until there is one, 0 if one was taken.

        Args:
            name: of the caller.
            per_s: the rate.
        """
        now, most = self._clock(), max(per_s * BURST_S, 1.0)
        tokens, since = self._left.pop(name, (most, now))
        tokens = min(tokens + (now - since) * per_s, most)
        taken = tokens >= 1.0
        self._left[name] = tokens - taken, now
        if len(self._left) > CALLERS_MAX:
            self._left.popitem(last=False)
        return 0.0 if taken else (1.0 - tokens) / per_s


class Callers:
    """Finds out which client sends a request: the name of its key, a tenant, or an address.

    Args:
        settings: of the process.
        observer: counts refusals.
    """

    def __init__(self, settings: Settings, observer: Observer | None = None) -> None:
        header = settings.tenant_header
        self._tenant_header = None if header is None else header.lower().encode()
        self._allowance = settings.allowance
        self._observer = observer or Observer()
        self._buckets = Buckets()

    def of(self, scope: Scope) -> Caller:
        """Return the caller of a request."""
        key: ApiKey | None = scope.get(KEY)
        if key is not None:
            return Caller(name_of_tenant(key.name), self._allowance_of(key))
        if self._tenant_header is not None:
            for name, value in scope["headers"]:
                if name == self._tenant_header and value:
                    return Caller(name_of_tenant(value[:TENANT_MAX].decode("latin-1")), self._allowance)
        client = scope.get("client")
        return OURSELVES if client is None else Caller(name_of_address(client[0]), self._allowance)

    def check_rate(self, caller: Caller) -> None:
        """Count a request.

        Raises:
            OverLimitError: it comes too soon.
        """
        per_s = caller.allowance.requests_per_s
        if per_s is None:
            return
        wait_s = self._buckets.take(caller.name, per_s)
        if wait_s > 0:
            self._observer.limited("requests")
            raise OverLimitError.of_requests(per_s, math.ceil(wait_s))

    def _allowance_of(self, key: ApiKey) -> Allowance:
        if key.allowance == UNBOUNDED:
            return self._allowance
        own = {name: getattr(key.allowance, name) for name in _LIMITS}
        return Allowance(**{name: getattr(self._allowance, name) if own[name] is None else own[name] for name in own})


class Called:
    """ASGI middleware that has programs run in the share of the request's caller, and refuses requests at its limit.

    Args:
        app: the app to call.
        callers: finds the caller.
        refused: the app that responds to a request that is refused; it never serves one.
    """

    def __init__(self, app: ASGIApp, *, callers: Callers, refused: ASGIApp) -> None:
        self._app = app
        self._callers = callers
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if scope["type"] == "lifespan" or is_open(scope):
            await self._app(scope, receive, send)
            return
        caller = self._callers.of(scope)
        CALLER.set(caller)
        try:
            self._callers.check_rate(caller)
        except OverLimitError as error:
            await refuse(self._refused, error, scope, receive, send)
            return
        await self._app(scope, receive, send)
