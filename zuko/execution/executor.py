"""One submission: check it, run it in a sandbox, say what it came to."""

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from zuko.engine.engine import Engine
from zuko.engine.host import DockerHost
from zuko.engine.secret import read_credentials
from zuko.errors import NoCapacityError, SandboxError, UnavailableError, UnreachableError
from zuko.execution.conclude import (
    compiler_messages,
    conclude,
    conclude_compilation,
    conclude_not_executable,
    conclude_too_large,
)
from zuko.execution.program import (
    SLACK_BYTES,
    compile_limits,
    compile_memory_bytes,
    compile_run,
    held_bytes,
    is_not_executable,
    prepared,
    program_run,
)
from zuko.execution.submission import Submission
from zuko.languages.table import LANGUAGES, PYTHON, Language
from zuko.pool.ondemand import OnDemand
from zuko.pool.pool import Pool, PoolStatus, Reservation
from zuko.pool.standby import Standby
from zuko.sandbox.sandbox import SILENCE_S, Sandbox
from zuko.settings import Settings
from zuko.types import Execution, Hello, Reason, Run, RunResult, SourceFile, Status

_TIME_LEFT_MIN_S: Final = 0.2  # a run that gets less tells nothing of the program
_REPLY_S: Final = 0.5  # of the time before a deadline, for the answer to come from the sandbox

LIGHT_BYTES: Final = 1 << 16  # of code, input or output: what takes an event loop no noticeable time

Sandboxes = Pool | Standby | OnDemand


@dataclass(frozen=True, slots=True)
class _Plan:
    """The run of a submission's program, and what its result comes to."""

    run: Run
    silence_s: float  # how long beyond its wall time limit its answer may take
    conclude: Callable[[RunResult], Execution]


