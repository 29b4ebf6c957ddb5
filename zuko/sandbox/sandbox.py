"""One container's life, after its start.

    Sandbox (hello) ── run ──> run ── ... ──> close
        │ end of file: the container ends and is removed
        └ by the engine (auto-remove), also if we are killed

A submission may be many runs (compile, then one for each test case); the sandbox is emptied and audited after each.

It is spoken to over its attach stream alone: no call to the engine per run.
"""

import contextlib
import logging
import os
import time
from typing import Final, Protocol, Self

from zuko.errors import ProtocolError, SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.sandbox.stream import Stream
from zuko.types import Hello, Run, RunResult, SandboxSpec, SourceFile

log = logging.getLogger(__name__)

HELLO_TIMEOUT_S: Final = 30.0  # create to hello takes 0.2 s; a loaded host may need longer
TAKEN_MAX: Final = 65 << 20  # bytes of all files that a run may send: more than a workspace holds
PING_TIMEOUT_S: Final = 5.0  # it answers within a millisecond, unless its core is another's
# Beyond the wall time limit: zuko-init gives up on a stuck process after 10 s, and on emptying after 1 s.
SILENCE_S: Final = 13.0


class Containers(Protocol):
    """What a sandbox asks of the engine that has its container."""

    def limit_memory(self, container_id: str, memory_bytes: int) -> None:
        """See `zuko.engine.engine.Engine.limit_memory`."""

    def remove(self, container_id: str) -> None:
        """See `zuko.engine.engine.Engine.remove`."""


class Pending:
    """A run whose answer is still to come: what to send for it, and what becomes of the frames that come back."""

    def __init__(self, sandbox: "Sandbox", run: Run, stream: Stream, *, again: bool) -> None:
        self.run = run
        self.stream = stream
        self.again = again
        self.request = protocol.encode_run(run, again=again)
        self._sandbox = sandbox
        self._files: list[SourceFile] = []
        self._taken_left = TAKEN_MAX if run.send_taken else 0

    @property
    def frame_max(self) -> int:
        """Bytes of the longest frame that may come."""
        result = self.run.limits.stdout_bytes + self.run.limits.stderr_bytes + protocol.REPLY_OVERHEAD_MAX
        return max(result, self._taken_left, protocol.TALK_MAX)

    def accept(self, kind: FrameType, payload: bytes) -> RunResult | None:
        """Takes a frame other than OUTPUT; the answer if it is that.

        Raises:
            SandboxError: the sandbox broke, or sent what is not due.
        """
        self._sandbox.last_heard = time.monotonic()
        match kind:
            case FrameType.RESULT:
                result = protocol.decode_result(payload, tuple(self._files))
                self._sandbox.note(result)
                return result
            case FrameType.TAKEN if len(payload) <= self._taken_left:
                self._taken_left -= len(payload)
                self._files.append(protocol.decode_file(payload))
                return None
            case FrameType.ERROR:
                raise SandboxError(f"the supervisor gave up: {payload.decode(errors='replace')}")
            case _:
                raise ProtocolError(f"the sandbox sent {kind.name} where a result was due")


