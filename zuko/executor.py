"""One submission: check it, run it in a sandbox, say what it came to."""

import math
import signal as signals
import time
from dataclasses import replace
from functools import partial
from typing import Final

from zuko.dockerhost import DockerHost
from zuko.errors import NoCapacityError, SandboxError, SubmissionError, UnavailableError, UnreachableError
from zuko.languages import LANGUAGES, Language
from zuko.pool import Pool, Reservation
from zuko.sandbox import SILENCE_S, Engine, Sandbox
from zuko.secret import read_credentials
from zuko.settings import Settings
from zuko.standby import Standby
from zuko.types import Execution, Limits, Outcome, Reason, Run, RunResult, SourceFile, Status, Submission

_KILLED: Final = 128 + signals.SIGKILL
_TIME_LEFT_MIN_S: Final = 0.2  # a run that gets less tells nothing of the program
_REPLY_S: Final = 0.5  # of the time before a deadline, for the answer to come from the sandbox

Sandboxes = Pool | Standby


class Executor:
    """Runs submissions. Safe for several threads; `open` before use, `close` at the end.

    Args:
        settings: limits and capacity.
        engine: the Docker host; the environment's when None.
        standby: keep one sandbox ready for one request at a time, as a function needs it, instead of a pool.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None, *, standby: bool = False) -> None:
        self.settings = settings
        self.engine = engine or Engine(_docker_host(settings))
        self.one_at_a_time = standby
        self._pools: dict[str, Sandboxes] = {
            language.name: self._make_pool(language) for language in LANGUAGES.values()
        }

    def open(self) -> None:
        """Begins to start sandboxes; returns at once."""
        for pool in self._pools.values():
            pool.open()

    def close(self) -> None:
        """Lets running submissions finish (`drain_timeout_s`), then ends every sandbox."""
        for pool in self._pools.values():
            pool.close(self.settings.drain_timeout_s)
        self.engine.close()

    def drain(self) -> None:
        """Refuses new submissions from now on; running ones go on."""
        for pool in self._pools.values():
            pool.drain()

    def pool(self, language: str) -> Sandboxes:
        """The sandboxes of a language."""
        return self._pools[language]

    def check(self, submission: Submission) -> None:
        """Refuses what must not reach a sandbox.

        Raises:
            SubmissionError: naming the field and its limit.
        """
        settings = self.settings
        if _size("code", submission.code) > settings.code_limit_bytes:
            raise SubmissionError("code", f"code is larger than {settings.code_limit_bytes} bytes")
        if _size("input_data", submission.input_data) > settings.input_limit_bytes:
            raise SubmissionError("input_data", f"input_data is larger than {settings.input_limit_bytes} bytes")
        if not 1000 <= submission.wall_time_ms <= settings.timeout_max_s * 1000:
            raise SubmissionError("timeout", f"timeout is from 1 to {settings.timeout_max_s} s")

    def reserve(self, submission: Submission) -> Reservation:
        """A place in the queue for a sandbox; see `Pool.reserve`. The language must be one of `LANGUAGES`."""
        return self._pools[submission.language].reserve()

    def abandon(self, submission: Submission, reservation: Reservation) -> None:
        """Gives up a place in the queue."""
        self._pools[submission.language].abandon(reservation)

    def cancel(self, submission: Submission, reservation: Reservation) -> None:
        """Ends the run that a reservation was for, if it still goes on."""
        self._pools[submission.language].cancel(reservation)

    def cancel_all(self) -> None:
        """Ends every run; each is answered with an error of ours."""
        for pool in self._pools.values():
            pool.cancel_all()

    def settle(self) -> None:
        """For a process that is frozen between two requests: what is to be asked of the engine before that."""
        for pool in self._pools.values():
            if isinstance(pool, Standby):
                pool.settle()

    def run(self, submission: Submission, sandbox: Sandbox, deadline: float | None = None) -> Execution:
        """Runs a submission in a reserved sandbox and gives the sandbox back. What goes wrong on our side is a
        value too, with status ERROR: the caller has waited for an answer and gets one.

        Args:
            submission: what to run.
            sandbox: what was reserved for it.
            deadline: on the monotonic clock; by then there is an answer, and the program gets less time if need be.

        Raises:
            NoCapacityError: hardly any time is left before the deadline; the program was not begun.
        """
        language = LANGUAGES[submission.language]
        pool = self._pools[language.name]
        broken = True
        try:
            left_s = _left_s(deadline)
            if left_s < _TIME_LEFT_MIN_S:
                broken = False
                raise NoCapacityError("too little time was left to run it; try again")
            wall_time_ms = int(min(submission.wall_time_ms, left_s * 1000))
            limits = self.settings.limits(wall_time_ms)
            silence_s = min(SILENCE_S, left_s + _REPLY_S - wall_time_ms / 1000)
            result = sandbox.run(_plan(submission, language, limits), silence_s)
            broken = result.outcome is Outcome.NOT_STARTED
        except SandboxError as error:
            return Execution(Status.ERROR, Reason.SANDBOX_ERROR, f"the sandbox failed, not the program: {error}")
        finally:
            pool.give_back(sandbox, broken=broken)
        execution = conclude(result, limits, memory_bytes=self.settings.memory_limit_mib << 20)
        if execution.reason is Reason.WALL_TIME_LIMIT and wall_time_ms < submission.wall_time_ms:
            allowed_s = submission.wall_time_ms / 1000
            more = f"{allowed_s:g} s were allowed, but the function that runs it had no more time"
            return replace(execution, message=f"{execution.message}; {more}")
        return execution

    def execute(self, submission: Submission) -> Execution:
        """Waits for a sandbox and runs a submission: for callers that have a thread to spare.

        Raises:
            SubmissionError: a field is out of bounds.
            UnavailableError: it could not be run now.
        """
        if submission.language not in LANGUAGES:
            return unsupported(submission.language)
        self.check(submission)
        reservation = self.reserve(submission)
        try:
            sandbox = reservation.result(self.settings.queue_timeout_s)
        except TimeoutError as error:
            self.abandon(submission, reservation)
            raise self.waited_too_long(submission, self.settings.queue_timeout_s) from error
        return self.run(submission, sandbox)

    def waited_too_long(self, submission: Submission, timeout_s: float) -> UnavailableError:
        """What to raise when no sandbox came in time: the programs of others take them all, or there are none."""
        status = self._pools[submission.language].status()
        if status.busy or status.ready:
            return NoCapacityError(f"no sandbox became free within {timeout_s:g} s; try again later")
        return UnreachableError(
            f"the Docker host gave us no sandbox within {timeout_s:g} s: it hangs, or is overloaded"
        )

    def _make_pool(self, language: Language) -> Sandboxes:
        settings = self.settings
        spec = settings.sandbox(language)
        if self.one_at_a_time:
            return Standby(lambda: self.engine.create_sandbox(spec, standby=True), self.engine.sweep)
        return Pool(
            start=lambda core: self.engine.start_sandbox(spec, core),
            find_slots=self._find_slots,
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


def _left_s(deadline: float | None) -> float:
    """Time until shortly before a deadline, s; without one there is no end of it."""
    return math.inf if deadline is None else max(deadline - time.monotonic() - _REPLY_S, 0)


def _docker_host(settings: Settings) -> DockerHost:
    secret = settings.docker_secret
    return DockerHost(
        allow_plain_tcp=settings.allow_plain_tcp,
        credentials=None if secret is None else partial(read_credentials, secret),
    )


def _size(field: str, text: str) -> int:
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError as error:
        raise SubmissionError(field, f"{field} is not Unicode text: half a surrogate pair") from error


def _plan(submission: Submission, language: Language, limits: Limits) -> Run:
    return Run(
        argv=language.run_argv,
        limits=limits,
        files=(SourceFile(language.source_name, submission.code.encode()),),
        input_data=submission.input_data.encode(),
        env=language.env,
        flush_signal=language.flush_signal,
    )


def unsupported(language: str) -> Execution:
    """The answer to a submission in a language that there is none of."""
    return Execution(
        Status.ERROR,
        Reason.UNSUPPORTED_LANGUAGE,
        f"no language {language[:64]!r}; supported: {', '.join(sorted(LANGUAGES))}",
    )


def conclude(result: RunResult, limits: Limits, *, memory_bytes: int) -> Execution:
    """What an outcome means to the one who asked: status, reason, exit code and a sentence. Pure.

    The supervisor has already decided which cause came first; nothing here is guessed from an exit code.
    """
    status, reason, exit_code, message = _judge(result, limits, memory_bytes)
    return Execution(
        status=status,
        reason=reason,
        message=message,
        stdout=result.stdout.decode(errors="replace"),
        stderr=result.stderr.decode(errors="replace"),
        exit_code=exit_code,
        usage=result.usage,
        stdout_truncated=result.stdout_truncated,
        stderr_truncated=result.stderr_truncated,
    )


def _judge(  # noqa: PLR0911 - one return an outcome: the order of the cases is the point
    result: RunResult, limits: Limits, memory_bytes: int
) -> tuple[Status, Reason | None, int | None, str | None]:
    code = result.exit_code if result.exit_code is not None else 128 + (result.signal or 0)
    match result.outcome:
        case Outcome.EXITED:
            return (Status.OK if code == 0 else Status.RUNTIME_ERROR), None, code, None
        case Outcome.WALL_TIME:
            return Status.TIMEOUT, Reason.WALL_TIME_LIMIT, _KILLED, _wall_time_message(result, limits)
        case Outcome.CPU_TIME:
            return Status.TIMEOUT, Reason.CPU_TIME_LIMIT, _KILLED, _cpu_time_message(result, limits)
        case Outcome.OUTPUT:
            names = [
                f"{name} (limit {limit} bytes)"
                for name, cut, limit in (
                    ("stdout", result.stdout_truncated, limits.stdout_bytes),
                    ("stderr", result.stderr_truncated, limits.stderr_bytes),
                )
                if cut
            ]
            message = f"stopped for writing too much to {' and '.join(names)}; what came before is kept"
            return Status.RUNTIME_ERROR, Reason.OUTPUT_LIMIT, code, message
        case Outcome.MEMORY:
            whose = "it" if result.signal else "a process of it"
            message = f"ran out of memory: {whose} was ended by the kernel at the limit of {memory_bytes >> 20} MiB"
            return Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, code, message
        case Outcome.FORBIDDEN_SYSCALL:
            message = f"stopped for a system call that programs may not make here: {result.detail}"
            return Status.RUNTIME_ERROR, Reason.FORBIDDEN_SYSCALL, code, message
        case Outcome.SIGNALLED:
            return Status.RUNTIME_ERROR, Reason.SIGNAL, code, f"ended by {_signal_name(result.signal or 0)}"
        case Outcome.NOT_STARTED:
            message = f"the program could not be started: {result.detail}"
            return Status.ERROR, Reason.SANDBOX_ERROR, None, message


def _wall_time_message(result: RunResult, limits: Limits) -> str:
    wall_s = limits.wall_time_ms / 1000
    cpu_ns = result.usage.cpu_time_ns
    if cpu_ns is None:
        return f"stopped after {wall_s:.2f} s of wall time"
    cpu_s = cpu_ns / 1e9
    told = f"stopped after {wall_s:.2f} s of wall time having used {cpu_s:.2f} s of CPU"
    if cpu_s < wall_s / 10:
        return f"{told}: it was waiting, perhaps for input"
    if cpu_s > wall_s * 0.8:
        return f"{told}: it was computing all the time"
    return told


def _cpu_time_message(result: RunResult, limits: Limits) -> str:
    limit_s = (limits.cpu_time_ms or 0) / 1000
    return (
        f"stopped at its limit of {limit_s:.2f} s of CPU time, "
        f"after {result.usage.wall_time_ns / 1e9:.2f} s of wall time"
    )


def _signal_name(number: int) -> str:
    try:
        name = signals.Signals(number).name
    except ValueError:
        return f"signal {number}"
    described = signals.strsignal(number)
    return f"{name} ({described})" if described else name
