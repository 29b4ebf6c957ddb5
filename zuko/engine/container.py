"""A sandbox between its creation and its start."""

import contextlib
import socket
from http.client import HTTPConnection
from typing import Protocol

from zuko.engine.confinement import CELL_APPARMOR
from zuko.engine.host import docker_errors
from zuko.errors import ProfileError
from zuko.sandbox.sandbox import Containers, Sandbox
from zuko.sandbox.stream import Stream
from zuko.types import Isolation, SandboxSpec


class Creator(Containers, Protocol):
    """The engine of a container, as far as its start needs it."""

    def create_sandbox(self, spec: SandboxSpec, core: int | None = None) -> "Container":
        """See `zuko.engine.engine.Engine.create_sandbox`."""

    def start_container(self, container_id: str) -> None:
        """See `zuko.engine.engine.Engine.start_container`."""

    def start_path(self, container_id: str) -> str:
        """See `zuko.engine.engine.Engine.start_path`."""

    def open_connection(self) -> HTTPConnection:
        """See `zuko.engine.engine.Engine.open_connection`."""

    def read_start_response(self, connection: HTTPConnection) -> None:
        """See `zuko.engine.engine.Engine.read_start_response`."""

    def note_refusal(self, spec: SandboxSpec, reason: str) -> None:
        """See `zuko.engine.engine.Engine.note_refusal`."""


class Container:
    """A sandbox before its start: created and attached to. One thread at a time may use it, except for `cancel`.

    `finish_start` starts it. Calling `ask_start` earlier saves the wait for the engine's response.
    """

    def __init__(
        self,
        engine: Creator,
        container_id: str,
        stream: Stream,
        spec: SandboxSpec,
        core: int | None,
        *,
        isolation: Isolation,
    ) -> None:
        self._engine = engine
        self._isolation = isolation
        self._stream = stream
        self._spec = spec
        self._core = core
        self._connection: HTTPConnection | None = None  # to the engine, for `ask_start`
        self._start_path = ""
        self._start_requested = False
        self.container_id = container_id

    def prepare(self) -> None:
        """Open the connection that `ask_start` needs, so that it does not have to wait.

        Raises:
            EngineError: the engine does not answer.
        """
        if self._connection is None:
            self._start_path = self._engine.start_path(self.container_id)
            self._connection = self._engine.open_connection()

    def ask_start(self) -> bool:
        """Ask the engine to start it, without waiting: the engine goes on while we are frozen.

        Return False, without asking, if `prepare` was not called.

        Raises:
            EngineError: the connection is broken.
        """
        if self._connection is None:
            return False
        with docker_errors():
            self._connection.request("POST", self._start_path)
        self._start_requested = True
        return True

    def finish_start(self) -> Sandbox:
        """Return the sandbox once it has sent its hello. Without `ask_start` before, ask the engine now.

        Raises:
            EngineError: the engine does not answer, or refuses.
            SandboxError: the container started and did not send its hello.
        """
        try:
            sandbox = self._start()
        except BaseException as error:
            self.discard()
            if self._isolation is not Isolation.NAMESPACES or not isinstance(error, ProfileError):
                raise
            refusal = f"AppArmor: the profile {CELL_APPARMOR} is not loaded"
        else:
            if self._isolation is sandbox.hello.isolation:
                return sandbox
            # It has what namespaces need of a container, which is less strict than a container alone would be.
            sandbox.close()
            refusal = sandbox.hello.refusal
        self._engine.note_refusal(self._spec, refusal)
        return self._engine.create_sandbox(self._spec, self._core).finish_start()

    def _start(self) -> Sandbox:
        if self._start_requested and self._connection is not None:
            self._engine.read_start_response(self._connection)
        else:
            if self._connection is not None:
                self._connection.close()
            self._engine.start_container(self.container_id)
        return Sandbox(self._engine, self.container_id, self._stream, self._spec, self._core)

    def has_ended(self) -> bool:
        """Return whether it is known to have ended; does not call the engine."""
        return self._stream.has_ended()

    def cancel(self) -> None:
        """Make `finish_start` fail at once, from any thread."""
        self._stream.cancel()
        sock = None if self._connection is None else self._connection.sock  # read once: a waiting thread may close it
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # as in Stream.cancel

    def discard(self) -> None:
        """Remove the container; never raise."""
        self._stream.close()
        if self._connection is not None:
            self._connection.close()
        self._engine.remove(self.container_id)
