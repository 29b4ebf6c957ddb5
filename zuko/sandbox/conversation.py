"""Two programs in two sandboxes, joined: what one prints, the other reads.

    linked      left program ── pipes, zuko-init ──> right program          we wait for both results
    otherwise   left program ── OUTPUT ──> a buffer of ours ── TALK ──> right program
                             <── TALK ──   a buffer of ours <── OUTPUT ──

Where the two sandboxes can be linked (`Sandbox.link`), nothing that the programs say passes through here. Elsewhere one
thread moves both directions without waiting for either. While a buffer is full its writer is not read, so that the
program blocks as at a full pipe; at most BUFFER_MAX and one frame are held. A program may print the `stdout_bytes` of
its run in all.

When one program closes its output or ends, the other reads end of file once it has read all and waits for more, and may
go on until its own limits. A result may settle the conversation: then the other program is stopped.
"""

import contextlib
import select
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from zuko.errors import ProtocolError, SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.outgoing import Outgoing
from zuko.sandbox.protocol import FrameType
from zuko.sandbox.sandbox import SILENCE_S, Sandbox
from zuko.types import Outcome, Run, RunResult

BUFFER_MAX: Final = 1 << 18  # bytes on their way to a program; above this, the other one is not read

Name = Literal["left", "right"]
# Returns how long the other program may go on after a result, s; None: until its own limits.
Settle = Callable[[Name, RunResult], float | None]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The result of a conversation. Each result's stdout is empty: the other program has read it."""

    left: RunResult
    right: RunResult


class _Side:
    """One of the two: its sandbox, the bytes on their way to it, and its output so far."""

    def __init__(self, name: Name, sandbox: Sandbox, run: Run, *, more: bool) -> None:
        self.name: Name = name
        self.sandbox = sandbox
        self.pending = sandbox.begin(run, more=more)
        self.limit = time.monotonic() + run.limits.wall_time_ms / 1000  # of its wall time
        self.result: RunResult | None = None
        self.stop_at: float | None = None  # it is not needed after that
        self._has_stopped = False
        self._has_ended = False  # its program; its result may still be on its way
        self._said_bytes = 0
        self._outgoing = Outgoing(self.pending.stream, self.pending.request)

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
        if self.result is None and (other._outgoing.size_bytes < BUFFER_MAX or now >= self.limit):
            wants |= select.POLLIN
        return wants

    def may_have_waited_for(self, other: "_Side") -> bool:
        """Return whether its program was stopped at its wall time limit while the other one may have had the word.

        Of linked programs that is known, and does not count. Of others it is known only if more is on its way to the
        other one than that reads.
        """
        is_at_limit = self.result is not None and self.result.outcome is Outcome.WALL_TIME
        return is_at_limit and not self.pending.run.linked and other._outgoing.size_bytes <= protocol.HEADER_SIZE

    def queue(self, kind: FrameType, output: bytes = b"") -> None:
        """Queue what the other has said or done for its program. After its end it is dropped."""
        if not self._has_ended and self.result is None:
            self._outgoing.add(kind, output)

    def stop(self) -> None:
        """Have its run ended: what is on its way to its program is dropped."""
        if not self._has_stopped and self.result is None:
            self._has_stopped = True
            self._outgoing.drop()
            self.queue(FrameType.STOP)

    def send(self) -> None:
        """Send as much as its sandbox takes now. A broken connection is an end, whose reason is read later."""
        try:
            self._outgoing.send()
        except SandboxError:
            self._outgoing.clear()

    def receive(self, other: "_Side") -> None:
        """Receive frames of its sandbox, and queue its program's output for the other."""
        stream = self.pending.stream
        if self.result is not None:  # nothing follows except end of file
            self._outgoing.clear()
            return
        stream.receive_some()
        while self.result is None and (frame := stream.take_frame(self.pending.frame_max)):
            self._take(*frame, other)
        if self.result is not None and not (self._has_ended or self.pending.run.linked):
            raise ProtocolError("the sandbox sent a result before its program's end")
        if self.result is not None and not self.result.reusable:
            self._outgoing.clear()

    def _take(self, kind: FrameType, payload: bytes, other: "_Side") -> None:
        is_output = kind in (FrameType.OUTPUT, FrameType.CLOSED)
        if not is_output or self._has_ended or self.pending.run.linked:
            self.result = self.pending.accept(kind, payload)
            return
        self._said_bytes += len(payload)
        if self._said_bytes > self.pending.run.limits.stdout_bytes:
            raise ProtocolError("the sandbox sent more output than the run may print")
        if payload or kind is FrameType.CLOSED:
            other.queue(FrameType.TALK, payload)
            return
        other.queue(FrameType.OVER)
        self._has_ended = True
        self._outgoing.drop()


