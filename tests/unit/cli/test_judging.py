"""Patience with a host that was too slow."""

import pytest

from zuko.cli.judging import is_starved, patiently
from zuko.errors import NoCapacityError
from zuko.execution.conclude import HOST_TOO_SLOW
from zuko.judge.verdicts import rule
from zuko.problem import CaseResult, Judgement, ProblemLimits, Verdict
from zuko.types import CpuSource, Outcome, RunResult, Usage


class Results:
    """Results of a host, one after another; None: it was too slow."""

    def __init__(self, *results: str | None) -> None:
        self._results = iter(results)
        self.taken = 0

    def __call__(self) -> str:
        self.taken += 1
        result = next(self._results)
        if result is None:
            raise NoCapacityError(HOST_TOO_SLOW)
        return result


@pytest.mark.parametrize(
    ("results", "taken"), [(("AC",), 1), ((None, "AC"), 2), (("JE", None, "AC"), 3), (("JE", "JE", "JE", "AC"), 3)]
)
def test_a_slow_host_gets_three_tries(results: tuple[str | None, ...], taken: int) -> None:
    given = Results(*results)
    assert patiently(given, is_starved=lambda result: result == "JE") == results[taken - 1]
    assert given.taken == taken


def test_a_host_that_stays_too_slow() -> None:
    with pytest.raises(NoCapacityError):
        patiently(Results(None, None, None, "AC"))


@pytest.mark.parametrize(
    ("verdict", "reason", "starved"),
    [
        (Verdict.JE, f"{HOST_TOO_SLOW}: stopped after 20 s", True),
        (Verdict.JE, "the interactor failed", False),
        (Verdict.WA, HOST_TOO_SLOW, False),
    ],
)
def test_what_a_slow_host_makes_of_a_judgement(verdict: Verdict, reason: str, starved: bool) -> None:
    assert is_starved(Judgement(verdict, reason, None, None)) == starved


@pytest.mark.parametrize(
    ("cpu_ms", "detail", "starved"),
    [
        (14, "", True),
        (14, "waiting", False),
        (990, "", False),
        (0, "waiting", False),
        (990, "without a core for 1900 ms", True),
        (14, "without a core for 2900 ms", True),
        (990, "without a core for 20 ms", False),
    ],
)
def test_a_program_that_had_no_core_is_run_again(cpu_ms: int, detail: str, starved: bool) -> None:
    """One that sleeps, or that computes for most of the time, is too slow on any host."""
    usage = Usage(3 * 10**9, cpu_ms * 10**6, 1, CpuSource.CGROUP_V2)
    result = RunResult(Outcome.WALL_TIME, usage, None, None, 0, detail, b"", b"", False, False)
    ruling = rule(result, ProblemLimits(1000, 3000, 64 << 20))
    assert ruling.verdict is Verdict.TLE
    case = CaseResult("secret/1", None, ruling.verdict, ruling.reason, 1, 1, 1)
    assert is_starved(Judgement(Verdict.TLE, ruling.reason, None, None, (case,))) == starved
