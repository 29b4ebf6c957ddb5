"""Judge0's statuses, and the one that the result of an execution has. Pure."""

import base64
import signal as signals
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from zuko.types import Reason, Status

IN_QUEUE: Final = 1
PROCESSING: Final = 2
ACCEPTED: Final = 3
WRONG_ANSWER: Final = 4
TIME_LIMIT_EXCEEDED: Final = 5
COMPILATION_ERROR: Final = 6
SIGSEGV: Final = 7
SIGXFSZ: Final = 8
SIGFPE: Final = 9
SIGABRT: Final = 10
NZEC: Final = 11
OTHER: Final = 12
INTERNAL_ERROR: Final = 13
EXEC_FORMAT_ERROR: Final = 14

STATUSES: Final = {
    IN_QUEUE: "In Queue",
    PROCESSING: "Processing",
    ACCEPTED: "Accepted",
    WRONG_ANSWER: "Wrong Answer",
    TIME_LIMIT_EXCEEDED: "Time Limit Exceeded",
    COMPILATION_ERROR: "Compilation Error",
    SIGSEGV: "Runtime Error (SIGSEGV)",
    SIGXFSZ: "Runtime Error (SIGXFSZ)",
    SIGFPE: "Runtime Error (SIGFPE)",
    SIGABRT: "Runtime Error (SIGABRT)",
    NZEC: "Runtime Error (NZEC)",
    OTHER: "Runtime Error (Other)",
    INTERNAL_ERROR: "Internal Error",
    EXEC_FORMAT_ERROR: "Exec Format Error",
}

_OF_SIGNAL: Final[dict[int, int]] = {
    signals.SIGSEGV: SIGSEGV,
    signals.SIGXFSZ: SIGXFSZ,
    signals.SIGFPE: SIGFPE,
    signals.SIGABRT: SIGABRT,
}
_TIMES: Final = (Reason.CPU_TIME_LIMIT, Reason.WALL_TIME_LIMIT)
_KILLED: Final = 128 + signals.SIGKILL
_BLANKS: Final = b" \t\n\v\f\r\0"  # that Ruby's rstrip strips


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a run in Judge0's terms. None: absent."""

    status_id: int
    stdout: bytes | None = None
    stderr: bytes | None = None
    compile_output: bytes | None = None
    message: bytes | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    time_s: float | None = None  # CPU time
    wall_time_s: float | None = None
    memory_kb: int | None = None


def judged(
    result: Mapping[str, Any], *, expected: bytes | None, cpu_time_limit_s: float, by_signal: bool = False
) -> Verdict:
    """Return the verdict on an execution.

    Args:
        result: the response of `POST /api/v1/execute`, with outputs in base64.
        expected: the expected output; None: not compared.
        cpu_time_limit_s: beyond it a program is too slow, although it may go on for the extra time.
        by_signal: a signal that ends the program has the status that Judge0 documents for it, instead of the one that
            Judge0 gives, where a shell stands between.
    """
    status, reason = Status(result["status"]), result["reason"] and Reason(result["reason"])
    compile_output = _text(result.get("compile_output"))
    if status is Status.COMPILE_ERROR:
        if reason in _TIMES:
            compile_output = b"Compilation time limit exceeded."
        return Verdict(COMPILATION_ERROR, compile_output=compile_output or _text(result["message"]))
    if status is Status.ERROR:
        return Verdict(INTERNAL_ERROR, message=_text(result["message"]))
    stdout, stderr = (base64.b64decode(result[name]) or None for name in ("stdout", "stderr"))
    time_s = None if result["time_used_ms"] is None else result["time_used_ms"] / 1000
    is_late = reason in _TIMES or (time_s is not None and time_s > cpu_time_limit_s)
    code = result["exit_code"] or 0
    signal: int | None = None
    message: str | None = None
    if is_late:
        status_id, code = TIME_LIMIT_EXCEEDED, 0
        message = f"Time limit exceeded{' (wall clock)' if reason is Reason.WALL_TIME_LIMIT else ''}"
    elif reason is Reason.OUTPUT_LIMIT:
        status_id, code, signal = SIGXFSZ, 0, int(signals.SIGXFSZ)
    elif reason is Reason.MEMORY_LIMIT:
        status_id, code = NZEC, _KILLED
    elif by_signal and reason in (Reason.SIGNAL, Reason.FORBIDDEN_SYSCALL):
        signal, code = code - 128, 0
        status_id = _OF_SIGNAL.get(signal, OTHER)
    elif code:
        status_id = NZEC
    else:
        status_id = ACCEPTED if expected is None or is_same(stdout, expected) else WRONG_ANSWER
    if signal is not None:
        message = f"Caught fatal signal {signal}"
    elif status_id == NZEC:
        message = f"Exited with error status {code}"
    return Verdict(
        status_id,
        stdout=stdout,
        stderr=stderr,
        compile_output=compile_output,
        message=_text(message),
        exit_code=code,
        exit_signal=signal,
        time_s=time_s,
        wall_time_s=None if result["wall_time_ms"] is None else result["wall_time_ms"] / 1000,
        memory_kb=result["memory_used_kb"],
    )


def is_same(stdout: bytes | None, expected: bytes) -> bool:
    """Return whether an output is the expected one, except for blanks at the ends of lines and of the whole.

    No output is not even the same as an expected output that is empty: that is Judge0's rule.
    """
    return stdout is not None and _stripped(stdout) == _stripped(expected)


def _stripped(text: bytes) -> list[bytes]:
    return [line.rstrip(_BLANKS) for line in text.rstrip(_BLANKS).split(b"\n")]


def _text(text: str | None) -> bytes | None:
    return text.encode(errors="replace") if text else None