def converse(
    left: Sandbox,
    left_run: Run,
    right: Sandbox,
    right_run: Run,
    *,
    settle: Settle = lambda _, __: None,
    silence_s: float = SILENCE_S,
    more: bool = False,
) -> Conversation:
    """Run two programs, each reading what the other prints, and wait for the end of both.

    Args:
        left: where `left_run` is run; another thread may `cancel` it, which ends the conversation. Its wall time stands
            still while the other one has the word, if the two are linked.
        left_run: interactive, without input data.
        right: where `right_run` is run.
        right_run: interactive, without input data.
        settle: called with the first result.
        silence_s: how long after its wall time limit a result may take.
        more: the same submission has another run to come in each sandbox.

    Raises:
        ValueError: a run is not interactive, or has input data.
        SandboxError: one of the sandboxes broke, and the message begins with which: "left: " or "right: ".
            The other one's program may still be running: neither sandbox is of any use for another run.
    """
    if not all(run.interactive and not run.input_data for run in (left_run, right_run)):
        raise ValueError("both runs must be interactive and without input data")
    with _naming("right"):
        linked = left.link(right)
    one = _Side("left", left, replace(left_run, linked=linked), more=more)
    two = _Side("right", right, replace(right_run, linked=linked), more=more)
    if linked:  # while the right one has the word, the left one's time stands still
        one.limit += right_run.limits.wall_time_ms / 1000
    _join(one, two, settle, silence_s)
    return Conversation(left=_answer(one, silence_s), right=_answer(two, silence_s))


def _join(left: _Side, right: _Side, settle: Settle, silence_s: float) -> None:
    """Move output both ways until both have answered."""
    others = {left: right, right: left}
    is_settled = False
    while unfinished := [side for side in others if not side.is_finished]:
        now = time.monotonic()
        poller = select.poll()
        moments = []
        for side in unfinished:
            if now >= side.limit + silence_s:
                raise SandboxError(f"{side.name}: the sandbox went silent")
            if side.stop_at is not None and now >= side.stop_at:
                side.stop()
            poller.register(side.fileno(), side.events(others[side], now))
            moments += [side.limit, side.limit + silence_s, side.stop_at or 0]
        ready = dict(poller.poll(1000 * (min(moment for moment in moments if moment > now) - now) + 1))
        for side in unfinished:
            events = ready.get(side.fileno(), 0)
            with _naming(side.name):
                if events & select.POLLOUT:
                    side.send()
                if events & ~select.POLLOUT:  # poll reports a hang-up in any case
                    side.receive(others[side])
            if side.result is not None and not is_settled:
                is_settled = True
                left_s = settle(side.name, side.result)
                if left_s is not None and not side.may_have_waited_for(others[side]):
                    others[side].stop_at = time.monotonic() + left_s


def _answer(side: _Side, silence_s: float) -> RunResult:
    assert side.result is not None  # noqa: S101 - it has been waited for
    if side.pending.wants_reuse and not side.result.reusable:
        side.sandbox.log_reason(time.monotonic() + silence_s)
    return side.result


@contextlib.contextmanager
def _naming(name: Name) -> Iterator[None]:
    try:
        yield
    except SandboxError as error:
        raise type(error)(f"{name}: {error}") from error
