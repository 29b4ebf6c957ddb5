"""The connection to the Docker host: made when it is first needed, and again after a failure."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import docker
from zuko.engine.host import DockerHost
from zuko.errors import ContainerEndedError, EngineError, ImageMissingError, UnreachableError

STALE_S: Final = 30.0  # a connection unused for longer may be dead without notice: we were frozen, or a firewall


class Connection:
    """A client of the engine that is shared by all threads.

    Args:
        host: to connect to.
        on_call: called after each call of the engine, with the name of its failure or "".
        on_loss: called when the connection is lost.
    """

    def __init__(self, host: DockerHost, on_call: Callable[[str], None], on_loss: Callable[[], None]) -> None:
        self._host = host
        self._on_call = on_call
        self._on_loss = on_loss
        self._client: docker.APIClient | None = None
        self._used_at = 0.0
        self._failure: tuple[float, EngineError] | None = None  # time of the last failed connection, and its error
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def call(self, image: str = "") -> Iterator[docker.APIClient]:
        """Give a client for a call. After a failure the next one uses a new connection, perhaps to another address.

        Args:
            image: that the call is about.

        Raises:
            ImageMissingError: the image is not on the Docker host.
            EngineError: the Docker host does not answer, or refuses.
        """
        with self._counting():
            yield from self._connected(image)

    def client(self) -> docker.APIClient:
        """Return a client that is connected, or was a moment ago.

        Raises:
            EngineError: the Docker host does not answer.
        """
        asked_at = time.monotonic()
        with self._lock:
            now = time.monotonic()
            if self._client is not None and now - self._used_at > STALE_S:
                self._client.close()
                self._client = None
            if self._client is None and self._failure is not None and self._failure[0] > asked_at:
                failed = self._failure[1]  # it happened while we waited for the lock: the same would happen to us
                raise type(failed)(*failed.args)
            if self._client is None:
                try:
                    self._client = self._host.connect()
                except EngineError as error:
                    self._failure = time.monotonic(), error
                    raise
            self._used_at = now
            return self._client

    def close(self) -> None:
        """Close it; it can be used again afterwards."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        try:
            yield
        except ContainerEndedError:  # which the engine did not fail at
            self._on_call("")
            raise
        except ImageMissingError:
            self._on_call("image_missing")
            raise
        except UnreachableError:
            self._on_call("unreachable")
            raise
        except EngineError:
            self._on_call("refused")
            raise
        self._on_call("")

    def _connected(self, image: str) -> Iterator[docker.APIClient]:
        client = self.client()
        try:
            with self._host.docker_errors(image):
                yield client
        except UnreachableError:
            with self._lock:
                failed_first = self._client is client
                if failed_first:
                    self._client = None
                    self._on_loss()
            if failed_first:
                self._host.try_next_address()
                client.close()
            raise
