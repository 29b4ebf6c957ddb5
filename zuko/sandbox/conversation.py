"""Two programs in two sandboxes, joined: what one prints, the other reads.

    left program ── OUTPUT ──> a buffer of ours ── TALK ──> right program
                 <── TALK ──   a buffer of ours <── OUTPUT ──

One thread moves both directions without waiting for either. While a buffer is full its writer is not read, so that the
program blocks as at a full pipe; at most BUFFER_MAX and one frame are held. A program may print the `stdout_bytes` of
its run in all. When one program ends, the other reads end of file, and may go on until its own limits.
"""

import contextlib
import select
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from zuko.errors import ProtocolError, SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.sandbox.sandbox import SILENCE_S, Sandbox
from zuko.types import Run, RunResult

BUFFER_MAX: Final = 1 << 18  # bytes on their way to a program; above this, the other one is not read
TRANSCRIPT_MAX: Final = 1 << 16  # bytes that are kept of a program's output

Name = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The result of a conversation. Each result's stdout is empty: the other program has read it."""

    left: RunResult
    right: RunResult
    left_bytes: int  # printed by the left program, read or not
    right_bytes: int
    left_said: bytes  # the beginning of it
    right_said: bytes
    first_to_end: Name  # the other had end of file from then on


class _Side:
    """One of the two: its sandbox, the bytes on their way to it, and its output so far."""

    def __init__(self, name: Name, sandbox: Sandbox, run: Run, *, more: bool) -> None:
        self.name: Name = name
        self.sandbox = sandbox
        self.pending = sandbox.begin(run, more=more)
        self.limit = time.monotonic() + run.limits.wall_time_ms / 1000  # of its wall time
        self.result: RunResult | None = None
        self.has_ended = False  # its program; its result may still be on its way
        self.said = bytearray()  # the beginning of its output
        self.said_bytes = 0
        self._outgoing: deque[memoryview] = deque([memoryview(self.pending.request)])
        self._outgoing_bytes = len(self.pending.request)
        self._is_begun = False  # sending the first of `_outgoing`; TLS may hold a part that it does not report

    @property
    def is_finished(self) -> bool:
        """Return whether it has answered and nothing is left to send to it."""
        return self.result is not None and not self._outgoing

    def fileno(self) -> int:
        """Return the stream's descriptor."""
        return self.pending.stream.fileno()

    def events(self, other: "_Side", now: float) -> int:
        """Return the poll events for its stream. While the other's buffer is full, it is not read and its program
        blocks.

        After its wall time limit it is read in any case: little output is left, and its result comes behind that.
        """
        wants = select.POLLOUT if self._outgoing else 0
        if self.result is None and (other._outgoing_bytes < BUFFER_MAX or now >= self.limit):
            wants |= select.POLLIN
        return wants

    def queue(self, output: bytes) -> None:
        """Queue output of the other for its program; b"" is end of file. After its end, output is dropped."""
        if not self.has_ended:
            self._outgoing.append(memoryview(protocol.encode_frame(FrameType.TALK, output)))
            self._outgoing_bytes += len(self._outgoing[-1])

    def send(self) -> None:
        """Send as much as its sandbox takes now. A broken connection is an end, whose reason is read later."""
        try:
            while self._outgoing and (sent := self.pending.stream.send_some(self._outgoing[0])):
                self._outgoing_bytes -= sent
                self._outgoing[0] = self._outgoing[0][sent:]
                if not self._outgoing[0]:
                    self._outgoing.popleft()
            self._is_begun = bool(self._outgoing)
        except SandboxError:
            self._is_begun = False
            self._drop_outgoing()

    def receive(self, other: "_Side", transcript_max: int) -> None:
        """Receive frames of its sandbox, and queue its program's output for the other."""
        stream = self.pending.stream
        if self.result is not None:  # nothing follows except end of file
            self._outgoing.clear()
            return
        stream.receive_some()
        while self.result is None and (frame := stream.take_frame(self.pending.frame_max)):
            kind, payload = frame
            if kind is not FrameType.OUTPUT or self.has_ended:
                self.result = self.pending.accept(kind, payload)
                continue
            self.said_bytes += len(payload)
            if self.said_bytes > self.pending.run.limits.stdout_bytes:
                raise ProtocolError("the sandbox sent more output than the run may print")
            self.said += payload[: transcript_max - len(self.said)]
            other.queue(payload)
            if not payload:
                self._end()
        if self.result is not None and not self.has_ended:
            raise ProtocolError("the sandbox sent a result before its program's end")
        if self.result is not None and not self.result.reusable:
            self._outgoing.clear()

    def _end(self) -> None:
        self.has_ended = True
        self._drop_outgoing()

    def _drop_outgoing(self) -> None:
        """Drop the output on its way, except a frame that has been begun: that must be sent to its end."""
        while len(self._outgoing) > self._is_begun:
            self._outgoing.pop()
        self._outgoing_bytes = sum(map(len, self._outgoing))


