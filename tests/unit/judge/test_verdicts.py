"""From the outcome of a run to its verdict: the order, the figures, the sentences, and borderline runs."""

from dataclasses import replace
from typing import Any

import pytest

from zuko.execution.conclude import WAITING
from zuko.judge.verdicts import (
    Ruling,
    counting_attempt,
    is_borderline,
    is_within,
    rule,
    run_limits,
    wants_another_run,
)
from zuko.problem import SEVERITY, Judgement, ProblemLimits, Verdict
from zuko.types import CpuSource, Outcome, RunResult, Usage

LIMITS = ProblemLimits(cpu_time_ms=2000, wall_time_ms=5000, memory_bytes=64 << 20, output_bytes=1000)
MS = 1_000_000
NO_CORE = "without a core for 3000 ms"


def run(
    outcome: Outcome = Outcome.EXITED,
    *,
    cpu_ms: float | None = 100,
    wall_ms: float = 150,
    rss_mib: float | None = 10,
    exit_code: int | None = 0,
    signal: int | None = None,
    detail: str = "",
    cut: tuple[bool, bool] = (False, False),
) -> RunResult:
    usage = Usage(
        wall_time_ns=round(wall_ms * MS),
        cpu_time_ns=None if cpu_ms is None else round(cpu_ms * MS),
        peak_rss_bytes=None if rss_mib is None else round(rss_mib * (1 << 20)),
        cpu_source=CpuSource.CGROUP_V2,
    )
    return RunResult(outcome, usage, exit_code, signal, 0, detail, b"", b"", *cut)


def signalled(signal: int, **changes: Any) -> RunResult:
    return run(Outcome.SIGNALLED, exit_code=None, signal=signal, **changes)


@pytest.mark.parametrize(
    ("result", "verdict", "reason"),
    [
        pytest.param(run(), None, "", id="ended well: the output decides"),
        pytest.param(
            run(Outcome.NOT_STARTED, exit_code=None, detail="execve: no such file"),
            Verdict.JE,
            "the program could not be started: execve: no such file",
            id="not started",
        ),
        pytest.param(
            run(Outcome.MEMORY, exit_code=None, signal=9),
            Verdict.MLE,
            "ran out of memory at the limit of 64 MiB",
            id="OOM kill",
        ),
        pytest.param(
            run(Outcome.MEMORY, exit_code=1, cpu_ms=3000),
            Verdict.MLE,
            "ran out of memory at the limit of 64 MiB",
            id="the first cause goes over the figures",
        ),
        pytest.param(
            run(Outcome.CPU_TIME, exit_code=None, signal=9, cpu_ms=2120.4),
            Verdict.TLE,
            "was stopped after 2.120 s of CPU time, the limit is 2.000 s",
            id="stopped for CPU time",
        ),
        pytest.param(
            run(Outcome.CPU_TIME, exit_code=None, signal=9, cpu_ms=None),
            Verdict.TLE,
            "was stopped over its limit of 2.000 s of CPU time",
            id="stopped for CPU time that cannot be read",
        ),
        pytest.param(
            run(Outcome.WALL_TIME, exit_code=None, signal=9, cpu_ms=12, wall_ms=5001, detail=WAITING),
            Verdict.TLE,
            "was stopped after 5.001 s of wall time with 0.012 s of CPU time used: it was waiting, perhaps for input",
            id="slept",
        ),
        pytest.param(
            run(Outcome.WALL_TIME, exit_code=None, signal=9, cpu_ms=1500, wall_ms=5001),
            Verdict.TLE,
            "was stopped after 5.001 s of wall time with 1.500 s of CPU time used: it was waiting for part of the time",
            id="slept for a part",
        ),
        pytest.param(
            run(Outcome.WALL_TIME, exit_code=None, signal=9, cpu_ms=1500, wall_ms=5001, detail=NO_CORE),
            Verdict.TLE,
            "was stopped after 5.001 s of wall time with 1.500 s of CPU time used: "
            "the host gave it no core for 3.000 s",
            id="had no core for a part",
        ),
        pytest.param(
            run(Outcome.WALL_TIME, exit_code=None, signal=9, cpu_ms=2050, wall_ms=5001),
            Verdict.TLE,
            "was stopped after 5.001 s of wall time with 2.050 s of CPU time used, the limit is 2.000 s",
            id="wall time and CPU time",
        ),
        pytest.param(
            run(Outcome.WALL_TIME, exit_code=None, signal=9, cpu_ms=None, wall_ms=5001),
            Verdict.TLE,
            "was stopped after 5.001 s of wall time",
            id="wall time, CPU time unknown",
        ),
        pytest.param(
            run(Outcome.OUTPUT, exit_code=None, signal=9, cut=(True, False)),
            Verdict.OLE,
            "wrote more than 1000 bytes to stdout",
            id="flood on stdout",
        ),
        pytest.param(
            run(Outcome.OUTPUT, exit_code=0, cut=(True, True)),
            Verdict.OLE,
            "wrote more than 1000 bytes to stdout and stderr",
            id="flood on both",
        ),
        pytest.param(
            run(cut=(True, False)),
            Verdict.OLE,
            "wrote more than 1000 bytes to stdout",
            id="a cut output is not checked",
        ),
        pytest.param(
            run(Outcome.FORBIDDEN_SYSCALL, exit_code=None, signal=9, detail="ptrace"),
            Verdict.RTE,
            "made a forbidden system call: ptrace",
            id="forbidden call",
        ),
        pytest.param(signalled(11), Verdict.RTE, "was ended by SIGSEGV (Segmentation fault)", id="signal"),
        pytest.param(signalled(40), Verdict.RTE, "was ended by signal 40", id="signal without a name"),
        pytest.param(run(exit_code=3), Verdict.RTE, "ended with exit code 3", id="exit code"),
        # 137 is what a shell says of SIGKILL; here it is a number that the program chose.
        pytest.param(run(exit_code=137), Verdict.RTE, "ended with exit code 137", id="exit code 137"),
        pytest.param(
            run(cpu_ms=2000.001),
            Verdict.TLE,
            "ended after 2.000 s of CPU time, the limit is 2.000 s",
            id="ended by itself a microsecond late",
        ),
        pytest.param(run(cpu_ms=2000), None, "", id="the limit itself is within"),
        pytest.param(
            signalled(11, cpu_ms=2100),
            Verdict.TLE,
            "ended after 2.100 s of CPU time, the limit is 2.000 s",
            id="crashed after the time limit",
        ),
        pytest.param(
            run(rss_mib=64.5),
            Verdict.MLE,
            "used 64.5 MiB of memory, more than the limit of 64 MiB",
            id="peak above the limit",
        ),
        pytest.param(run(rss_mib=64), None, "", id="the memory limit itself is within"),
        pytest.param(
            run(rss_mib=70, exit_code=1),
            Verdict.MLE,
            "used 70 MiB of memory, more than the limit of 64 MiB",
            id="failed above the memory limit",
        ),
        pytest.param(run(rss_mib=None), None, "", id="an unknown peak: the kernel kept the limit"),
        pytest.param(run(cpu_ms=None), Verdict.JE, "its CPU time could not be measured", id="an unknown CPU time"),
        pytest.param(run(cpu_ms=None, exit_code=1), Verdict.RTE, "ended with exit code 1", id="failed, time unknown"),
    ],
)
def test_rule(result: RunResult, verdict: Verdict | None, reason: str) -> None:
    assert rule(result, LIMITS) == Ruling(verdict, reason)


