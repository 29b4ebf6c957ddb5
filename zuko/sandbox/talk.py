"""Talk to a program while it runs: what is said goes in, and both outputs come out, as they come.

    words ── TALK ──> zuko-init ──> program ──> zuko-init ── OUTPUT, ERRORS ──> on_output

One thread does both, without waiting for either. While the program does not read, no more words are taken than
HELD_MAX.
"""

import select
import time
from typing import Final, Protocol

from zuko.errors import SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.outgoing import Outgoing
from zuko.sandbox.pending import OnOutput, Pending
from zuko.sandbox.protocol import FrameType
from zuko.sandbox.sandbox import SILENCE_S, Sandbox
from zuko.types import Run, RunResult

HELD_MAX: Final = 1 << 17  # bytes on their way to the program; above this, no more words are taken


class Words(Protocol):
    """Collect what is said to a program, by another thread."""

    def fileno(self) -> int:
        """Return a descriptor that is readable while there is something to take."""

    def take(self, size_max: int) -> tuple[bytes, bool]:
        """Take at most so many bytes, and whether the program is to end, without waiting."""


def talk(
    sandbox: Sandbox, run: Run, words: Words, on_output: OnOutput, silence_s: float = SILENCE_S, *, more: bool = False
) -> RunResult:
    """Run a program that gets its input while it runs, and wait for its end.

    Args:
        sandbox: where it is run.
        run: interactive, with streams, and without input data.
        words: what is said to it.
        on_output: called with each part of its outputs.
        silence_s: how long after the wall time limit the result may take.
        more: the same submission has another run to come.

    Raises:
        ValueError: the run is not interactive, has no streams, or has input data.
        SandboxError: the sandbox broke, or went silent.
    """
    if not (run.interactive and run.streams) or run.linked or run.input_data:
        raise ValueError("the run must be interactive, with streams, and without input data")
    pending = sandbox.begin(run, more=more)
    pending.on_output = on_output
    deadline = time.monotonic() + run.limits.wall_time_ms / 1000 + silence_s
    result = _Talk(pending, words, deadline).finish()
    if pending.wants_reuse and not result.reusable:
        sandbox.log_reason(pending.due(deadline))
    return result


class _Talk:
    """The frames on their way to the program, and those that come back."""

    def __init__(self, pending: Pending, words: Words, deadline: float) -> None:
        self._pending = pending
        self._words = words
        self._deadline = deadline
        self._outgoing = Outgoing(pending.stream, pending.request)
        self._has_ended = False  # the program; its result may still be on its way
        self._result: RunResult | None = None

    def finish(self) -> RunResult:
        """Move both ways until the result is there and no frame is left half sent."""
        stream = self._pending.stream
        while self._result is None or self._outgoing:
            left_s = self._pending.due(self._deadline) - time.monotonic()
            if left_s <= 0:
                raise SandboxError("the sandbox went silent")
            poller = select.poll()
            poller.register(stream.fileno(), select.POLLIN | (select.POLLOUT if self._outgoing else 0))
            if not self._has_ended and self._outgoing.size_bytes < HELD_MAX:
                poller.register(self._words.fileno(), select.POLLIN)
            ready = dict(poller.poll(left_s * 1000 + 1))
            if ready.get(self._words.fileno()):
                self._take_words()
            if ready.get(stream.fileno(), 0) & select.POLLOUT:
                self._outgoing.send()
            if ready.get(stream.fileno(), 0) & ~select.POLLOUT:
                self._receive()
        return self._result

    def _take_words(self) -> None:
        said, stops = self._words.take(HELD_MAX)
        for at in range(0, len(said), protocol.TALK_MAX):
            self._outgoing.add(FrameType.TALK, said[at : at + protocol.TALK_MAX])
        if stops:
            self._outgoing.drop()
            self._outgoing.add(FrameType.STOP)

    def _receive(self) -> None:
        stream = self._pending.stream
        stream.receive_some()
        while self._result is None and (frame := stream.take_frame(self._pending.frame_max)):
            kind, payload = frame
            if kind is FrameType.OUTPUT and not payload:  # its end: what is said from now on has no listener
                self._has_ended = True
                self._outgoing.drop()
                continue
            self._result = self._pending.accept(kind, payload)
        if self._result is not None and not self._result.reusable:
            self._outgoing.clear()
