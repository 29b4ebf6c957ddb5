"""One container's life, after its start.

    Sandbox (hello) ── run ──> run ── ... ──> close
        │ end of file: the container ends and the engine removes it (auto-remove),
        └ also when this process is killed

A submission may be many runs: compile, then one for each test case. Where the Docker host allows it, each run has
namespaces of its own and the sandbox serves many submissions. Elsewhere it is emptied and audited between the runs of
one submission, and ends with it.

A run takes no call to the engine: everything goes over the attach stream.
"""

import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable
from typing import Final, Protocol, Self

from zuko.errors import ProtocolError, SandboxError
from zuko.sandbox import protocol
from zuko.sandbox.pending import OnOutput, Pending
from zuko.sandbox.protocol import FrameType
from zuko.sandbox.stream import Stream
from zuko.types import Hello, Isolation, Run, RunResult, SandboxSpec, Warm

log = logging.getLogger(__name__)

HELLO_TIMEOUT_S: Final = 30.0  # create to hello takes 0.2 s; a loaded host may need longer
PING_TIMEOUT_S: Final = 5.0  # it answers within a millisecond, unless its core is another's
# After the wall time limit: zuko-init gives up on a stuck process after 10 s, and on emptying after 1 s.
SILENCE_S: Final = 13.0
# Of a program that sleeps, while others have its core: enough to wake up, and to be seen to do so. Four of them take a
# twelfth of a core at most.
LENT_CPUS: Final = 0.02


class Containers(Protocol):
    """The engine of a sandbox's container, as far as the sandbox needs it."""

    def limit_memory(self, container_id: str, memory_bytes: int) -> None:
        """See `zuko.engine.engine.Engine.limit_memory`."""

    def limit_cpus(self, container_id: str, cpus: float) -> None:
        """See `zuko.engine.engine.Engine.limit_cpus`."""

    def image_id(self, image: str) -> str:
        """See `zuko.engine.engine.Engine.image_id`."""

    def remove(self, container_id: str) -> None:
        """See `zuko.engine.engine.Engine.remove`."""


