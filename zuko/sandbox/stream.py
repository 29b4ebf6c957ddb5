"""Frames over a container's attach socket, with a deadline on every wait.

One `FrameBuffer` (`zuko.sandbox.frames`), and thin drivers for those who wait: a thread (`send`, `read_frame`), the
event loop (`send_async`, `read_frame_async`), and a poll of two streams (`send_some`, `receive_some`, `take_frame`).
"""

import contextlib
import select
import socket
import ssl
import threading
import time
from typing import Any, Final

from zuko.errors import SandboxError
from zuko.sandbox.frames import Frame, FrameBuffer

_IDLE_MAX: Final = 4096  # bytes that a sandbox may send while it is not asked for anything
# A TLS record is not larger than this, so that none is left where no poll would see it.
_RECEIVE_BYTES: Final = 1 << 18
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Stream:
    """The attach stream of one container. For one thread or one task at a time, except `cancel`."""

    def __init__(self, attached: Any) -> None:
        self._attached = attached  # keeps the HTTP connection that owns the socket alive
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._socket.settimeout(None)
        self._buffer = FrameBuffer()
        self._cancelled = threading.Event()

    # --- a thread -------------------------------------------------------------------------------------------------

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of the data by a deadline on the monotonic clock.

        Raises:
            SandboxError: the peer has gone, or takes no more.
        """
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            self._socket.sendall(data)
        except (OSError, ValueError) as error:
            raise SandboxError("the sandbox ended or went silent before it took its program") from error

    def read_frame(self, deadline: float, size_max: int) -> Frame:
        """Return the next frame, by a deadline on the monotonic clock.

        Raises:
            ProtocolError: not a frame of the protocol, or its payload is longer than `size_max` bytes.
            SandboxError: the stream ended, broke, or was silent until the deadline.
        """
        while (frame := self._buffer.take(size_max)) is None:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise SandboxError("the sandbox went silent")
            try:
                self._socket.settimeout(left_s)
                received = self._socket.recv(_RECEIVE_BYTES)
            except TimeoutError as error:
                raise SandboxError("the sandbox went silent") from error
            except (OSError, ValueError) as error:
                raise SandboxError("the connection to the sandbox broke") from error
            self._feed(received)
        return frame

    # --- an event loop --------------------------------------------------------------------------------------------

    async def send_async(self, data: bytes, deadline: float) -> None:
        """Send all of the data; see `send`."""
        left = memoryview(data)
        while left := left[self.send_some(left) :]:
            await self._ready(deadline, to_send=True)

    async def read_frame_async(self, deadline: float, size_max: int) -> Frame:
        """Return the next frame; see `read_frame`."""
        while (frame := self._buffer.take(size_max)) is None:
            await self._ready(deadline)
            self.receive_some()
        return frame

    async def _ready(self, deadline: float, *, to_send: bool = False) -> None:
        """Wait until there is something to receive, or room to send."""
        import asyncio  # noqa: PLC0415 - a command's sandbox starts while it is loaded

        loop = asyncio.get_running_loop()
        ready: asyncio.Future[bool] = loop.create_future()
        add, remove = (loop.add_writer, loop.remove_writer) if to_send else (loop.add_reader, loop.remove_reader)

        def end(is_ready: bool) -> None:
            if not ready.done():
                ready.set_result(is_ready)

        descriptor = self.fileno()
        if descriptor < 0:
            raise SandboxError("the connection to the sandbox broke")
        add(descriptor, end, True)
        timer = loop.call_later(deadline - time.monotonic(), end, False)
        try:
            if not await ready:
                raise SandboxError("the sandbox went silent")
        finally:
            timer.cancel()
            remove(descriptor)

    # --- a poll of several streams --------------------------------------------------------------------------------

    def send_some(self, data: bytes | bytearray | memoryview) -> int:
        """Send as much as the socket takes without waiting; return how many bytes. The rest must be sent next.

        Raises:
            SandboxError: the peer has gone.
        """
        try:
            self._socket.setblocking(False)
            return self._socket.send(data)
        except _WOULD_BLOCK:
            return 0
        except (OSError, ValueError) as error:
            raise SandboxError("the sandbox ended") from error

    def receive_some(self) -> None:
        """Receive what is there without waiting, for `take_frame`; a part of it if there is much.

        Raises:
            SandboxError: the stream ended or broke.
        """
        try:
            self._socket.setblocking(False)
            received = self._socket.recv(_RECEIVE_BYTES)
        except _WOULD_BLOCK:
            return
        except (OSError, ValueError) as error:
            raise SandboxError("the connection to the sandbox broke") from error
        self._feed(received)

    def take_frame(self, size_max: int) -> Frame | None:
        """Take the next frame that `receive_some` has completed; see `FrameBuffer.take`."""
        return self._buffer.take(size_max)

    # --- its life -------------------------------------------------------------------------------------------------

    def has_ended(self) -> bool:
        """Return whether end of file has arrived, without waiting. Bytes do not count as an end."""
        try:
            poller = select.poll()  # select() refuses descriptors above 1023
            poller.register(self._socket, select.POLLIN)
            self._socket.setblocking(False)
            while poller.poll(0):
                received = self._socket.recv(1 << 16)
                if not received:
                    return True
                self._buffer.feed(received)
                if self._buffer.pending_bytes > _IDLE_MAX:
                    return True  # zuko-init has nothing to say that is so long
        except (BlockingIOError, ssl.SSLWantReadError):
            return False  # part of a TLS record: the rest is on its way
        except (OSError, ValueError):
            return True
        return False

    def fileno(self) -> int:
        """Return the socket's descriptor; -1 after `close`."""
        return self._socket.fileno()

    def cancel(self) -> None:
        """End the stream, from any thread: a thread that waits on it gets an error at once."""
        if self._cancelled.is_set():
            return
        self._cancelled.set()
        with contextlib.suppress(OSError):
            # On the plain socket: TLS's own shutdown also frees what another thread may be reading with.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """End the stream and free its descriptor; only for the thread that uses the stream, or when none does."""
        self.cancel()
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError, ValueError):
            self._attached.close()
        if isinstance(self._attached, ssl.SSLSocket):
            # The response to the attach request also holds the socket, and the SDK leaves it open.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                self._attached._response.close()  # type: ignore[attr-defined]

    def _feed(self, received: bytes) -> None:
        if not received:
            raise SandboxError("the sandbox ended without an answer")
        self._buffer.feed(received)
