"""Checkers of the problem setter: the meaning of what they leave."""

from typing import Any

import pytest

from zuko.judge import custom
from zuko.problem import CheckResult, Convention, CustomChecker, Program, Verdict
from zuko.types import CpuSource, Limits, Outcome, RunResult, SourceFile, Usage

LIMITS = Limits(1000)
PROGRAM = Program("python", (SourceFile("main.py", b""),))
KATTIS = CustomChecker(PROGRAM)
TESTLIB = CustomChecker(PROGRAM, convention=Convention.TESTLIB)


def ended(exit_code: int | None = 0, **changes: Any) -> RunResult:
    values: dict[str, Any] = {
        "outcome": Outcome.EXITED,
        "usage": Usage(1, 1, 1, CpuSource.CGROUP_V2),
        "signal": None,
        "oom_kills": 0,
        "detail": "",
        **dict.fromkeys(("stdout", "stderr"), b""),
        **dict.fromkeys(("stdout_truncated", "stderr_truncated"), False),
    }
    return RunResult(exit_code=exit_code, **(values | changes))


# What printf("%d", "%f", "%g", "%e", "%.9le"), iostreams, str(float) and Double.toString make of finite numbers.
NUMBERS = {
    "100": 100,
    "-0": 0,
    "+5": 5,
    "7.5": 7.5,
    "1.000000000e+02": 100,
    "5.000000000E-01": 0.5,
    "1e3": 1000,
    "1.0E7": 1e7,
    ".5": 0.5,
    "5.": 5,
    " 50 \n": 50,
}
NONSENSE = (
    "",
    "many",
    "nan",
    "-nan",
    "inf",
    "Infinity",
    "1e999",
    "0x10",
    "1,5",
    "1 2",
    "1_000",
    "5e",
    "e5",
    ".",
    "1e5x",
)


@pytest.mark.parametrize("name", ["score.txt", "score_multiplier.txt"])
def test_a_score_is_any_finite_number(name: str) -> None:
    for text, number in NUMBERS.items():
        check = custom.decide(KATTIS, ended(42, files=(SourceFile(name, text.encode()),)), LIMITS, 1)
        assert check.verdict is Verdict.AC, text
        assert (check.points if name == "score.txt" else check.multiplier) == number
    for text in NONSENSE:
        check = custom.decide(KATTIS, ended(42, files=(SourceFile(name, text.encode()),)), LIMITS, 1)
        assert (check.verdict, check.message) == (Verdict.JE, f"the checker's score is not a number: {text}")


def test_points_of_testlib_are_any_finite_number() -> None:
    for text, number in NUMBERS.items():
        for before, after in (("", ""), ("points ", " well done")):
            check = custom.decide(TESTLIB, ended(7, stderr=f"{before}{text}{after}".encode()), LIMITS, 1)
            assert (check.verdict, check.points) == (Verdict.AC, number), text
    for text in ("", "many", "nan", "inf", "1e999", "points", "."):
        assert custom.decide(TESTLIB, ended(7, stderr=text.encode()), LIMITS, 1).verdict is Verdict.JE, text


# --- interaction -----------------------------------------------------------------------------------------------------

WELL = ended(0)
CRASHED = ended(1)
STOPPED = ended(None, outcome=Outcome.STOPPED)
TOO_SLOW = ended(None, outcome=Outcome.CPU_TIME)
RTE, TLE, AC, WA, JE = Verdict.RTE, Verdict.TLE, Verdict.AC, Verdict.WA, Verdict.JE


@pytest.mark.parametrize(
    ("own", "said", "submission", "interactor", "verdict"),
    [
        (None, AC, WELL, ended(42), AC),
        (None, WA, WELL, ended(43), WA),
        (None, WA, WELL, ended(43, heard_end=True), WA),
        (RTE, WA, CRASHED, ended(43), WA),  # of what it has read
        (RTE, WA, CRASHED, ended(43, heard_end=True), None),  # of the end
        (TLE, WA, TOO_SLOW, ended(43), WA),
        (TLE, WA, TOO_SLOW, ended(43, heard_end=True), None),
        (JE, WA, STOPPED, ended(43), WA),  # stopped because the interactor had decided
        (RTE, AC, CRASHED, ended(42), None),
        (TLE, AC, TOO_SLOW, ended(42, heard_end=True), None),
        (None, JE, WELL, ended(1), JE),
        (None, JE, WELL, ended(1, heard_end=True), JE),
        (RTE, JE, CRASHED, ended(1), JE),
        (RTE, JE, CRASHED, ended(1, heard_end=True), None),
        (RTE, JE, CRASHED, ended(None, outcome=Outcome.WALL_TIME, heard_end=True), JE),
        (JE, JE, STOPPED, ended(1), JE),
        (TLE, JE, TOO_SLOW, STOPPED, None),  # too much was left to read
    ],
)
def test_the_verdict_on_an_interaction(
    own: Verdict | None, said: Verdict, submission: RunResult, interactor: RunResult, verdict: Verdict | None
) -> None:
    assert custom.decide_interaction(own, CheckResult(said), submission, interactor) is verdict


def test_what_ends_an_interaction() -> None:
    """A decision does at once; a submission that was stopped leaves the interactor its last word."""
    assert [custom.settle(KATTIS, "right", ended(code)) for code in (42, 43, 0, 1)] == [None, 0, 0, 0]
    assert [custom.settle(TESTLIB, "right", ended(code)) for code in (0, 7, 1, 3)] == [None, None, 0, 0]
    assert custom.settle(KATTIS, "right", ended(None, outcome=Outcome.WALL_TIME)) == 0
    assert [custom.settle(KATTIS, "left", result) for result in (WELL, CRASHED)] == [None, None]
    assert custom.settle(KATTIS, "left", TOO_SLOW) == custom.LAST_WORD_S
