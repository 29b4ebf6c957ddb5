"""A run that has not been answered: the frame that asks for it, and the meaning of those that come back."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from zuko.errors import NotBegunError, ProtocolError, SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.sandbox.stream import Stream
from zuko.types import Run, RunResult, SkippedFile, SourceFile

SKIPPED_MAX: Final = 17  # reports of files that were not collected, the last one of more of them
TAKEN_MAX: Final = 65 << 20  # bytes of all files that a run may send: more than a workspace holds
# An error that begins so is about what the run before has left: it comes after that run's result, and in answer to the
# next run, which was not begun.
AUDIT: Final = b"audit: "

# Called with each part of an output as it comes; true: of standard error.
type OnOutput = Callable[[bool, bytes], object]


class Runner(Protocol):
    """The sandbox of a run; `zuko.sandbox.sandbox.Sandbox` says what each member does."""

    last_heard: float

    @property
    def lent_s(self) -> float: ...  # noqa: D102
    def has_ended(self) -> bool: ...  # noqa: D102
    def note_sleep(self, is_asleep: bool) -> None: ...  # noqa: D102
    def record(self, result: RunResult) -> None: ...  # noqa: D102


class Pending:
    """A run that has not been answered."""

    def __init__(self, sandbox: Runner, run: Run, stream: Stream, *, reuse: bool) -> None:
        self.run = run
        self.stream = stream
        self.wants_reuse = reuse
        self.request = protocol.encode_run(run, reuse=reuse)
        self.on_output: OnOutput | None = None
        self._sandbox = sandbox
        self._lent_before_s = sandbox.lent_s
        self._files: list[SourceFile] = []
        self._skipped: list[SkippedFile] = []
        self._taken_left = TAKEN_MAX if run.send_taken or run.collect else 0
        self._streamed: list[tuple[FrameType, bytes]] = []
        self._streamed_left = run.limits.stdout_bytes + run.limits.stderr_bytes

    def due(self, deadline: float) -> float:
        """Return until when a frame may come: later than a deadline by the time for which the core was lent."""
        return deadline + self._sandbox.lent_s - self._lent_before_s

    def is_delayed(self, deadline: float) -> bool:
        """Return whether a frame may still come, after a wait until `due`, as the core has been lent meanwhile."""
        return deadline <= time.monotonic() < self.due(deadline) and not self._sandbox.has_ended()

    @property
    def frame_max(self) -> int:
        """Return the size of the longest frame that may come, bytes."""
        result = self.run.limits.stdout_bytes + self.run.limits.stderr_bytes + protocol.REPLY_OVERHEAD_MAX
        return max(result, self._taken_left, protocol.TALK_MAX)

    def accept(self, kind: FrameType, payload: bytes) -> RunResult | None:
        """Take a frame other than OUTPUT; return the run's result if the frame is that.

        Raises:
            SandboxError: the sandbox broke, or sent a frame that is not due.
        """
        self._sandbox.last_heard = time.monotonic()
        match kind:
            case FrameType.RESULT:
                result = protocol.decode_result(payload, tuple(self._files), tuple(self._skipped))
                self._sandbox.record(result)
                return self._joined(result) if self.run.streams else result
            case FrameType.SLEEPS | FrameType.WORKS:
                self._sandbox.note_sleep(kind is FrameType.SLEEPS)
                return None
            case FrameType.SKIPPED if self.run.collect and len(self._skipped) < SKIPPED_MAX:
                self._skipped.append(protocol.decode_skipped(payload))
                return None
            case FrameType.OUTPUT | FrameType.ERRORS if self.run.streams and len(payload) <= self._streamed_left:
                self._streamed_left -= len(payload)
                self._streamed.append((kind, payload))
                if self.on_output is not None:
                    self.on_output(kind is FrameType.ERRORS, payload)
                return None
            case FrameType.TAKEN if len(payload) <= self._taken_left:
                self._taken_left -= len(payload)
                self._files.append(protocol.decode_file(payload))
                return None
            case FrameType.ERROR if payload.startswith(AUDIT):
                raise NotBegunError(f"the supervisor gave up: {payload.decode(errors='replace')}")
            case FrameType.ERROR:
                raise SandboxError(f"the supervisor gave up: {payload.decode(errors='replace')}")
            case _:
                raise ProtocolError(f"the sandbox sent {kind.name} where a result was due")

    def _joined(self, result: RunResult) -> RunResult:
        """Return a result with the outputs that came before it."""
        stdout = b"".join(part for kind, part in self._streamed if kind is FrameType.OUTPUT)
        stderr = b"".join(part for kind, part in self._streamed if kind is FrameType.ERRORS)
        interleaved = b"".join(part for _, part in self._streamed)
        return replace(result, stdout=stdout, stderr=stderr, interleaved=interleaved)
