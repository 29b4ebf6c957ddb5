"""The address of the Docker engine, and connections to it: a local socket, or TLS to one of a name's addresses.

The host is chosen as by every Docker client: DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH. Three things are
stricter: plain TCP is refused unless it is allowed explicitly, because anyone who can reach such an engine is root
there; TLS always verifies the engine's certificate; and only the given CA is trusted (no proxy, no system bundle).

A name with several addresses is a fleet without a scheduler: the addresses are shuffled, and the first one that answers
is used until it fails; then the next one is tried.
"""

import contextlib
import ipaddress
import logging
import os
import random
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

import docker.errors
import requests.exceptions
from docker.constants import DEFAULT_DOCKER_API_VERSION
from requests.adapters import HTTPAdapter

import docker
from zuko.engine.tls import Credentials, TlsAdapter, load_credentials, make_context, tls_failure
from zuko.errors import EngineError, HostSettingError, ImageMissingError, ProfileError, UnreachableError
from zuko.languages.table import language_of_image

log = logging.getLogger(__name__)

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
TLS_PORT: Final = 2376
PLAIN_PORT: Final = 2375
CONNECT_TIMEOUT_S: Final = 3.0  # for one address; the next one may be alive
ANSWER_TIMEOUT_S: Final = 5  # for requests that an engine answers at once
_ENGINE_TIMEOUT_S: Final = 20  # for requests that usually take 0.2 s
_CONNECTIONS: Final = 64
_REMOTE: Final = ("tcp", "http", "https")


class DockerHost:
    """The Docker host that an environment names. Safe for several threads.

    Args:
        environ: DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH; the process's when None.
        allow_plain_tcp: whether an engine on TCP without TLS may be used.
        credentials: returns the client certificate when it is first needed, instead of DOCKER_CERT_PATH.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        allow_plain_tcp: bool = False,
        credentials: Callable[[], Credentials] | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._allow_plain_tcp = allow_plain_tcp
        self._credentials = credentials
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._addresses: list[str] = []  # the one in use first; empty: not resolved yet
        self._version = ""

    def connect(self) -> docker.APIClient:
        """Return a client that uses the engine's own version of the API.

        An engine refuses versions that are newer than its own, or too old. So its version is asked for first, by a
        request that works without one.

        Raises:
            EngineError: no address answers as it should; the message gives the cause.
        """
        with self._lock:
            url = self._url()
            if url.scheme not in _REMOTE:
                with self.docker_errors():
                    return _client(partial(_open_client, f"unix://{url.path}"))
            context = self._tls(url.scheme)
            if not self._addresses:
                self._addresses = _resolve(url.hostname or "", _port(url, context))
            error: EngineError | None = None
            for _ in range(len(self._addresses)):
                try:
                    return self._connect_to(url, context)
                except EngineError as refused:
                    error = refused
                    self._addresses.append(self._addresses.pop(0))
            self._addresses = []  # no address answers: the name may have others by now
            raise error or EngineError("the Docker host's name has no address")

    def try_next_address(self) -> None:
        """Record that the address in use has failed: the next connection tries the next address first."""
        with self._lock:
            self._addresses = [*self._addresses[1:], *self._addresses[:1]]

    def open_request(self) -> HTTPConnection:
        """Open a connection for one request whose response is read later.

        Raises:
            EngineError: the engine does not answer.
        """
        with self._lock:
            url = self._url()
            context = self._tls(url.scheme) if url.scheme in _REMOTE else None
            address = self._addresses[0] if self._addresses else str(url.hostname)
        connection = HTTPConnection("docker")
        with self.docker_errors():
            if url.scheme in _REMOTE:
                connection.sock = self._open_socket(url, context, address)
            else:
                connection.sock = socket.socket(socket.AF_UNIX)
                connection.sock.connect(url.path)
        connection.sock.settimeout(_ENGINE_TIMEOUT_S)
        return connection

    def docker_errors(self, image: str = "") -> contextlib.AbstractContextManager[None]:
        """Translate Docker's errors, as the function `docker_errors` does, for this Docker host."""
        return docker_errors(image, is_named=bool(self._environ.get("DOCKER_HOST")))

    def _url(self) -> SplitResult:
        text = self._environ.get("DOCKER_HOST") or DEFAULT_HOST
        with contextlib.suppress(ValueError):  # a port that is not a number, an incomplete address
            url = urlsplit(DEFAULT_HOST if text == "unix://" else text)
            # Reading `port` raises if it is not a number.
            is_remote = url.scheme in _REMOTE and bool(url.hostname) and (url.port is None or url.port > 0)
            if is_remote or (url.scheme == "unix" and url.path and not url.netloc):
                return url
        raise HostSettingError("DOCKER_HOST is neither unix:///path nor tcp://name:port")

    def _connect_to(self, url: SplitResult, context: ssl.SSLContext | None) -> docker.APIClient:
        address = self._addresses[0]
        host = f"[{address}]" if ":" in address else address
        scheme = "http" if context is None else "https"
        base_url = f"{scheme}://{host}:{_port(url, context)}"

        def make(version: str, timeout_s: int) -> docker.APIClient:
            client = _open_client(base_url, version, timeout_s)
            adapter: HTTPAdapter = HTTPAdapter(pool_maxsize=_CONNECTIONS)
            if context is not None:
                adapter = TlsAdapter(context, url.hostname or "", pool_maxsize=_CONNECTIONS)
            client.mount(f"{scheme}://", adapter)
            return client

        with self.docker_errors():
            # A host that is down does not answer at all; one that is up accepts at once. So this timeout can be short.
            socket.create_connection((address, _port(url, context)), CONNECT_TIMEOUT_S).close()
        try:
            with self.docker_errors():
                return _client(make)
        except UnreachableError as error:
            if context is not None and "EOF occurred" in str(error.__cause__):
                # The engine closed the connection while we were writing; read once to get its TLS alert.
                with self.docker_errors(), self._open_socket(url, context, address) as connection:
                    connection.recv(1)
            raise

    def _open_socket(self, url: SplitResult, context: ssl.SSLContext | None, address: str) -> socket.socket:
        opened = socket.create_connection((address, _port(url, context)), CONNECT_TIMEOUT_S)
        if context is None:
            return opened
        try:
            return context.wrap_socket(opened, server_hostname=url.hostname)
        except BaseException:
            opened.close()
            raise

    def _tls(self, scheme: str) -> ssl.SSLContext | None:
        """Return the TLS context, made once; None for plain TCP, where that is allowed.

        Raises:
            EngineError: plain TCP is not allowed, or the certificates cannot be used.
        """
        if self._context is not None:
            return self._context
        path = self._environ.get("DOCKER_CERT_PATH")
        if not (path or self._credentials or self._environ.get("DOCKER_TLS_VERIFY") or scheme == "https"):
            if self._allow_plain_tcp:
                return None
            raise HostSettingError(
                "DOCKER_HOST is plain TCP: anyone who can reach the port is root there; give certificates "
                "(DOCKER_CERT_PATH or ZUKO_DOCKER_SECRET), or set ZUKO_ALLOW_PLAIN_TCP=true"
            )
        if self._credentials is not None:
            self._context = make_context(self._credentials())
        else:
            self._context = make_context(load_credentials(Path(path) if path else Path.home() / ".docker"))
        return self._context


