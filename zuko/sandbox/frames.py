"""Frames out of the bytes of an attach stream: no socket and no clock.

Docker's chunks      header │ part of a frame    header │ rest of it, next frame …
FrameBuffer.feed     ───── headers off ─────>    frame │ next frame …
FrameBuffer.take     ────────────────────────>   one frame, or None while it is incomplete
"""

import logging
import struct
from typing import Final

from zuko.errors import ProtocolError
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType

log = logging.getLogger(__name__)

Frame = tuple[FrameType, bytes]

_CHUNK_HEADER: Final = struct.Struct(">BxxxI")  # which stream (1 stdout, 2 stderr), length
_STDOUT: Final = 1
_SHOWN: Final = 500  # bytes of stray standard error that are logged


class FrameBuffer:
    """Bytes that were received and not yet taken as frames."""

    def __init__(self) -> None:
        self._raw = bytearray()  # with Docker's headers
        self._frames = bytearray()  # zuko-init's standard output
        self._chunk_left = 0  # bytes of Docker's current chunk
        self._chunk_stream = _STDOUT
        self._has_complained = False

    @property
    def pending_bytes(self) -> int:
        """Return how many bytes of zuko-init's output have not been taken."""
        return len(self._frames)

    def feed(self, received: bytes) -> None:
        """Add bytes as they came from the engine."""
        self._raw += received
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
                self._frames += part
            elif part and not self._has_complained:
                # From the runtime or zuko-init itself: a program's standard error is inside of frames.
                self._has_complained = True
                log.warning("a sandbox wrote to stderr: %r", bytes(part[:_SHOWN]))
        del raw[:at]

    def take(self, size_max: int) -> Frame | None:
        """Take the next frame; None while it is incomplete.

        Args:
            size_max: bytes that its payload may have; a longer one is refused before it is received.

        Raises:
            ProtocolError: unknown type, or a payload longer than `size_max`.
        """
        if len(self._frames) < protocol.HEADER_SIZE:
            return None
        kind, size = protocol.decode_header(bytes(self._frames[: protocol.HEADER_SIZE]))
        if size > size_max:
            raise ProtocolError(f"the sandbox sent a frame of {size} bytes, more than the {size_max} allowed here")
        end = protocol.HEADER_SIZE + size
        if len(self._frames) < end:
            return None
        payload = bytes(self._frames[protocol.HEADER_SIZE : end])
        del self._frames[:end]
        return kind, payload