def converse(
    left: Sandbox,
    left_run: Run,
    right: Sandbox,
    right_run: Run,
    *,
    silence_s: float = SILENCE_S,
    transcript_max: int = TRANSCRIPT_MAX,
    more: bool = False,
) -> Conversation:
    """Run two programs, each reading what the other prints, and wait for the end of both.

    Args:
        left: where `left_run` is run; another thread may `cancel` it, which ends the conversation.
        left_run: interactive, without input data.
        right: where `right_run` is run.
        right_run: interactive, without input data.
        silence_s: how long after its wall time limit a result may take.
        transcript_max: bytes that are kept of each one's output.
        more: the same submission has another run to come in each sandbox.

    Raises:
        ValueError: a run is not interactive, or has input data.
        SandboxError: one of the sandboxes broke, and the message begins with which: "left: " or "right: ".
            The other one's program may still be running: neither sandbox is of any use for another run.
    """
    if not all(run.interactive and not run.input_data for run in (left_run, right_run)):
        raise ValueError("both runs must be interactive and without input data")
    one = _Side("left", left, left_run, more=more)
    two = _Side("right", right, right_run, more=more)
    first = _join(one, two, silence_s, transcript_max)
    return Conversation(
        left=_answer(one, silence_s),
        right=_answer(two, silence_s),
        left_bytes=one.said_bytes,
        right_bytes=two.said_bytes,
        left_said=bytes(one.said),
        right_said=bytes(two.said),
        first_to_end=first,
    )


def _join(left: _Side, right: _Side, silence_s: float, transcript_max: int) -> Name:
    """Move output both ways until both have answered. Return the name of the one that ended first."""
    others = {left: right, right: left}
    first: Name | None = None
    while unfinished := [side for side in others if not side.is_finished]:
        now = time.monotonic()
        poller = select.poll()
        for side in unfinished:
            if now >= side.limit + silence_s:
                raise SandboxError(f"{side.name}: the sandbox went silent")
            poller.register(side.fileno(), side.events(others[side], now))
        moments = [moment for side in unfinished for moment in (side.limit, side.limit + silence_s) if moment > now]
        ready = dict(poller.poll(1000 * (min(moments) - now) + 1))
        for side in unfinished:
            events = ready.get(side.fileno(), 0)
            with _naming(side):
                if events & select.POLLOUT:
                    side.send()
                if events & ~select.POLLOUT:  # poll reports a hang-up in any case
                    side.receive(others[side], transcript_max)
            if side.has_ended and first is None:
                first = side.name
    assert first is not None  # noqa: S101 - a result comes after the end
    return first


def _answer(side: _Side, silence_s: float) -> RunResult:
    assert side.result is not None  # noqa: S101 - it has been waited for
    if side.pending.wants_reuse and not side.result.reusable:
        side.sandbox.log_reason(time.monotonic() + silence_s)
    return side.result


@contextlib.contextmanager
def _naming(side: _Side) -> Iterator[None]:
    try:
        yield
    except SandboxError as error:
        raise type(error)(f"{side.name}: {error}") from error