@contextlib.contextmanager
def docker_errors(image: str = "", *, is_named: bool = False) -> Iterator[None]:
    """Translate Docker's errors into ours. Their texts are logged, not shown: they contain paths and addresses.

    Args:
        image: the image that is requested.
        is_named: DOCKER_HOST is set.
    """
    try:
        yield
    except docker.errors.ImageNotFound as error:
        language = language_of_image(image)
        name = language.name if language else image.rpartition("zuko-")[2].partition(":")[0]
        raise ImageMissingError(
            f"the image {image} is not on the Docker host: build it there with `zuko images build {name}`"
        ) from error
    except docker.errors.APIError as error:
        log.warning("the Docker host refused: %s", error)
        raise refusal_error(str(error)) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        log.warning("the Docker host cannot be reached: %s", error)
        raise UnreachableError(_unreachable(error, is_named=is_named)) from error
    except (KeyError, TypeError, ValueError) as error:  # the SDK does not expect every response
        log.warning("the server at DOCKER_HOST is not a Docker engine: %r", error)
        raise EngineError("the server at DOCKER_HOST is not a Docker engine") from error


def refusal_error(reason: str) -> EngineError:
    """Return the error that stands for the response of an engine that refuses a request."""
    if "apparmor" in reason.lower() or "/attr/exec" in reason:  # in the words of runc and of crun
        return ProfileError("the Docker host has no such AppArmor profile; its reason is in the server's log")
    return EngineError("the Docker host refused; its reason is in the server's log")


def _unreachable(error: Exception, *, is_named: bool) -> str:
    text = str(error)
    if "Permission denied" in text:
        return "no permission to use the Docker socket: add this user to the group `docker`, or set DOCKER_HOST"
    if cause := tls_failure(text):
        return f"TLS to the Docker host failed: {cause}"
    if "Read timed out" in text:
        return "the Docker host has not answered in time: it hangs, or is overloaded"
    if is_named:
        return "the Docker host cannot be reached: start the Docker engine where DOCKER_HOST says, or fix DOCKER_HOST"
    return "the Docker host cannot be reached: start the Docker engine, or set DOCKER_HOST to where it runs"


def _client(make: Callable[[str, int], docker.APIClient]) -> docker.APIClient:
    with contextlib.closing(make(DEFAULT_DOCKER_API_VERSION, ANSWER_TIMEOUT_S)) as first:
        version = str(first.version(api_version=False)["ApiVersion"])
    return make(version, _ENGINE_TIMEOUT_S)


def _open_client(base_url: str, version: str, timeout_s: int) -> docker.APIClient:
    client = docker.APIClient(base_url, version, timeout_s, max_pool_size=_CONNECTIONS)
    # Otherwise REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE would replace the engine's own CA, and proxies would be used.
    client.trust_env = False
    return client


def _port(url: SplitResult, context: ssl.SSLContext | None) -> int:
    return url.port or (PLAIN_PORT if context is None else TLS_PORT)


def _resolve(name: str, port: int) -> list[str]:
    """Return the addresses of a name in random order, so that the hosts of a fleet share the load.

    Raises:
        EngineError: the name has no address.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(name))]
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        log.warning("the Docker host's name cannot be resolved: %s", error)
        raise UnreachableError("the name in DOCKER_HOST has no address") from error
    return random.sample(sorted(found), len(found))
