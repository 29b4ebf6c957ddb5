"""Executions from the outcomes of runs: a pure function for each kind."""

import errno
import os
import re
import signal as signals
from typing import Final

from zuko.errors import (
    DrainingError,
    ImageMissingError,
    NoCapacityError,
    QueueFullError,
    StoreError,
    UnavailableError,
    UnknownLanguageError,
    ZukoError,
)
from zuko.languages.table import MIB
from zuko.types import Execution, Limits, Outcome, Reason, RunResult, Status

_NO_FILE: Final = os.strerror(errno.ENOENT)
_NO_SPACE: Final = os.strerror(errno.ENOSPC).encode()  # what each compiler prints of a full directory
_ROOM: Final = "the settings ZUKO_TMP_MIB and ZUKO_WORKSPACE_MIB"
_KILLED: Final = 128 + signals.SIGKILL
_WAITING: Final = 0.1  # a run that used less of its wall time as CPU time was waiting
_STARVED: Final = 0.1  # a run that had no core for more of its wall time, although it wanted one, was starved
_COMPUTING: Final = 0.8  # a run that used more of it was computing
# Of a program that could have gone on; the first where the kernel does not say for how long it has waited for a core.
MAYBE_STARVED: Final = "it was waiting, perhaps for a core"
STARVED: Final = "the host gave it no core for"
# Details of a run that was stopped at its wall time limit: it had nothing to do; or for how long it had something to do
# and no core, as far as the kernel counts that.
WAITING: Final = "waiting"
_NO_CORE: Final = re.compile(r"without a core for ([0-9]+) ms")


def unsupported(error: UnknownLanguageError) -> Execution:
    """Return the execution of a submission in an unknown language."""
    return Execution(Status.ERROR, Reason.UNSUPPORTED_LANGUAGE, str(error))


def reason_of(error: ZukoError) -> Reason:
    """Return the reason of an execution that an error of ours has kept from its end."""
    match error:
        case NoCapacityError() | QueueFullError():
            return Reason.NO_CAPACITY
        case DrainingError():
            return Reason.SHUTTING_DOWN
        case ImageMissingError():
            return Reason.IMAGE_MISSING
        case StoreError():
            return Reason.STORE_UNAVAILABLE
        case UnavailableError():
            return Reason.ENGINE_UNAVAILABLE
    return Reason.SANDBOX_ERROR


HOST_TOO_SLOW: Final = "the host was too slow to compile it"


def conclude_compilation(result: RunResult, limits: Limits, *, memory_bytes: int) -> Execution | None:
    """Return the execution of a submission whose compilation failed; None: it succeeded. Pure.

    The compiler's messages are in `compile_output`. The program did not run, so there is no exit code.

    Args:
        result: the compiler's run.
        limits: of that run.
        memory_bytes: of its sandbox.

    Raises:
        NoCapacityError: the compiler was stopped because the host gave it too little CPU time.
    """
    if _was_starved(result):
        raise NoCapacityError(f"{HOST_TOO_SLOW}: {wall_time_message(result)}; try again")
    if result.outcome is Outcome.NOT_STARTED:
        message = f"the compiler could not be started: {result.detail}"
        return Execution(Status.ERROR, Reason.SANDBOX_ERROR, message)
    output = compiler_messages(result)
    if result.outcome is Outcome.EXITED and result.exit_code == 0:
        if not result.detail:
            return None
        message = f"the compiler left no program: {result.detail}"
        return Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, message, compile_output=output)
    if result.outcome is Outcome.EXITED:
        message = f"the compiler rejected the program, with exit code {result.exit_code}"
        if _NO_SPACE in result.stdout or _NO_SPACE in result.stderr:
            message = f"the compiler's files are too large for the sandbox; {_ROOM} bound them"
        return Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, message, compile_output=output)
    _, reason, _, sentence = _judge(result, limits, memory_bytes)
    return Execution(Status.COMPILE_ERROR, reason, f"the compiler: {sentence}", compile_output=output)


def _was_starved(result: RunResult) -> bool:
    """Return whether an overloaded host gave a compiler too little CPU time, so that it reached its wall time limit.

    It had something to do, and had not reached its CPU time limit. A compiler that has nothing to do is waiting, as for
    `#include "/dev/stdout"`: that is the submission's fault and would happen again, so it must not be retried.
    """
    return result.outcome is Outcome.WALL_TIME and result.detail != WAITING


def conclude_not_executable(result: RunResult, compile_output: str) -> Execution:
    """Return the execution of a compiled program that the kernel refused to execute. Pure."""
    why = result.detail.removeprefix("execve: ")
    if why == _NO_FILE:  # of a Go package other than main, a Rust library; or an ELF interpreter that is not here
        why = f"{why}; it may be a library, without a main function"
    message = f"the compiled program cannot be executed: {why}"
    return Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, message, compile_output=compile_output)


def conclude_too_large(held_bytes: int, memory_bytes: int, compile_output: str) -> Execution:
    """Return the execution of a compiled program that is too large for its memory limit. Pure."""
    message = (
        f"the program that the compiler made takes {held_bytes / MIB:.1f} MiB in the sandbox, "
        f"too much for its limit of {memory_bytes / MIB:.4g} MiB"
    )
    return Execution(Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, message, compile_output=compile_output)