class Sandbox:
    """A started container with zuko-init waiting in it. Use as a context manager, from one thread at a time.

    `cancel` alone may be called from any thread, to end a run that nobody waits for any more.
    """

    def __init__(
        self, engine: Containers, container_id: str, stream: Stream, spec: SandboxSpec, core: int | None
    ) -> None:
        self._engine = engine
        self._stream = stream
        self._is_used = False  # by the submission that has it
        self._keeps = False  # something of that submission's
        self._drops = False  # has been told to forget that, and has not been heard since
        self._is_good = True  # empty and audited
        self.spec = spec
        self.container_id = container_id
        self.core = core
        self.memory_bytes = spec.memory_bytes
        self.runs_left = spec.max_runs
        self.last_heard = time.monotonic()
        self.hello: Hello = self._read_hello()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, run: Run, silence_s: float = SILENCE_S, *, more: bool = False) -> RunResult:
        """Runs a program and waits for its end, at most its wall time limit and `silence_s`; see `converse` for two.

        Args:
            run: what to run.
            silence_s: how long beyond the wall time limit an answer may take.
            more: the same submission has another run to come, and what is kept for it stays.

        Raises:
            ValueError: it is interactive, and nobody would talk with it.
            SandboxError: the sandbox broke, went silent, or was closed meanwhile: nothing is known of the program.
        """
        if run.interactive:
            raise ValueError("an interactive run is one of two: `converse` runs it")
        pending = self.begin(run, more=more)
        deadline = time.monotonic() + run.limits.wall_time_ms / 1000 + silence_s
        self._stream.send(pending.request, deadline)
        result = None
        while result is None:
            result = pending.accept(*self._stream.read_frame(deadline, pending.frame_max))
        if pending.again and not result.again:
            self.explain(deadline)
        return result

    async def run_async(self, run: Run, silence_s: float = SILENCE_S) -> RunResult:
        """As `run`, in an event loop, and the submission's last run.

        Raises:
            SandboxError: as `run`.
        """
        pending = self.begin(run, more=False)
        deadline = time.monotonic() + run.limits.wall_time_ms / 1000 + silence_s
        await self._stream.send_async(pending.request, deadline)
        result = None
        while result is None:
            result = pending.accept(*await self._stream.read_frame_async(deadline, pending.frame_max))
        if pending.again and not result.again:
            with contextlib.suppress(SandboxError):
                _note_reason(*await self._stream.read_frame_async(deadline, protocol.REPLY_OVERHEAD_MAX))
        return result

    def begin(self, run: Run, *, more: bool = False) -> Pending:
        """A run for who sends and receives himself: `converse`, which has two at once to wait for."""
        self._is_used = True
        self._keeps = self._keeps or bool(run.keep) or run.keep_taken
        self._is_good = False
        return Pending(self, run, self._stream, again=more or self.runs_left > 1)

    def note(self, result: RunResult) -> None:
        """Whether it is as good as new, as its last answer says."""
        self._is_good = result.again
        self._drops = False  # it takes frames in order

    def explain(self, deadline: float) -> None:
        """Has the log know why the sandbox is not as good as new, when its answer was that."""
        with contextlib.suppress(SandboxError):
            _note_reason(*self._stream.read_frame(deadline, protocol.REPLY_OVERHEAD_MAX))

    def limit_memory(self, memory_bytes: int) -> None:
        """Changes the memory limit of the container; costs a call to the engine, unless it is so already.

        Below what the sandbox holds at this moment it is refused on cgroup v1, and on v2 it is the sandbox's end.

        Raises:
            EngineError: the engine does not answer, or refuses.
            SandboxError: the sandbox does not answer.
        """
        if memory_bytes != self.memory_bytes:
            if self._drops and memory_bytes < self.memory_bytes:
                self.ping(PING_TIMEOUT_S)
            self._engine.limit_memory(self.container_id, memory_bytes)
            self.memory_bytes = memory_bytes

    def end_submission(self) -> bool:
        """For who had it: forgets the submission. False: it is of no use for another one."""
        if self._is_used:
            self._is_used = False
            self.runs_left -= 1
        if self.runs_left <= 0 or not self._is_good:
            return False
        if self._keeps:
            self._keeps = False
            try:
                self._stream.send(protocol.encode_frame(FrameType.DROP, b""), time.monotonic() + 1)
            except SandboxError:
                return False
            self._drops = True
        return True

    def ping(self, timeout_s: float) -> None:
        """Asks zuko-init for a sign of life, which also tells it that we live.

        Raises:
            SandboxError: none came.
        """
        nonce = os.urandom(8)
        deadline = time.monotonic() + timeout_s
        self._stream.send(protocol.encode_frame(FrameType.PING, nonce), deadline)
        if self._expect(FrameType.PONG, deadline, 8) != nonce:
            raise ProtocolError("the sandbox answered another ping")
        self._drops = False

    def has_ended(self) -> bool:
        """Whether the container is known to have ended; costs no call to the engine."""
        return self._stream.has_ended()

    def fileno(self) -> int:
        """The stream's descriptor, readable when the container has ended."""
        return self._stream.fileno()

    def cancel(self) -> None:
        """Ends the sandbox, from any thread: end of file on its stdin is its end, and the engine removes it."""
        self._stream.cancel()

    def close(self) -> None:
        """Ends the sandbox and frees the descriptor; for the thread that used it last."""
        self._stream.close()

    def kill(self) -> None:
        """For a sandbox that went silent: has the engine end and remove it, whatever state it is in."""
        self.cancel()
        self._engine.remove(self.container_id)

    def _expect(self, wanted: FrameType, deadline: float, size_max: int) -> bytes:
        kind, payload = self._stream.read_frame(deadline, max(size_max, protocol.REPLY_OVERHEAD_MAX))
        if kind is FrameType.ERROR:
            raise SandboxError(f"the supervisor gave up: {payload.decode(errors='replace')}")
        if kind is not wanted:
            raise ProtocolError(f"the sandbox sent {kind.name} where {wanted.name} was due")
        self.last_heard = time.monotonic()
        return payload

    def _read_hello(self) -> Hello:
        deadline = time.monotonic() + HELLO_TIMEOUT_S
        return protocol.decode_hello(self._expect(FrameType.HELLO, deadline, protocol.REPLY_OVERHEAD_MAX))


def _note_reason(_: FrameType, told: bytes) -> None:
    log.warning("a sandbox is not used again: %s", told.decode(errors="replace"))
