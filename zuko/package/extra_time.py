"""Judge submissions again that were stopped at the time limit, with a higher one."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from zuko.package.expectations import Expectation, unmet
from zuko.package.read import Package
from zuko.package.solutions import Solution
from zuko.problem import CaseResult, Judgement, Problem, TestGroup, Verdict

Judge = Callable[[Solution, Problem], Judgement]


def time_needed(
    solution: Solution, judgement: Judgement, package: Package, problem: Problem, judge: Judge
) -> int | None:
    """Return the CPU time that a too slow submission would have needed if not stopped; None: much more, or unknown."""
    again = _judged_again(solution, judgement, package, problem, judge)
    if again is None or any(case.verdict in (Verdict.TLE, Verdict.JE) for case in again.cases):
        return None
    return again.cpu_time_ns


def holds_with_more_time(
    solution: Solution,
    claims: Iterable[Expectation],
    judgement: Judgement,
    package: Package,
    problem: Problem,
    *,
    judge: Judge,
) -> bool:
    """Return whether claims that do not hold are about an end that comes soon after the time limit.

    A submission that is to crash, run out of memory or be wrong may be too slow for that on a slower machine, so
    problemtools takes the higher limit, too. What is to keep or to exceed the limit is decided by the limit itself.
    """
    claims = tuple(claims)
    if any(
        claim.time_limit == "lower" or Verdict.TLE in claim.required or claim.score or claim.partial for claim in claims
    ):
        return False
    if judgement.skipped or (again := _judged_again(solution, judgement, package, problem, judge)) is None:
        return False
    with_more: dict[str, CaseResult] = {case.name: case for case in again.cases}
    merged = tuple(with_more.get(case.name, case) for case in judgement.cases)
    return not unmet(claims, replace(judgement, cases=merged))


def _judged_again(
    solution: Solution, judgement: Judgement, package: Package, problem: Problem, judge: Judge
) -> Judgement | None:
    """Judge the cases on which a submission was too slow with a higher limit, until one of them exceeds that, too.

    A submission that slept or waited is not judged again, and the result None: it may wait for ever.
    """
    limit_ns = problem.limits.cpu_time_ms * 1_000_000
    slow = {case.name: case.cpu_time_ns or 0 for case in judgement.cases if case.verdict is Verdict.TLE}
    if min(slow.values(), default=0) <= limit_ns:
        return None
    cases = tuple(replace(case, group=None) for case in problem.cases if case.name in slow)
    limit_ms = math.ceil(problem.limits.cpu_time_ms * package.timing.tle_multiplier)
    relaxed = replace(
        package.with_time_limit(limit_ms),
        cases=cases,
        root=TestGroup("", stop_at_failure=True),
        groups=(),
        scored=False,
    )
    return judge(solution, solution.problem(relaxed))