class Sandbox:
    """A started container with zuko-init waiting in it. Use as a context manager, from one thread at a time.

    `cancel` alone may be called from any thread, to end a run whose result is not wanted any more.
    """

    def __init__(
        self, engine: Containers, container_id: str, stream: Stream, spec: SandboxSpec, core: int | None
    ) -> None:
        self._engine = engine
        self._stream = stream
        self._is_used = False  # by the submission that has it
        self._keeps = False  # files of that submission
        self._is_dropping = False  # was asked to drop them, and has not answered anything since
        self._is_clean = True  # empty and audited
        self.spec = spec
        self.container_id = container_id
        self.core = core
        self._linked: tuple[Sandbox, Sandbox] | None = None  # the listener and the other one, while both live
        self.memory_bytes = spec.memory_bytes
        self.last_heard = time.monotonic()
        self.is_asleep = False  # its program, as far as zuko-init has reported it
        self.on_sleep: Callable[[], object] = lambda: None  # called after each change of it, by who reads the stream
        self._lent_at: float | None = None  # its core, to others
        self._lent_s = 0.0  # before that
        self.hello: Hello = self._read_hello()
        self.started_at = time.monotonic()
        self.is_cell = self.hello.isolation is Isolation.NAMESPACES
        self.submissions_left = spec.max_submissions if self.is_cell else 1
        self.refused_warmth = self._keep_warm(spec.warm)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        run: Run,
        silence_s: float = SILENCE_S,
        *,
        more: bool = False,
        on_output: OnOutput | None = None,
    ) -> RunResult:
        """Run a program and wait for its end, at most its wall time limit and `silence_s`.

        Args:
            run: the program and its limits.
            silence_s: how long after the wall time limit the result may take.
            more: the same submission has another run to come; the files kept for it stay.
            on_output: called with each part of the outputs of a run that `streams`.

        Raises:
            ValueError: the run is interactive: see `converse`.
            SandboxError: the sandbox broke, went silent, or was closed meanwhile: nothing is known of the program.
        """
        if run.interactive:
            raise ValueError("an interactive run needs a second program: see `converse`")
        pending = self.begin(run, more=more)
        pending.on_output = on_output
        deadline = time.monotonic() + run.limits.wall_time_ms / 1000 + silence_s
        self._stream.send(pending.request, deadline)
        result = None
        while result is None:
            try:
                frame = self._stream.read_frame(pending.due(deadline), pending.frame_max)
            except SandboxError:
                if not pending.is_delayed(deadline):
                    raise
            else:
                result = pending.accept(*frame)
        if pending.wants_reuse and not result.reusable:
            self.log_reason(pending.due(deadline))
        return result

    async def run_async(self, run: Run, silence_s: float = SILENCE_S) -> RunResult:
        """Run the last program of a submission in an event loop; see `run`."""
        pending = self.begin(run, more=False)
        deadline = time.monotonic() + run.limits.wall_time_ms / 1000 + silence_s
        await self._stream.send_async(pending.request, deadline)
        result = None
        while result is None:
            try:
                frame = await self._stream.read_frame_async(pending.due(deadline), pending.frame_max)
            except SandboxError:
                if not pending.is_delayed(deadline):
                    raise
            else:
                result = pending.accept(*frame)
        if pending.wants_reuse and not result.reusable:
            with contextlib.suppress(SandboxError):
                _log_reason(*await self._stream.read_frame_async(pending.due(deadline), protocol.REPLY_OVERHEAD_MAX))
        return result

    def begin(self, run: Run, *, more: bool = False) -> Pending:
        """Begin a run whose frames the caller sends and receives: `converse`, which waits for two at a time."""
        self._is_used = True
        self.is_asleep = False
        self._keeps = self._keeps or bool(run.keep) or run.keep_taken
        self._is_clean = False
        return Pending(self, run, self._stream, reuse=more or self.submissions_left > 1)

    @property
    def network(self) -> str:
        """Return the container whose network namespace zuko-init is in; programs are in others."""
        return self.spec.beside or self.container_id

    def link(self, other: "Sandbox") -> bool:
        """Link it with another sandbox, as the listener; return whether they are linked. Calling it again is cheap.

        Raises:
            SandboxError: one of them broke.
        """
        pair = (self, other)
        if self._linked == pair == other._linked:
            return True
        grades = {self.hello.isolation, other.hello.isolation}
        if self.network != other.network or self is other or grades != {Isolation.NAMESPACES}:
            return False
        name = f"zuko-{secrets.token_hex(16)}"
        self._linked = other._linked = None
        if any(not each._make_link(name, listens=each is self) for each in pair):
            return False
        self._linked = other._linked = pair
        self._keeps = other._keeps = True  # what ends with the submission
        return True

    def _make_link(self, name: str, *, listens: bool) -> bool:
        deadline = time.monotonic() + PING_TIMEOUT_S
        self._stream.send(protocol.encode_link(name, listens=listens), deadline)
        refusal = self._expect(FrameType.LINKED, deadline, protocol.REPLY_OVERHEAD_MAX)
        if refusal:
            log.warning("two programs are joined by the engine, not directly: %s", refusal.decode(errors="replace"))
        return not refusal

    def note_sleep(self, is_asleep: bool) -> None:
        """Record that the program has fallen asleep, or works again."""
        self.is_asleep = is_asleep
        self.on_sleep()

    def lend_core(self) -> None:
        """Leave the program a small share of its core, for others to have the rest; a call to the engine.

        Meanwhile its wall time stands still, except while it sleeps or uses that share.

        Raises:
            EngineError: the engine does not answer, or refuses; the share may be small all the same.
        """
        self._lent_at = time.monotonic()
        self._engine.limit_cpus(self.container_id, LENT_CPUS)

    def reclaim_core(self) -> None:
        """Give the program its core back; a call to the engine.

        Raises:
            EngineError: the engine does not answer, or refuses.
        """
        self._engine.limit_cpus(self.container_id, self.spec.cpus)
        self._lent_s, self._lent_at = self.lent_s, None

    @property
    def lent_s(self) -> float:
        """Return for how long the core has been lent, in all."""
        since = self._lent_at  # read once: another thread may set it
        return self._lent_s + (0 if since is None else time.monotonic() - since)

    def record(self, result: RunResult) -> None:
        """Record whether the sandbox is clean after a run."""
        self.is_asleep = False
        self._is_clean = result.reusable
        self._is_dropping = False  # it takes frames in order

    def log_reason(self, deadline: float) -> None:
        """Log why the sandbox is not reusable; zuko-init sends the reason after such a result."""
        with contextlib.suppress(SandboxError):
            _log_reason(*self._stream.read_frame(deadline, protocol.REPLY_OVERHEAD_MAX))

    def limit_memory(self, memory_bytes: int) -> None:
        """Change the memory limit of the container; a call to the engine, unless the limit is that already.

        A limit below what the sandbox holds at this moment is refused on cgroup v1, and ends the sandbox on v2.

        Raises:
            EngineError: the engine does not answer, or refuses.
            SandboxError: the sandbox does not answer.
        """
        if memory_bytes != self.memory_bytes:
            if self._is_dropping and memory_bytes < self.memory_bytes:
                self.ping(PING_TIMEOUT_S)
            held = self.spec.warm_bytes(self.hello.isolation)
            self._engine.limit_memory(self.container_id, memory_bytes + held)
            self.memory_bytes = memory_bytes

    def image_id(self) -> str:
        """Return the id of the image of this sandbox's kind; a call to the engine.

        Raises:
            EngineError: the engine does not answer.
            ImageMissingError: the image is not on the Docker host any more.
        """
        return self._engine.image_id(self.spec.image)

    def end_submission(self) -> bool:
        """Have the sandbox forget its submission; return whether another one may use it."""
        if self._is_used:
            self._is_used = False
            self.submissions_left -= 1
        if self.submissions_left <= 0 or not self._is_clean:
            return False
        if self._keeps:
            self._keeps = False
            self._linked = None
            try:
                self._stream.send(protocol.encode_frame(FrameType.DROP, b""), time.monotonic() + 1)
            except SandboxError:
                return False
            self._is_dropping = True
        return True

    def ping(self, timeout_s: float) -> None:
        """Check that zuko-init answers. This also resets its idle timer.

        Raises:
            SandboxError: it does not.
        """
        nonce = os.urandom(8)
        deadline = time.monotonic() + timeout_s
        self._stream.send(protocol.encode_frame(FrameType.PING, nonce), deadline)
        if self._expect(FrameType.PONG, deadline, 8) != nonce:
            raise ProtocolError("the sandbox answered another ping")
        self._is_dropping = False

    def has_ended(self) -> bool:
        """Return whether the container is known to have ended, without a call to the engine."""
        return self._stream.has_ended()

    def fileno(self) -> int:
        """Return the stream's descriptor, readable when the container has ended."""
        return self._stream.fileno()

    def cancel(self) -> None:
        """End the sandbox, from any thread: zuko-init ends at end of file, and the engine removes the container."""
        self._stream.cancel()

    def close(self) -> None:
        """End the sandbox and free the descriptor; for the thread that used it last."""
        self._stream.close()

    def kill(self) -> None:
        """Have the engine end and remove a sandbox that went silent, in whatever state it is."""
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

    def _keep_warm(self, warm: Warm | None) -> str:
        """Have a runtime kept warm; return why it is not, "" if it is or need not be."""
        if warm is None or self.hello.isolation is not Isolation.NAMESPACES:
            return ""
        deadline = time.monotonic() + HELLO_TIMEOUT_S
        self._stream.send(protocol.encode_warm(warm), deadline)
        return self._expect(FrameType.WARMED, deadline, protocol.REPLY_OVERHEAD_MAX).decode(errors="replace")

    def _read_hello(self) -> Hello:
        deadline = time.monotonic() + HELLO_TIMEOUT_S
        return protocol.decode_hello(self._expect(FrameType.HELLO, deadline, protocol.REPLY_OVERHEAD_MAX))


def _log_reason(_: FrameType, reason: bytes) -> None:
    log.warning("a sandbox is not used again: %s", reason.decode(errors="replace"))
