"""What the outcome of a run means to the one who asked: one pure function for each answer."""

import signal as signals
from typing import Final

from zuko.errors import NoCapacityError, UnknownLanguageError
from zuko.languages.table import MIB
from zuko.types import Execution, Limits, Outcome, Reason, RunResult, Status

_KILLED: Final = 128 + signals.SIGKILL
_WAITING: Final = 0.1  # of wall time as CPU time: a run with less was waiting
_STARVED: Final = 0.5  # of the CPU time that a compiler may take: one that was stopped with more had its share


def unsupported(error: UnknownLanguageError) -> Execution:
    """Return the answer to a submission in an unknown language."""
    return Execution(Status.ERROR, Reason.UNSUPPORTED_LANGUAGE, str(error))


def conclude_compilation(result: RunResult, limits: Limits, *, memory_bytes: int) -> Execution | None:
    """Return the answer to a submission whose compilation did not lead to a program; None: it did. Pure.

    The compiler's messages are in `compile_output`; nothing of the submission ran, so there is no exit code.

    Args:
        result: the compiler's run.
        limits: of that run.
        memory_bytes: of its sandbox.

    Raises:
        NoCapacityError: it was stopped on a host that hardly let it compute.
    """
    if _was_starved(result, limits):
        raise NoCapacityError(f"the host was too slow to compile it: {_wall_time_message(result, limits)}; try again")
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
        message = f"the compiler refused the program, with exit code {result.exit_code}"
        return Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, message, compile_output=output)
    _, reason, _, sentence = _judge(result, limits, memory_bytes)
    return Execution(Status.COMPILE_ERROR, reason, f"the compiler: {sentence}", compile_output=output)


def _was_starved(result: RunResult, limits: Limits) -> bool:
    """Whether a compiler that was stopped at its wall time limit had too little of a core: our overload.

    One that uses next to no CPU time waits, as for `#include "/dev/stdout"`: that is the submission's doing, will come
    to the same next time, and is not to be tried again. Nor is what is near its CPU time limit anyway.
    """
    cpu_time_ns = result.usage.cpu_time_ns
    if result.outcome is not Outcome.WALL_TIME or cpu_time_ns is None or limits.cpu_time_ms is None:
        return False
    return _WAITING * limits.wall_time_ms <= cpu_time_ns / 1e6 < _STARVED * limits.cpu_time_ms


def conclude_not_executable(result: RunResult, compile_output: str) -> Execution:
    """What there is to say of a program that was compiled and that the kernel does not execute. Pure."""
    message = f"the compiled program cannot be executed: {result.detail.removeprefix('execve: ')}"
    return Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, message, compile_output=compile_output)


def conclude_too_large(held_bytes: int, memory_bytes: int, compile_output: str) -> Execution:
    """What there is to say of a program that was compiled and leaves nothing of its memory limit. Pure."""
    message = (
        f"the program that the compiler made takes {held_bytes / MIB:.1f} MiB in the sandbox, "
        f"too much for its limit of {memory_bytes / MIB:.4g} MiB"
    )
    return Execution(Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, message, compile_output=compile_output)


def compiler_messages(result: RunResult) -> str:
    """What a compiler wrote, on whichever stream."""
    return (result.stdout + result.stderr).decode(errors="replace")


def aborted_for_full_heap(result: RunResult, heap_full_text: bytes) -> bool:
    """Whether a runtime ended its program because the heap that the memory limit leaves it was full.

    By the signal alone, whatever crashes the machine or asks it to abort would have filled its heap.

    Args:
        result: the run.
        heap_full_text: `Language.heap_full_text`.
    """
    return bool(heap_full_text) and result.signal == signals.SIGABRT and heap_full_text in result.stderr


def conclude(result: RunResult, limits: Limits, *, memory_bytes: int, heap_full_text: bytes = b"") -> Execution:
    """What an outcome means to the one who asked: status, reason, exit code and a sentence. Pure.

    The supervisor has already decided which cause came first; nothing here is guessed from an exit code.

    Args:
        result: the run.
        limits: that it had.
        memory_bytes: of its sandbox.
        heap_full_text: `Language.heap_full_text`, of a program that has a language.
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
            killed = "it" if result.signal else "one of its processes"
            message = f"ran out of memory: the kernel killed {killed} at the limit of {memory_bytes >> 20} MiB"
            return Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, code, message
        case Outcome.FORBIDDEN_SYSCALL:
            message = f"stopped for a forbidden system call: {result.detail}"
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
    if cpu_s < wall_s * _WAITING:
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
