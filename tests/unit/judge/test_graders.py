"""Groups with a grader of the problem setter."""

from collections.abc import Sequence
from typing import Final

import pytest

from zuko.errors import ProblemError
from zuko.judge import grading
from zuko.judge.graders import _parsed
from zuko.problem import CaseResult, CustomGrader, Problem, ProblemLimits, Program, TestCase, TestGroup, Verdict
from zuko.types import CpuSource, Outcome, RunResult, Usage

GRADER: Final = CustomGrader(Program("python", ()), ("best",))
AC, WA, JE = Verdict.AC, Verdict.WA, Verdict.JE


def problem(*, stop_at_failure: bool = False) -> Problem:
    cases = tuple(TestCase(f"g/{number}", b"", b"", 10.0, "g") for number in range(2))
    after = TestCase("h/0", b"", b"", 10.0, "h")
    return Problem(
        "p",
        (*cases, after),
        ProblemLimits(1, 1, 1),
        groups=(TestGroup("g", grader=GRADER, stop_at_failure=stop_at_failure), TestGroup("h")),
        root=TestGroup("", stop_at_failure=True),
        scored=True,
    )


def result(name: str, verdict: Verdict, points: float = 10.0) -> CaseResult:
    return CaseResult(name, name[0], verdict, "" if verdict is AC else "why", 1, 1, 1, points if verdict is AC else 0.0)


class Fake:
    """A grader with a fixed answer."""

    def __init__(self, verdict: Verdict, points: float) -> None:
        self.answer = verdict, points
        self.given: list[tuple[Verdict, float]] = []

    def __call__(self, grader: CustomGrader, parts: Sequence[tuple[Verdict, float]]) -> tuple[Verdict, float]:
        assert grader is GRADER
        self.given = list(parts)
        return self.answer


def test_the_grader_decides() -> None:
    grader = Fake(AC, 7)
    judged = grading.grade(problem(), [result("g/0", AC), result("g/1", WA), result("h/0", AC)], run_grader=grader)
    assert grader.given == [(AC, 10.0), (WA, 0.0)]
    assert (judged.verdict, judged.points) == (AC, 17)


def test_a_rejected_group_has_no_points() -> None:
    judged = grading.grade(problem(), [result("g/0", AC), result("g/1", AC)], run_grader=Fake(WA, 7))
    assert (judged.verdict, judged.reason, judged.points) == (WA, "the grader decided so", 0)
    assert judged.skipped == ("h/0",)


def test_the_case_of_the_same_verdict_explains_it() -> None:
    judged = grading.grade(problem(), [result("g/0", WA), result("g/1", AC)], run_grader=Fake(WA, 0))
    assert (judged.decided_by, judged.reason) == ("g/0", "why")


def test_a_judge_error_needs_no_grader() -> None:
    judged = grading.grade(problem(), [result("g/0", JE), result("g/1", AC)], run_grader=Fake(AC, 7))
    assert judged.verdict is JE


def test_nothing_is_unneeded_before_the_grader_was_run() -> None:
    """A wrong case of a group with a grader may still make an accepted group."""
    assert grading.unneeded(problem(), [result("g/0", WA), result("g/1", WA)]) == frozenset()
    assert grading.unneeded(problem(stop_at_failure=True), [result("g/0", WA)]) == {"g/1"}


def ran(stdout: bytes) -> RunResult:
    usage = Usage(1, 1, 1, CpuSource.RUSAGE)
    return RunResult(Outcome.EXITED, usage, 0, None, 0, "", stdout, b"", stdout_truncated=False, stderr_truncated=False)


@pytest.mark.parametrize(
    ("stdout", "expected"), [(b"AC 40\n", (AC, 40.0)), (b"  WA\t-1.5e1 ", (WA, -15.0)), (b"AC 3.", (AC, 3.0))]
)
def test_lines_of_graders(stdout: bytes, expected: tuple[Verdict, float]) -> None:
    assert _parsed(ran(stdout)) == expected


@pytest.mark.parametrize("stdout", [b"", b"AC", b"AC x", b"AC 1\nAC 2", b"OK 1", b"AC inf"])
def test_other_lines_are_errors_of_the_grader(stdout: bytes) -> None:
    with pytest.raises(ProblemError, match="has to print a verdict and points, such as AC 40"):
        _parsed(ran(stdout))