class Executor:
    """Runs submissions. Safe for several threads; `open` before use, `close` at the end.

    Args:
        settings: limits and capacity.
        engine: the Docker host; the environment's when None.
        standby: keep one sandbox ready for one request at a time, as a function needs it, instead of a pool.
        on_demand: start sandboxes when they are asked for, and so many at a time, as a command needs it, instead of
            a pool.
    """

    def __init__(
        self, settings: Settings, engine: Engine | None = None, *, standby: bool = False, on_demand: int = 0
    ) -> None:
        self.settings = settings
        self.engine = engine or Engine(docker_host(settings))
        self.one_at_a_time = standby
        self._on_demand = on_demand
        self.pool = self._make_pool()

    def open(self) -> None:
        """Begins to start sandboxes; returns at once."""
        self.pool.open()

    def close(self) -> None:
        """Lets running submissions finish (`drain_timeout_s`), then ends every sandbox."""
        self.pool.close(self.settings.drain_timeout_s)
        self.engine.close()

    def drain(self) -> None:
        """Refuses new submissions from now on; running ones go on."""
        self.pool.drain()

    @property
    def first_language(self) -> Language:
        """The one whose readiness is the service's: its sandboxes are the first to be kept ready."""
        kept = () if self.one_at_a_time else self.settings.ready_languages
        return LANGUAGES[kept[0]] if kept else PYTHON

    def status(self, language: Language | None = None) -> PoolStatus:
        """The pool, as a language sees it; None: the first."""
        return self.pool.status(self.settings.sandbox(language or self.first_language))

    def hello(self, language: Language | None = None) -> Hello | None:
        """What the newest sandbox of a language said of itself; None: of the first."""
        return self.pool.hello(self.settings.sandbox(language or self.first_language))

    def reserve(self, language: Language) -> Reservation:
        """A place in the queue for a sandbox; see `Pool.reserve`."""
        return self.pool.reserve(self.settings.sandbox(language))

    def abandon(self, reservation: Reservation) -> None:
        """Gives up a place in the queue."""
        self.pool.abandon(reservation)

    def cancel(self, reservation: Reservation) -> None:
        """Ends the run that a reservation was for, if it still goes on."""
        self.pool.cancel(reservation)

    def cancel_all(self) -> None:
        """Ends every run; each is answered with an error of ours."""
        self.pool.cancel_all()

    def settle(self) -> None:
        """For a process that is frozen between two requests: what is to be asked of the engine before that."""
        if isinstance(self.pool, Standby):
            self.pool.settle()

    def run(self, submission: Submission, sandbox: Sandbox, deadline: float | None = None) -> Execution:
        """Runs a submission in a reserved sandbox and gives the sandbox back. What goes wrong on our side is a
        value too, with status ERROR: the caller has waited for an answer and gets one.

        Args:
            submission: what to run.
            sandbox: what was reserved for it.
            deadline: on the monotonic clock; by then there is an answer, and the program gets less time if need be.

        Raises:
            NoCapacityError: hardly any time is left before the deadline, or its compiler was stopped for lack of time
                or on a host that is overloaded; the program was not begun.
        """
        broken = True
        try:
            execution = self._run(submission, sandbox, deadline)
            broken = execution.reason is Reason.SANDBOX_ERROR
        except SandboxError as error:
            execution = _sandbox_failed(error)
        except NoCapacityError:
            broken = False
            raise
        finally:
            self.pool.give_back(sandbox, broken=broken)
        return execution

    def is_light(self, submission: Submission, sandbox: Sandbox) -> bool:
        """Whether an event loop can run a submission in a reserved sandbox (`run_async`): it is one run of little data,
        without a call to the engine."""
        is_one_run = submission.language.compiler is None and sandbox.memory_bytes == submission.memory_bytes
        size_bytes = len(submission.input_data) + sum(len(file.content) for file in submission.files)
        return is_one_run and size_bytes <= LIGHT_BYTES

    async def run_async(self, submission: Submission, sandbox: Sandbox, threads: ThreadPoolExecutor) -> Execution:
        """As `run`, for what `is_light`, in an event loop: no thread waits for the program.

        Args:
            submission: what to run.
            sandbox: what was reserved for it.
            threads: where much output is read.
        """
        broken = True
        try:
            language, files = prepared(submission.language, submission.files)
            plan = self._plan(submission, language, files, sandbox.memory_bytes)
            result = await sandbox.run_async(plan.run, plan.silence_s)
            if len(result.stdout) + len(result.stderr) <= LIGHT_BYTES:
                execution = plan.conclude(result)
            else:
                execution = await asyncio.get_running_loop().run_in_executor(threads, plan.conclude, result)
            broken = execution.reason is Reason.SANDBOX_ERROR
        except SandboxError as error:
            execution = _sandbox_failed(error)
        finally:
            self.pool.give_back(sandbox, broken=broken)
        return execution

    def execute(self, submission: Submission) -> Execution:
        """Waits for a sandbox and runs a submission: for callers that have a thread to spare.

        Raises:
            UnavailableError: it could not be run now.
        """
        reservation = self.reserve(submission.language)
        try:
            sandbox = reservation.result(self.settings.queue_timeout_s)
        except BaseException as error:  # also a signal's
            self.abandon(reservation)
            if isinstance(error, TimeoutError):
                raise self.waited_too_long(submission.language, self.settings.queue_timeout_s) from error
            raise
        return self.run(submission, sandbox)

    def waited_too_long(self, language: Language, timeout_s: float) -> UnavailableError:
        """What to raise when no sandbox came in time: the programs of others take them all, or there are none."""
        status = self.status(language)
        if status.busy or status.ready:
            return NoCapacityError(f"no sandbox became free within {timeout_s:g} s; try again later")
        return UnreachableError(
            f"the Docker host gave us no sandbox within {timeout_s:g} s: it hangs, or is overloaded"
        )

    def _run(self, submission: Submission, sandbox: Sandbox, deadline: float | None) -> Execution:
        memory_bytes = submission.memory_bytes
        language, files = prepared(submission.language, submission.files)
        compile_output: str | None = None
        if language.compiler is not None:
            input_bytes = len(submission.input_data)
            whole = compile_limits(language)
            sandbox.limit_memory(compile_memory_bytes(language, memory_bytes))
            # Where the largest program would fit, nobody has to know how large this one is.
            is_tight = memory_bytes < 2 * sandbox.spec.workspace_bytes + input_bytes + SLACK_BYTES
            run, silence_s = _bounded(compile_run(language, files, whole, send=is_tight), deadline)
            result = sandbox.run(run, silence_s, more=True)
            failed = conclude_compilation(result, run.limits, whole, memory_bytes=sandbox.memory_bytes)
            if failed is not None:
                return failed
            compile_output, files = compiler_messages(result), ()
            held = held_bytes(result.files)
            if held + input_bytes + SLACK_BYTES > memory_bytes:
                return conclude_too_large(held, memory_bytes, compile_output)
        sandbox.limit_memory(memory_bytes)
        plan = self._plan(submission, language, files, memory_bytes, compile_output=compile_output, deadline=deadline)
        return plan.conclude(sandbox.run(plan.run, plan.silence_s))

    def _plan(
        self,
        submission: Submission,
        language: Language,
        files: tuple[SourceFile, ...],
        memory_bytes: int,
        *,
        compile_output: str | None = None,
        deadline: float | None = None,
    ) -> _Plan:
        asked = submission.limits
        run = program_run(language, asked, memory_bytes, files=files, input_data=submission.input_data)
        run, silence_s = _bounded(run, deadline)

        def concluded(result: RunResult) -> Execution:
            if compile_output is not None and is_not_executable(language, result):
                return conclude_not_executable(result, compile_output)
            execution = conclude(result, run.limits, memory_bytes=memory_bytes, heap_full_text=language.heap_full_text)
            if execution.reason is Reason.WALL_TIME_LIMIT and run.limits.wall_time_ms < asked.wall_time_ms:
                more = f"{asked.wall_time_ms / 1000:g} s were allowed, but the function that runs it had no more time"
                execution = replace(execution, message=f"{execution.message}; {more}")
            return execution if compile_output is None else replace(execution, compile_output=compile_output)

        return _Plan(run, silence_s, concluded)

    def _make_pool(self) -> Sandboxes:
        settings = self.settings
        python = settings.sandbox(PYTHON)
        if self._on_demand:
            return OnDemand(self.engine.start_sandbox, self._on_demand)
        if self.one_at_a_time:
            return Standby(lambda spec: self.engine.create_sandbox(spec, standby=True), python, self.engine.sweep)
        return Pool(
            start=self.engine.start_sandbox,
            find_slots=self._find_slots,
            kept=[settings.sandbox(LANGUAGES[name]) for name in settings.ready_languages],
            ready=settings.ready_sandboxes,
            queue_size=settings.queue_size,
            idle_s=settings.sandbox_idle_s,
            sweep=self.engine.sweep,
        )

    def _find_slots(self) -> list[int | None]:
        """The core of each run that may go on at a time. More runs than cores make every measured time lie."""
        cores = self.engine.info().cores
        slots = self.settings.concurrency or cores
        pinned = self.settings.pin_cores and cores > 1 and self.settings.cpus <= 1
        return [slot % cores if pinned else None for slot in range(slots)]


def _bounded(run: Run, deadline: float | None) -> tuple[Run, float]:
    """A run that ends before a deadline, and how long beyond its wall time limit its answer may take, s.

    Raises:
        NoCapacityError: hardly any time is left.
    """
    left_s = math.inf if deadline is None else max(deadline - time.monotonic() - _REPLY_S, 0)
    if left_s < _TIME_LEFT_MIN_S:
        raise NoCapacityError("too little time was left to run it; try again")
    limits = replace(run.limits, wall_time_ms=int(min(run.limits.wall_time_ms, left_s * 1000)))
    return replace(run, limits=limits), min(SILENCE_S, left_s + _REPLY_S - limits.wall_time_ms / 1000)


def _sandbox_failed(error: SandboxError) -> Execution:
    return Execution(Status.ERROR, Reason.SANDBOX_ERROR, f"the sandbox failed, not the program: {error}")


def docker_host(settings: Settings) -> DockerHost:
    """Where the engine is, by the environment and the settings."""
    secret = settings.docker_secret
    return DockerHost(
        allow_plain_tcp=settings.allow_plain_tcp,
        credentials=None if secret is None else partial(read_credentials, secret),
    )
