"""Frames on their way to a sandbox, sent as its connection takes them, by a thread that does not wait for it."""

from collections import deque

from zuko.sandbox.protocol import FrameType, encode_frame
from zuko.sandbox.stream import Stream


class Outgoing:
    """The frames that are not sent yet, in order.

    Args:
        stream: to the sandbox.
        request: the first frame: it asks for a run.
    """

    def __init__(self, stream: Stream, request: bytes) -> None:
        self._stream = stream
        self._frames = deque([memoryview(request)])
        self._is_begun = True  # sending the first of them: the request, or what TLS may hold a part of
        self.size_bytes = len(request)

    def __bool__(self) -> bool:
        return bool(self._frames)

    def add(self, kind: FrameType, payload: bytes = b"") -> None:
        """Add a frame behind the others."""
        frame = encode_frame(kind, payload)
        self._frames.append(memoryview(frame))
        self.size_bytes += len(frame)

    def send(self) -> None:
        """Send as much as the sandbox takes now.

        Raises:
            SandboxError: it has gone.
        """
        while self._frames and (sent := self._stream.send_some(self._frames[0])):
            self.size_bytes -= sent
            self._frames[0] = self._frames[0][sent:]
            if not self._frames[0]:
                self._frames.popleft()
        self._is_begun = bool(self._frames)

    def drop(self) -> None:
        """Drop all frames, except one that has been begun: that must be sent to its end."""
        while len(self._frames) > self._is_begun:
            self.size_bytes -= len(self._frames.pop())

    def clear(self) -> None:
        """Drop all frames: the sandbox reads no more."""
        self._frames.clear()
        self.size_bytes = 0
