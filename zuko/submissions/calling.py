"""A request to a URL that a client has named.

A URL is a client's text, and we are inside of networks that the client is not in. So a name is resolved once, an
address that is not public is refused unless the settings allow it, the connection is made to that very address, and
redirects are not followed.

httpx2 sends them: it connects to an address while TLS verifies a name (`sni_hostname`), is asynchronous, so that a
receiver that hangs costs no thread, and all of a delivery can have one time limit, which blocking libraries cannot do.
"""

import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx2

from zuko.submissions.addresses import AddressError, addresses_of

type Client = httpx2.AsyncClient

ERROR_MAX: Final = 200  # characters of an error that are kept
_PORTS: Final = {"http": 80, "https": 443}


class UndeliverableError(Exception):
    """A delivery that failed; the text says why, without what only we may know of our network."""


class NoConnectionError(UndeliverableError):
    """A delivery that failed before anything was sent."""


async def call(
    client: Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes,
    allow_private: bool,
    threads: Executor,
) -> int:
    """Send a request, and return the status of the response, whose body is not read.

    Args:
        client: keeps no connection: the next request to the same address may be for another name.
        method: of the request.
        url: http or https; its host is looked up here, and nowhere else.
        headers: in addition to the host.
        content: the body.
        allow_private: whether any address may be called.
        threads: look the name up; see `addresses_of`.

    Raises:
        NoConnectionError: the host has no address that may be called, or none of them answers.
        UndeliverableError: there is no response.
    """
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme.lower()]
    refusal: Exception | None = None
    try:
        addresses: Sequence[str] = await addresses_of(
            parts.hostname or "", port, allow_private=allow_private, threads=threads
        )
    except AddressError as error:
        raise NoConnectionError(str(error)) from error
    for address in addresses:
        host = f"[{address}]" if ":" in address else address
        netloc = host if parts.port is None else f"{host}:{parts.port}"
        target = urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))
        try:
            async with client.stream(
                method,
                target,
                content=content,
                headers={"host": parts.netloc, **headers},
                extensions={"sni_hostname": parts.hostname},
            ) as response:
                return response.status_code
        except httpx2.ConnectError as error:
            refusal = error  # another of its addresses may answer
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UndeliverableError(f"{type(error).__name__}: {error}"[:ERROR_MAX]) from error
    raise NoConnectionError(f"no connection: {refusal}"[:ERROR_MAX]) from refusal


def one_way_client(verify: ssl.SSLContext | bool = True) -> Client:
    """Return a client for `call`: it keeps no connection and reads no settings of proxies.

    Args:
        verify: the context of TLS; True: the usual one.
    """
    limits = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.AsyncClient(verify=verify, trust_env=False, limits=limits, timeout=None)