def compiler_messages(result: RunResult) -> str:
    """Return a compiler's messages, from both streams."""
    return (result.stdout + result.stderr).decode(errors="replace")


def aborted_for_full_heap(result: RunResult, heap_full_text: bytes) -> bool:
    """Return whether a runtime aborted its program because its heap, which the memory limit bounds, was full.

    The signal alone does not show that: other crashes abort the runtime too.

    Args:
        result: the run.
        heap_full_text: `Language.heap_full_text`.
    """
    return bool(heap_full_text) and result.signal == signals.SIGABRT and heap_full_text in result.stderr


def conclude(
    result: RunResult,
    limits: Limits,
    *,
    memory_bytes: int,
    heap_full_text: bytes = b"",
    sandbox_wait_s: float | None = None,
    raw_output: bool = False,
) -> Execution:
    """Return the execution of a run: its status, reason, exit code and message. Pure.

    The supervisor has decided which cause came first; nothing is guessed from an exit code.

    Args:
        result: the run.
        limits: of the run.
        memory_bytes: of its sandbox.
        heap_full_text: `Language.heap_full_text`, if the program has a language.
        sandbox_wait_s: until the submission had its sandbox.
        raw_output: whether the response has the outputs as base64.
    """
    status, reason, exit_code, message = _judge(result, limits, memory_bytes)
    if result.outcome is Outcome.SIGNALLED and aborted_for_full_heap(result, heap_full_text):
        reason = Reason.MEMORY_LIMIT
        message = f"ran out of memory: it filled the heap that its limit of {memory_bytes >> 20} MiB leaves it"
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
        result=result,
        sandbox_wait_s=sandbox_wait_s,
        raw_output=raw_output,
    )


def _judge(  # noqa: PLR0911 - one return an outcome: the order of the cases is the point
    result: RunResult, limits: Limits, memory_bytes: int
) -> tuple[Status, Reason | None, int | None, str | None]:
    code = result.exit_code if result.exit_code is not None else 128 + (result.signal or 0)
    match result.outcome:
        case Outcome.EXITED:
            return (Status.OK if code == 0 else Status.RUNTIME_ERROR), None, code, None
        case Outcome.WALL_TIME:
            computed = (result.usage.cpu_time_ns or 0) > _COMPUTING * result.usage.wall_time_ns
            message = wall_time_message(result, ": it was computing most of the time" if computed else "")
            return Status.TIMEOUT, Reason.WALL_TIME_LIMIT, _KILLED, message
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
            killed = "it" if result.signal else "one of its processes"
            message = f"ran out of memory: the kernel killed {killed} at the limit of {memory_bytes >> 20} MiB"
            return Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, code, message
        case Outcome.FORBIDDEN_SYSCALL:
            message = f"stopped for a forbidden system call: {result.detail}"
            return Status.RUNTIME_ERROR, Reason.FORBIDDEN_SYSCALL, code, message
        case Outcome.SIGNALLED:
            return Status.RUNTIME_ERROR, Reason.SIGNAL, code, f"ended by {signal_name(result.signal or 0)}"
        case Outcome.STOPPED:
            return Status.ERROR, Reason.SANDBOX_ERROR, _KILLED, "stopped before its end"
        case Outcome.NOT_STARTED:
            message = f"the program could not be started: {result.detail}"
            return Status.ERROR, Reason.SANDBOX_ERROR, None, message


def wall_time_message(result: RunResult, otherwise: str = "") -> str:
    """Return the sentence on a run that was stopped at its wall time limit.

    Args:
        result: of the run.
        otherwise: appended if the run did not only wait, and had a core when it wanted one.
    """
    usage = result.usage
    message = f"stopped after {usage.wall_time_ns / 1e9:.3f} s of wall time"
    if usage.cpu_time_ns is None:
        return message
    message = f"{message} with {usage.cpu_time_ns / 1e9:.3f} s of CPU time used"
    starved_ns = _without_core_ns(result, usage.wall_time_ns - usage.cpu_time_ns)
    if starved_ns > usage.wall_time_ns * _STARVED:
        return f"{message}: {STARVED} {starved_ns / 1e9:.3f} s"
    if usage.cpu_time_ns < usage.wall_time_ns * _WAITING:
        return f"{message}: {'it was waiting, perhaps for input' if result.detail == WAITING else MAYBE_STARVED}"
    return message + otherwise


def _without_core_ns(result: RunResult, idle_ns: int) -> int:
    """Return for how long a run wanted a core and had none; 0: for no time, or that is not known.

    While one of its threads computes, another may wait for the same core: that is not the host's fault. So it is at
    most the time in which none of them computed.
    """
    found = _NO_CORE.fullmatch(result.detail)
    return min(int(found[1]) * 1_000_000, idle_ns) if found else 0


def _cpu_time_message(result: RunResult, limits: Limits) -> str:
    limit_s = (limits.cpu_time_ms or 0) / 1000
    return (
        f"stopped at its limit of {limit_s:.2f} s of CPU time, "
        f"after {result.usage.wall_time_ns / 1e9:.2f} s of wall time"
    )


def signal_name(number: int) -> str:
    """Return a signal's name, and its description if it has one."""
    try:
        name = signals.Signals(number).name
    except ValueError:
        return f"signal {number}"
    described = signals.strsignal(number)
    return f"{name} ({described})" if described else name
