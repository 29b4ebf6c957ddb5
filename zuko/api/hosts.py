"""The names by which requests may reach the service, and the pages that may send them.

A web page can make a name of its own lead to 127.0.0.1 (DNS rebinding): to the browser the service is then of the same
site, so that no rule of browsers keeps the page from running programs here and reading what is stored. Its requests
name that host, which is how they are found. An address as a host is safe, because a page that has it came from there.
"""

import functools
import ipaddress
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from zuko.api.errors import RefusedError
from zuko.api.paths import path_of
from zuko.api.refused import refuse
from zuko.submissions.addresses import is_address

ANY: Final = "*"  # as a name or an origin: none is refused
_SHOWN: Final = 80  # characters of a name that a refusal repeats
_OURS: Final = frozenset(("localhost",))
_PROBES: Final = frozenset(("/healthz", "/readyz"))  # they say nothing of anyone
_OWN_API: Final = "/api/v1/"  # the other interfaces have rules of their own about pages
_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))
_OWN_PAGE: Final = frozenset((b"same-origin", b"none"))  # values of Sec-Fetch-Site


class Hosts:
    """ASGI middleware that refuses requests to names that are not expected (421), and by other sites' pages (403).

    Without names from the settings it looks at requests that come by a loopback address, which no other machine can
    use, but the browsers of this one. A client other than a browser may leave `Host` out.

    Args:
        app: the app to call.
        names: names that requests may be sent to, with a port or without, besides addresses and localhost; `*`: any.
        origins: of pages of other sites that may send requests; `*`: any.
        has_keys: each request needs a key, which no such page has: only names from the settings are looked at.
        refused: the app that responds to a request that is refused; it never serves one.
    """

    def __init__(
        self, app: ASGIApp, *, names: Sequence[str], origins: Sequence[str], has_keys: bool, refused: ASGIApp
    ) -> None:
        self._app = app
        self._refused = refused
        self._names = frozenset(name.lower() for name in names)
        self._origins = frozenset(origin.encode() for origin in origins)
        self._is_off = ANY in names or (has_keys and not names)
        self._is_expected = functools.lru_cache(256)(self._is_name_expected)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request (ASGI)."""
        if self._is_off or scope["type"] == "lifespan" or not (self._names or _is_local(scope.get("server"))):
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name == b"host" and not self._is_expected(value) and path_of(scope) not in _PROBES:
                shown = ascii(value.decode("latin-1"))[:_SHOWN]
                message = (
                    f"{shown} is not a name of this service: use localhost or its address, or add it to ZUKO_HOSTS"
                )
                await refuse(self._refused, _error(421, "host", message), scope, receive, send)
                return
            headers[name] = value
        if self._is_of_another_page(scope, headers):
            message = "a page of another site sent this: add its origin to ZUKO_CORS_ORIGINS, if it may"
            await refuse(self._refused, _error(403, "origin", message), scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_name_expected(self, host: bytes) -> bool:
        text = host.decode("latin-1").lower()
        name = _name(text)
        return name in _OURS or name in self._names or text in self._names or is_address(_bare(name))

    def _is_of_another_page(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        """Return whether a browser sent a request for another site's page, although it changes something.

        Most of those need a content type about which browsers ask first; to judge again, or to verify, does not.
        """
        origin = headers.get(b"origin")
        if scope.get("method", "GET") in _SAFE or not path_of(scope).startswith(_OWN_API):
            return False
        if origin is not None and self._origins & {origin, ANY.encode()}:
            return False
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return site not in _OWN_PAGE
        if origin is None:  # not a browser
            return False
        try:
            return urlsplit(origin.decode("latin-1")).hostname != _bare(
                _name(headers.get(b"host", b"").decode("latin-1"))
            )
        except ValueError:
            return True


def _name(host: str) -> str:
    """Return a host without its port and the dot of the root: "[::1]" of "[::1]:8000"."""
    if host.startswith("["):
        name, _, port = host.partition("]")
        return f"{name}]" if port[:1] in ("", ":") else host
    return host.partition(":")[0].removesuffix(".").lower()


def _bare(name: str) -> str:
    return name.removeprefix("[").removesuffix("]")


def _is_local(server: Sequence[object] | None) -> bool:
    """Return whether a request came by a loopback address.

    Args:
        server: address and port of our end of the connection (ASGI); the path of a Unix socket; None: not known.
    """
    return server is not None and _is_loopback(str(server[0]))


@functools.lru_cache(64)
def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    # An IPv4 address, as a socket for both has it.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def _error(status_code: int, header: str, message: str) -> RefusedError:
    return RefusedError(status_code, "header", header, message=message, kind=header)
