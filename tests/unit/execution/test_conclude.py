"""The pure functions between the supervisor's facts and the response."""

from dataclasses import replace
from typing import Any

import pytest

from zuko.errors import NoCapacityError
from zuko.execution.conclude import WAITING, conclude, conclude_compilation, conclude_not_executable
from zuko.execution.program import compile_limits, held_bytes, is_not_executable
from zuko.languages.table import LANGUAGES
from zuko.types import CpuSource, Execution, Limits, Outcome, Reason, RunResult, SourceFile, Status, Usage
from zuko.wire.execute import ExecuteResponse, execution_json

LIMITS = Limits(wall_time_ms=3000, cpu_time_ms=2000)
USAGE = Usage(3_000_000_000, 10_000_000, 10 << 20, CpuSource.CGROUP_V2)
RESULT = RunResult(Outcome.EXITED, USAGE, 0, None, 0, "", b"out", b"err", False, False)


def ended(outcome: Outcome, **changes: Any) -> Execution:
    return conclude(replace(RESULT, outcome=outcome, **changes), LIMITS, memory_bytes=128 << 20)


@pytest.mark.parametrize(
    ("execution", "status", "reason", "exit_code"),
    [
        (ended(Outcome.EXITED), Status.OK, None, 0),
        (ended(Outcome.EXITED, exit_code=7), Status.RUNTIME_ERROR, None, 7),
        # An exit code of 137 does not mean that the program was killed: only the supervisor can say that.
        (ended(Outcome.EXITED, exit_code=137), Status.RUNTIME_ERROR, None, 137),
        (ended(Outcome.SIGNALLED, exit_code=None, signal=11), Status.RUNTIME_ERROR, Reason.SIGNAL, 139),
        (ended(Outcome.WALL_TIME, exit_code=None, signal=9), Status.TIMEOUT, Reason.WALL_TIME_LIMIT, 137),
        (ended(Outcome.CPU_TIME, exit_code=None, signal=9), Status.TIMEOUT, Reason.CPU_TIME_LIMIT, 137),
        (ended(Outcome.OUTPUT, exit_code=None, signal=9), Status.RUNTIME_ERROR, Reason.OUTPUT_LIMIT, 137),
        # It had ended by itself when the excess was found in the pipe: its exit code is its own.
        (ended(Outcome.OUTPUT, exit_code=0), Status.RUNTIME_ERROR, Reason.OUTPUT_LIMIT, 0),
        (ended(Outcome.MEMORY, exit_code=None, signal=9, oom_kills=1), Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, 137),
        (ended(Outcome.MEMORY, exit_code=1, oom_kills=1), Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, 1),
        (
            ended(Outcome.FORBIDDEN_SYSCALL, exit_code=None, signal=9, detail="ptrace"),
            Status.RUNTIME_ERROR,
            Reason.FORBIDDEN_SYSCALL,
            137,
        ),
        (ended(Outcome.NOT_STARTED, exit_code=None, detail="execve: x"), Status.ERROR, Reason.SANDBOX_ERROR, None),
    ],
)
def test_outcomes(execution: Execution, status: Status, reason: Reason | None, exit_code: int | None) -> None:
    assert (execution.status, execution.reason, execution.exit_code) == (status, reason, exit_code)
    assert (execution.message is None) == (reason is None)


def test_program_that_cannot_be_executed_is_at_fault_only_if_it_was_compiled() -> None:
    not_started = replace(RESULT, outcome=Outcome.NOT_STARTED, exit_code=None, detail="execve: Exec format error")
    assert is_not_executable(LANGUAGES["cpp"], not_started)
    assert not is_not_executable(LANGUAGES["cpp"], replace(not_started, detail="setsid: Operation not permitted"))
    assert not is_not_executable(LANGUAGES["java"], not_started)
    assert not is_not_executable(LANGUAGES["python"], not_started)
    execution = conclude_not_executable(not_started, "warning")
    assert (execution.status, execution.reason) == (Status.COMPILE_ERROR, Reason.COMPILE_FAILED)
    assert execution.message == "the compiled program cannot be executed: Exec format error"


COMPILER = compile_limits(LANGUAGES["cpp"])


def stopped(cpu_time_ms: int | None, detail: str) -> Execution | None:
    """Return the execution whose compiler was stopped at its wall time limit."""
    cpu_time_ns = None if cpu_time_ms is None else cpu_time_ms * 1_000_000
    usage = replace(USAGE, wall_time_ns=20_000_000_000, cpu_time_ns=cpu_time_ns)
    result = replace(RESULT, outcome=Outcome.WALL_TIME, exit_code=None, signal=9, usage=usage, detail=detail)
    return conclude_compilation(result, COMPILER, memory_bytes=1 << 29)


@pytest.mark.parametrize("cpu_time_ms", [None, 0, 1999, 9999])
def test_compiler_that_waits_is_the_fault_of_the_program(cpu_time_ms: int | None) -> None:
    """Another attempt would end in the same way."""
    execution = stopped(cpu_time_ms, WAITING)
    assert execution is not None
    assert (execution.status, execution.reason) == (Status.COMPILE_ERROR, Reason.WALL_TIME_LIMIT)


@pytest.mark.parametrize("cpu_time_ms", [None, 0, 100, 4999, 9999])
def test_compiler_that_gets_too_little_of_the_host_is_not_the_fault_of_the_program(cpu_time_ms: int | None) -> None:
    """However much it got: what decides is its CPU time limit, which it has not reached."""
    with pytest.raises(NoCapacityError, match="too slow to compile it: stopped after 20"):
        stopped(cpu_time_ms, "")