def test_full_heap() -> None:
    """An abort with the runtime's own words is MLE for that runtime only; an abort without them, or words alone, is
    RTE."""
    text = b"heap out of memory"
    full = replace(signalled(6), stderr=b"FATAL ERROR: Reached heap limit - heap out of memory\n1: 0xb8\n")
    assert rule(full, LIMITS, heap_full_text=text).verdict is Verdict.MLE
    assert rule(full, LIMITS).verdict is Verdict.RTE
    assert rule(signalled(6), LIMITS, heap_full_text=text).verdict is Verdict.RTE
    assert rule(replace(full, signal=11), LIMITS, heap_full_text=text).verdict is Verdict.RTE
    # An exit code that looks like a signal is not one.
    assert rule(replace(run(exit_code=134), stderr=full.stderr), LIMITS, heap_full_text=text).verdict is Verdict.RTE


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_ruled(outcome: Outcome) -> None:
    """Only a program that ended by itself can be accepted."""
    ruling = rule(run(outcome), LIMITS)
    assert (ruling.verdict is None) == (outcome is Outcome.EXITED)
    assert (ruling.reason == "") == (ruling.verdict is None)


def test_run_limits() -> None:
    """2000 ms and 5 % are 2100, and 20 more put what is stopped out of doubt."""
    limits = run_limits(LIMITS)
    assert (limits.cpu_time_ms, limits.wall_time_ms) == (2120, 5000)
    assert (limits.stdout_bytes, limits.stderr_bytes) == (1000, 1000)
    assert run_limits(replace(LIMITS, wall_time_ms=2000)).wall_time_ms == 2120
    assert run_limits(LIMITS, borderline=0).cpu_time_ms == 2020


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (run(cpu_ms=1899.9), False),
        (run(cpu_ms=1900), True),
        (run(cpu_ms=2000), True),
        (run(cpu_ms=2100), True),
        (run(cpu_ms=2100.1), False),
        (signalled(11, cpu_ms=1950), True),
        (run(cpu_ms=None), False),
        # Stopped at the limit of `run_limits`, or within it for another cause: running it again would tell nothing.
        (run(Outcome.CPU_TIME, cpu_ms=2090), False),
        (run(Outcome.WALL_TIME, cpu_ms=2000), False),
        (run(Outcome.OUTPUT, cpu_ms=2000), False),
    ],
)
def test_borderline(result: RunResult, expected: bool) -> None:
    assert is_borderline(result, LIMITS) == expected


