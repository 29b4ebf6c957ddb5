"""The passes of a case: the one that ends them, and the input and files of the next."""

from collections.abc import Callable
from typing import Final

import pytest

from zuko.judge.passes import Attempt, kept_feedback, run_passes
from zuko.judge.verdicts import Ruling
from zuko.problem import CheckResult, TestCase, Verdict
from zuko.types import CpuSource, Outcome, RunResult, SourceFile, Usage

CASE: Final = TestCase("secret/1", b"first", b"")
AC, WA, TLE, JE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.JE


def attempt(verdict: Verdict, *, cpu_ms: int | None = 1, **feedback: bytes) -> Attempt:
    usage = Usage(2_000_000, None if cpu_ms is None else cpu_ms * 1_000_000, 5, CpuSource.RUSAGE)
    result = RunResult(Outcome.EXITED, usage, 0, None, 0, "", b"", b"", stdout_truncated=False, stderr_truncated=False)
    if verdict is TLE:
        return Attempt(result, Ruling(verdict, "too slow"))
    files = tuple(SourceFile(name.replace("_", "."), content) for name, content in feedback.items())
    return Attempt(result, Ruling(verdict, ""), CheckResult(verdict, feedback=files))


def playing(*attempts: Attempt) -> tuple[Callable[[TestCase], Attempt], list[TestCase]]:
    given: list[TestCase] = []

    def run(case: TestCase) -> Attempt:
        given.append(case)
        return attempts[len(given) - 1]

    return run, given


@pytest.mark.parametrize(
    ("attempts", "verdict", "reason"),
    [
        ([attempt(AC)], AC, ""),
        ([attempt(WA)], WA, ""),
        ([attempt(AC, nextpass_in=b"2"), attempt(WA)], WA, ""),
        ([attempt(AC, nextpass_in=b"2"), attempt(TLE)], TLE, "too slow"),
        ([attempt(AC, nextpass_in=b"2"), attempt(AC)], AC, ""),
        ([attempt(WA, nextpass_in=b"2")], JE, "the checker wrote nextpass.in for a wrong output"),
        ([attempt(AC, nextpass_in=b"2")] * 2, JE, "the checker wrote nextpass.in in pass 2, which is the last"),
        ([attempt(AC, nextpass_in=b"2" * 11)], JE, "nextpass.in is larger than 10 bytes: see validation_output"),
    ],
)
def test_the_last_pass_decides(attempts: list[Attempt], verdict: Verdict, reason: str) -> None:
    run, given = playing(*attempts)
    found = run_passes(CASE, 2, 10, run)
    assert found.ruling.verdict is verdict
    assert found.ruling.reason.startswith(reason)
    assert len(given) == len(attempts)


def test_feedback_stays_and_the_next_input_goes() -> None:
    run, given = playing(attempt(AC, nextpass_in=b"second", judgemessage_txt=b"one"), attempt(AC))
    run_passes(CASE, 2, 10, run)
    assert given[0] == CASE
    assert given[1].input == b"second"
    assert given[1].feedback == (SourceFile("judgemessage.txt", b"one"),)


def test_figures_are_those_of_the_largest_pass() -> None:
    run, _ = playing(attempt(AC, cpu_ms=7, nextpass_in=b""), attempt(AC, cpu_ms=3))
    assert run_passes(CASE, 2, 10, run).result.usage.cpu_time_ns == 7_000_000
    run, _ = playing(attempt(AC, cpu_ms=None, nextpass_in=b""), attempt(AC, cpu_ms=3))
    assert run_passes(CASE, 2, 10, run).result.usage.cpu_time_ns is None, "unknown, not 3 ms"


def test_given_files_are_not_feedback() -> None:
    given = (SourceFile("judge.in", b"1"), SourceFile("state", b"old"))
    found = (SourceFile("judge.in", b"1"), SourceFile("state", b"new"), SourceFile("more", b""))
    assert kept_feedback(found, given) == (SourceFile("state", b"new"), SourceFile("more", b""))
