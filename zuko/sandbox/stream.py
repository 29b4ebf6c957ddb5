"""Frames over a container's attach socket: Docker's chunk headers taken off, a deadline on every wait."""

import asyncio
import contextlib
import logging
import select
import socket
import ssl
import struct
import threading
import time
from typing import Any, Final

from zuko.errors import ProtocolError, SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType

log = logging.getLogger(__name__)

_CHUNK_HEADER: Final = struct.Struct(">BxxxI")  # of the attach stream: which (1 stdout, 2 stderr), length
_STDOUT: Final = 1
_IDLE_MAX: Final = 4096  # bytes that a sandbox may send while it is not asked for anything


class Stream:
    """Frames over a container's attach socket, with a deadline on every wait."""

    def __init__(self, attached: Any) -> None:
        self._attached = attached  # keeps the HTTP connection that owns the socket alive
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._socket.settimeout(None)
        self._chunk_left = 0  # of Docker's current chunk
        self._chunk_stream = _STDOUT
        self._raw = bytearray()  # received, Docker's headers still in it
        self._bytes = bytearray()  # zuko-init's stdout, not yet taken
        self._complained = False
        self._cancelled = threading.Event()

    def send(self, data: bytes, deadline: float) -> None:
        """Sends all of it by a deadline on the monotonic clock.

        Raises:
            SandboxError: the other side is gone, or takes no more.
        """
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            self._socket.sendall(data)
        except (OSError, ValueError) as error:
            raise SandboxError("the sandbox ended or went silent before it took its program") from error

    def read_frame(self, deadline: float, size_max: int) -> tuple[FrameType, bytes]:
        """The next frame, by a deadline on the monotonic clock.

        Raises:
            ProtocolError: no frame of ours, or one whose payload is longer than `size_max` bytes.
            SandboxError: the stream ended, broke, or was silent for too long.
        """
        kind, size = self._check_header(self._take(protocol.HEADER_SIZE, deadline), size_max)
        return kind, self._take(size, deadline)

    async def send_async(self, data: bytes, deadline: float) -> None:
        """As `send`, in an event loop.

        Raises:
            SandboxError: as `send`.
        """
        left = memoryview(data)
        while left := left[self.send_some(left) :]:
            await self._ready(deadline, to_send=True)

    async def read_frame_async(self, deadline: float, size_max: int) -> tuple[FrameType, bytes]:
        """As `read_frame`, in an event loop.

        Raises:
            ProtocolError: as `read_frame`.
            SandboxError: as `read_frame`.
        """
        while (frame := self.take_frame(size_max)) is None:
            await self._ready(deadline)
            self.receive_some()
        return frame

    def send_some(self, data: bytes | bytearray | memoryview) -> int:
        """Sends what is taken without waiting; returns how many bytes that was. The rest has to be sent next.

        Raises:
            SandboxError: the other side is gone.
        """
        try:
            self._socket.setblocking(False)
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        except (OSError, ValueError) as error:
            raise SandboxError("the sandbox ended") from error

    def receive_some(self) -> None:
        """Takes in what is there, without waiting, for `take_frame`; a part of it, if there is much.

        Raises:
            SandboxError: the stream ended or broke.
        """
        try:
            self._socket.setblocking(False)
            # A TLS record is not larger than this, so none is left where no poll would see it.
            received = self._socket.recv(1 << 18)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except (OSError, ValueError) as error:
            raise SandboxError("the connection to the sandbox broke") from error
        self._add(received)

    def take_frame(self, size_max: int) -> tuple[FrameType, bytes] | None:
        """The next frame that `receive_some` has brought; None: it is not complete.

        Raises:
            ProtocolError: as `read_frame`.
        """
        if len(self._bytes) < protocol.HEADER_SIZE:
            return None
        kind, size = self._check_header(bytes(self._bytes[: protocol.HEADER_SIZE]), size_max)
        if len(self._bytes) < protocol.HEADER_SIZE + size:
            return None
        payload = bytes(self._bytes[protocol.HEADER_SIZE : protocol.HEADER_SIZE + size])
        del self._bytes[: protocol.HEADER_SIZE + size]
        return kind, payload

    def has_ended(self) -> bool:
        """Whether end of file is already there, looked at without waiting. Bytes do not count as an end."""
        try:
            poller = select.poll()  # select() refuses descriptors above 1023
            poller.register(self._socket, select.POLLIN)
            self._socket.setblocking(False)
            while poller.poll(0):
                received = self._socket.recv(1 << 16)
                if not received:
                    return True
                self._raw += received
                self._unwrap()
                if len(self._bytes) > _IDLE_MAX:
                    return True  # it has nothing to say that is so long: no supervisor of ours
        except (BlockingIOError, ssl.SSLWantReadError):
            return False  # part of a TLS record: the rest is on its way
        except (OSError, ValueError):
            return True
        return False

    def fileno(self) -> int:
        """The socket's descriptor; -1 after `close`."""
        return self._socket.fileno()

    def cancel(self) -> None:
        """Ends the stream, from any thread: whoever waits on it gets an error at once."""
        if self._cancelled.is_set():
            return
        self._cancelled.set()
        with contextlib.suppress(OSError):
            # The plain socket's: TLS's own also takes away what another thread is just reading with.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Closes the descriptor too; only for the thread that uses the stream, or when none does."""
        self.cancel()
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError, ValueError):
            self._attached.close()
        if isinstance(self._attached, ssl.SSLSocket):
            # The response to the attach request has a hold on the socket, too: the SDK leaves it there.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                self._attached._response.close()  # type: ignore[attr-defined]

    @staticmethod
    def _check_header(header: bytes, size_max: int) -> tuple[FrameType, int]:
        kind, size = protocol.decode_header(header)
        if size > size_max:
            raise ProtocolError(f"the sandbox sent a frame of {size} bytes where {size_max} are the most")
        return kind, size

    async def _ready(self, deadline: float, *, to_send: bool = False) -> None:
        """Waits until there is something to receive, or room to send."""
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

    def _take(self, size: int, deadline: float) -> bytes:
        while len(self._bytes) < size:
            self._receive(deadline)
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken

    def _receive(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise SandboxError("the sandbox went silent")
        try:
            self._socket.settimeout(left)
            received = self._socket.recv(1 << 18)
        except TimeoutError as error:
            raise SandboxError("the sandbox went silent") from error
        except (OSError, ValueError) as error:
            raise SandboxError("the connection to the sandbox broke") from error
        self._add(received)

    def _add(self, received: bytes) -> None:
        if not received:
            raise SandboxError("the sandbox ended without an answer")
        self._raw += received
        self._unwrap()

    def _unwrap(self) -> None:
        raw, at = self._raw, 0
        while at < len(raw):
            if self._chunk_left == 0:
                if len(raw) - at < _CHUNK_HEADER.size:
                    break
                self._chunk_stream, self._chunk_left = _CHUNK_HEADER.unpack_from(raw, at)
                at += _CHUNK_HEADER.size
            part = raw[at : at + self._chunk_left]
            at += len(part)
            self._chunk_left -= len(part)
            if self._chunk_stream == _STDOUT:
                self._bytes += part
            elif part and not self._complained:
                # The runtime's or zuko-init's own complaint: nothing of a program's comes this way.
                self._complained = True
                log.warning("a sandbox wrote to stderr: %r", bytes(part[:500]))
        del raw[:at]