def test_what_is_stopped_at_run_limits_is_beyond_the_borderline() -> None:
    for cpu_time_ms in (1, 7, 100, 1000, 60_000):
        limits = replace(LIMITS, cpu_time_ms=cpu_time_ms)
        stopped_ms = run_limits(limits).cpu_time_ms
        assert stopped_ms is not None
        assert not is_borderline(run(cpu_ms=stopped_ms), limits)


OVER, WITHIN, CLEAR = run(cpu_ms=2050), run(cpu_ms=1950), run(cpu_ms=500)


@pytest.mark.parametrize(
    ("attempts", "again", "counts"),
    [
        ([CLEAR], False, 0),
        ([run(cpu_ms=2500)], False, 0),
        ([OVER], True, 0),
        ([OVER, OVER], True, 0),
        ([OVER, run(cpu_ms=2040), OVER], True, 1),
        ([OVER, OVER, OVER, OVER], False, 0),
        ([OVER, WITHIN], False, 1),
        ([OVER, OVER, OVER, WITHIN], False, 3),
        ([OVER, run(Outcome.CPU_TIME, cpu_ms=2120)], True, 0),
        # The first run within the limit counts, even if a repetition crashes or is slower.
        ([WITHIN], True, 0),
        ([WITHIN, OVER], False, 0),
        ([WITHIN, run(cpu_ms=1900, exit_code=1)], False, 0),
        # Ours, not the program's: it counts where there is no other.
        ([OVER, run(Outcome.NOT_STARTED, cpu_ms=None)], True, 0),
        ([run(Outcome.NOT_STARTED, cpu_ms=None)], False, 0),
    ],
)
def test_attempts(attempts: list[RunResult], again: bool, counts: int) -> None:
    """Up to three more runs, until one is within the limit; one more where the first already was."""
    assert wants_another_run(attempts, LIMITS) == again
    assert counting_attempt(attempts, LIMITS) == counts


STARVED = run(Outcome.WALL_TIME, exit_code=None, signal=9, cpu_ms=12, wall_ms=5001)


@pytest.mark.parametrize(
    ("attempts", "again", "counts"),
    [
        pytest.param([STARVED], True, 0, id="it had something to do"),
        pytest.param([STARVED, CLEAR], False, 1, id="and was right the second time"),
        pytest.param([STARVED, STARVED], False, 0, id="once more is all"),
        pytest.param([replace(STARVED, detail=WAITING)], False, 0, id="it had nothing to do"),
        pytest.param([run(Outcome.WALL_TIME, cpu_ms=2050)], False, 0, id="it had used up its time"),
        pytest.param([run(Outcome.WALL_TIME, cpu_ms=None)], False, 0, id="that is not known"),
    ],
)
def test_a_run_that_got_no_core(attempts: list[RunResult], again: bool, counts: int) -> None:
    assert wants_another_run(attempts, LIMITS) == again
    assert counting_attempt(attempts, LIMITS) == counts


def test_attempts_end() -> None:
    attempts = [OVER]
    while wants_another_run(attempts, LIMITS):
        attempts.append(OVER)
    assert len(attempts) == 4
    assert not wants_another_run([OVER], LIMITS, reruns=0)
    assert not wants_another_run([run(cpu_ms=2001)], LIMITS, borderline=0)


def test_ruling_agrees_with_is_within() -> None:
    """TLE and nothing else is what is not within."""
    for result in (OVER, WITHIN, CLEAR, run(Outcome.WALL_TIME), run(Outcome.CPU_TIME), signalled(11), run(cpu_ms=None)):
        assert (rule(result, LIMITS).verdict is Verdict.TLE) == (not is_within(result, LIMITS))


def test_severity_has_every_verdict_once() -> None:
    assert sorted(SEVERITY) == sorted(Verdict)
    assert Verdict.JE.severity == 0
    assert Verdict.AC.severity == len(Verdict) - 1
    assert len({verdict.meaning for verdict in Verdict}) == len(Verdict)


def test_figures_of_nothing_are_unknown() -> None:
    nothing = Judgement(Verdict.CE, "", None, None)
    assert (nothing.cpu_time_ns, nothing.wall_time_ns, nothing.peak_rss_bytes) == (None, None, None)
