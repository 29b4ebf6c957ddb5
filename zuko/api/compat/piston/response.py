"""An execution as Piston's response."""

import re
from dataclasses import dataclass
from typing import Any, Final

from zuko.api.compat.piston.runtimes import Runtime
from zuko.types import Execution, Reason, Status, Usage

_KILLED: Final = "SIGKILL"
_OUT_OF_MEMORY: Final = 137  # as the shell of Piston's runs reports it; clients know it by this code
_COMPILER_CODE: Final = re.compile(r"exit code (\d+)$")


@dataclass(frozen=True, slots=True)
class _End:
    """How a stage ended."""

    code: int | None = None
    signal: str | None = None
    status: str | None = None
    message: str | None = None


_FINE: Final = _End(0)
_KILLED_FOR: Final = {
    Reason.WALL_TIME_LIMIT: _End(None, _KILLED, "TO", "Time limit exceeded (wall clock)"),
    Reason.CPU_TIME_LIMIT: _End(None, _KILLED, "TO", "Time limit exceeded"),
}


def respond(runtime: Runtime, execution: Execution) -> dict[str, Any]:
    """Return Piston's response to a program that was compiled or run. Nothing that Piston does not have is in it."""
    response: dict[str, Any] = {"language": runtime.name, "version": str(runtime.version)}
    messages = execution.compile_output
    if execution.status is Status.COMPILE_ERROR:
        failed = compile_stage(execution)
        return {"compile": failed, "run": failed, **response}
    if messages is not None:
        response = {"compile": compile_stage(execution), **response}
    return {"run": run_stage(execution), **response}


def compile_stage(execution: Execution) -> dict[str, Any]:
    """Return the stage of a compiler. Its cost is not reported."""
    end = _FINE if execution.status is not Status.COMPILE_ERROR else _end(execution, _compiler_code(execution))
    messages = execution.compile_output or ""
    if not messages and end is not _FINE:
        messages = execution.message or ""  # of a compiler that was stopped, or left no program
    return _stage(end, "", messages, messages, None)


def run_stage(execution: Execution) -> dict[str, Any]:
    """Return the stage of a program."""
    end = _end(execution, execution.exit_code)
    return _stage(end, execution.stdout, execution.stderr, execution.output or "", execution.usage)


def _compiler_code(execution: Execution) -> int:
    found = _COMPILER_CODE.search(execution.message or "")
    return int(found[1]) if found else 1


def _end(execution: Execution, code: int | None) -> _End:
    if execution.reason in _KILLED_FOR:
        return _KILLED_FOR[execution.reason]
    if execution.reason is Reason.OUTPUT_LIMIT:
        status, name = (
            ("OL", "stdout") if execution.stdout_truncated or not execution.stderr_truncated else ("EL", "stderr")
        )
        return _End(None, _KILLED, status, f"{name} length exceeded")
    if execution.reason is Reason.MEMORY_LIMIT:
        code = _OUT_OF_MEMORY
    return _FINE if code == 0 else _End(code, None, "RE", f"Exited with error status {code}")


def _stage(end: _End, stdout: str, stderr: str, output: str, usage: Usage | None) -> dict[str, Any]:
    cpu_ns = usage.cpu_time_ns if usage else None
    return {
        "stdout": stdout,
        "stderr": stderr,
        "output": output,
        "code": end.code,
        "signal": end.signal,
        "message": end.message,
        "status": end.status,
        "cpu_time": None if cpu_ns is None else round(cpu_ns / 1e6),
        "wall_time": None if usage is None else round(usage.wall_time_ns / 1e6),
        "memory": None if usage is None else usage.peak_rss_bytes,
    }