def test_kept_files_are_counted_twice_and_in_blocks() -> None:
    assert held_bytes(()) == 0
    assert held_bytes((SourceFile("main", b"x"), SourceFile("a", bytes(4097)))) == 2 * (4096 + 8192)


def test_every_outcome_is_concluded() -> None:
    for outcome in Outcome:
        assert ended(outcome).status in Status


def test_messages_are_sentences_with_figures() -> None:
    waiting = ended(Outcome.WALL_TIME, signal=9, detail=WAITING)
    assert waiting.message == (
        "stopped after 3.000 s of wall time with 0.010 s of CPU time used: it was waiting, perhaps for input"
    )
    assert (ended(Outcome.WALL_TIME, signal=9).message or "").endswith("it was waiting, perhaps for a core")
    busy = ended(Outcome.WALL_TIME, signal=9, usage=replace(USAGE, cpu_time_ns=2_990_000_000))
    assert (
        busy.message
        == "stopped after 3.000 s of wall time with 2.990 s of CPU time used: it was computing most of the time"
    )
    starved = ended(Outcome.WALL_TIME, signal=9, detail="without a core for 2400 ms")
    assert starved.message == (
        "stopped after 3.000 s of wall time with 0.010 s of CPU time used: the host gave it no core for 2.400 s"
    )
    crowded = replace(USAGE, cpu_time_ns=2_990_000_000)  # its threads have waited for each other
    assert ended(Outcome.WALL_TIME, signal=9, usage=crowded, detail="without a core for 2400 ms") == busy
    unknown = ended(Outcome.WALL_TIME, signal=9, usage=replace(USAGE, cpu_time_ns=None))
    assert unknown.message == "stopped after 3.000 s of wall time"
    forbidden = ended(Outcome.FORBIDDEN_SYSCALL, signal=9, detail="ptrace")
    assert forbidden.message == "stopped for a forbidden system call: ptrace"
    segfault = ended(Outcome.SIGNALLED, exit_code=None, signal=11)
    assert segfault.message == "ended by SIGSEGV (Segmentation fault)"
    flood = ended(Outcome.OUTPUT, stdout_truncated=True, stderr_truncated=True)
    assert flood.message == (
        "stopped for writing too much to stdout (limit 1048576 bytes) and stderr (limit 1048576 bytes); "
        "what came before is kept"
    )


@pytest.mark.parametrize("name", ["java", "javascript"])
def test_full_heap_is_recognised_by_the_signal_and_the_text_together(name: str) -> None:
    text = LANGUAGES[name].heap_full_text
    aborted = replace(
        RESULT, outcome=Outcome.SIGNALLED, exit_code=None, signal=6, stderr=b"1\n" + text + b": it is full"
    )

    def concluded(result: RunResult, text: bytes = text) -> tuple[Status, Reason | None, int | None]:
        execution = conclude(result, LIMITS, memory_bytes=256 << 20, heap_full_text=text)
        return execution.status, execution.reason, execution.exit_code

    assert concluded(aborted) == (Status.RUNTIME_ERROR, Reason.MEMORY_LIMIT, 134)
    assert concluded(aborted, b"") == (Status.RUNTIME_ERROR, Reason.SIGNAL, 134)
    assert concluded(replace(aborted, stderr=b"")) == (Status.RUNTIME_ERROR, Reason.SIGNAL, 134)
    assert concluded(replace(aborted, signal=11)) == (Status.RUNTIME_ERROR, Reason.SIGNAL, 139)
    ended_with_134 = replace(aborted, outcome=Outcome.EXITED, exit_code=134, signal=None)
    assert concluded(ended_with_134) == (Status.RUNTIME_ERROR, None, 134)


def test_unknown_figures_are_null() -> None:
    """A figure that could not be measured is never zero."""
    usage = Usage(1_500_000, None, None, CpuSource.RUSAGE)
    response = ExecuteResponse.from_execution(conclude(replace(RESULT, usage=usage), LIMITS, memory_bytes=1))
    assert response.wall_time_ms == 1.5
    assert response.time_used is response.time_used_ms is None
    assert response.memory_used is response.memory_used_kb is None


@pytest.mark.parametrize(
    "execution",
    [
        ended(Outcome.EXITED),
        ended(Outcome.EXITED, stdout='\0\x1f"\\/\x7f\u2028 \U0001f600 é'.encode(), stderr=b"\xff\r\n\t"),
        ended(Outcome.EXITED, usage=Usage(1, 123_456_789_012_345, 1 << 40, CpuSource.RUSAGE)),
        ended(Outcome.EXITED, usage=Usage(10**15, None, None, CpuSource.RUSAGE)),
        ended(Outcome.WALL_TIME, exit_code=None, signal=9),
        replace(ended(Outcome.EXITED), compile_output="a warning\n"),
        Execution(Status.COMPILE_ERROR, Reason.COMPILE_FAILED, "rejected", compile_output=""),
        Execution(Status.ERROR, Reason.NO_CAPACITY, "all are busy"),
    ],
)
def test_json_is_that_of_the_model(execution: Execution) -> None:
    """The service makes it without the model, which is what the contract is described by."""
    assert execution_json(execution).decode() == ExecuteResponse.from_execution(execution).to_json()
