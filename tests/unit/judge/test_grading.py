"""Grading, from cases to groups to the whole: verdict, points, and the cases that need not be run."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuko.errors import ProblemError
from zuko.judge import grading
from zuko.judge.grading import (
    Unneeded,
    grade,
    max_points,
    not_compiled,
    points_for,
    points_of,
    run_everything,
    unneeded,
)
from zuko.problem import (
    Aggregation,
    CaseResult,
    CheckResult,
    Problem,
    ProblemLimits,
    TestCase,
    TestGroup,
    Verdict,
    VerdictRule,
)

AC, WA, TLE, MLE, OLE, RTE, CE, JE = (
    Verdict.AC,
    Verdict.WA,
    Verdict.TLE,
    Verdict.MLE,
    Verdict.OLE,
    Verdict.RTE,
    Verdict.CE,
    Verdict.JE,
)
LIMITS = ProblemLimits(1000, 3000, 1 << 26)


ROOT = TestGroup("")


def problem(cases: str, *groups: TestGroup, root: TestGroup = ROOT, points: float = 10) -> Problem:
    """Return a problem with cases such as "1 a/2 a/b/3": the part before the last slash is the group."""
    made = tuple(TestCase(name, b"", b"", points, name.rpartition("/")[0] or None) for name in cases.split())
    return Problem("p", made, LIMITS, root=root, groups=groups, scored=True)


def came_to(problem: Problem, verdicts: str) -> list[CaseResult]:
    """Return a result for each case in order; "-" stands for a case without one."""
    return [
        CaseResult(case.name, case.group, Verdict(word), f"{case.name} {word}", 1, 1, 1, case.points or 0)
        for case, word in zip(problem.cases, verdicts.split(), strict=True)
        if word != "-"
    ]


def root(**changes: Any) -> TestGroup:
    return replace(ROOT, **changes)


@pytest.mark.parametrize(
    ("rule", "verdicts", "expected"),
    [
        (VerdictRule.FIRST_ERROR, "AC AC AC", AC),
        (VerdictRule.FIRST_ERROR, "AC WA RTE", WA),
        (VerdictRule.FIRST_ERROR, "TLE WA RTE", TLE),
        (VerdictRule.FIRST_ERROR, "WA AC JE", JE),
        (VerdictRule.WORST_ERROR, "WA TLE OLE", TLE),
        (VerdictRule.WORST_ERROR, "AC MLE RTE", RTE),
        (VerdictRule.WORST_ERROR, "WA OLE AC", OLE),
        (VerdictRule.WORST_ERROR, "RTE JE AC", JE),
        (VerdictRule.ALWAYS_ACCEPT, "WA TLE RTE", AC),
        (VerdictRule.ALWAYS_ACCEPT, "WA JE RTE", JE),
    ],
)
def test_verdict_of_the_whole(rule: VerdictRule, verdicts: str, expected: Verdict) -> None:
    whole = problem("1 2 3", root=root(verdict_rule=rule))
    judgement = grade(whole, came_to(whole, verdicts))
    assert judgement.verdict is expected
    named = judgement.decided_by
    assert (named is None) == (expected is AC)
    assert judgement.reason == ("" if named is None else f"{named} {expected}")


def test_accept_if_any() -> None:
    """One accepted case is enough; a judge error still goes over it."""
    whole = problem("1 2", root=root(accept_if_any=True))
    assert grade(whole, came_to(whole, "WA AC")).verdict is AC
    assert grade(whole, came_to(whole, "WA TLE")).verdict is WA
    assert grade(whole, came_to(whole, "AC JE")).verdict is JE


@pytest.mark.parametrize(
    ("aggregation", "verdicts", "expected"),
    [
        (Aggregation.SUM, "AC AC WA", 20),
        (Aggregation.MIN, "AC AC WA", 0),
        (Aggregation.MIN, "AC AC AC", 10),
        (Aggregation.MAX, "WA AC WA", 10),
        (Aggregation.AVG, "AC AC WA", 20 / 3),
        (Aggregation.PASS_FAIL, "AC AC AC", 100),
        (Aggregation.PASS_FAIL, "AC WA AC", 0),
    ],
)
def test_points_of_a_group(aggregation: Aggregation, verdicts: str, expected: float) -> None:
    """Each case is worth 10; the group is worth 100 where it counts as a whole."""
    points = 100 if aggregation is Aggregation.PASS_FAIL else None
    whole = problem("1 2 3", root=root(aggregation=aggregation, points=points))
    judgement = grade(whole, came_to(whole, verdicts))
    assert judgement.points == pytest.approx(expected)


def test_a_group_that_is_not_partial_brings_points_only_if_accepted() -> None:
    whole = problem("g/1 g/2", TestGroup("g", partial=False))
    assert grade(whole, came_to(whole, "AC WA")).points == 0
    assert grade(whole, came_to(whole, "AC AC")).points == 20


def test_subtasks() -> None:
    """IOI: the minimum of each subtask, summed. 10 for a, nothing for b, 10 for c."""
    groups = tuple(TestGroup(name, aggregation=Aggregation.MIN) for name in "abc")
    whole = problem("a/1 a/2 b/1 b/2 c/1", *groups)
    judgement = grade(whole, came_to(whole, "AC AC AC WA AC"))
    assert [(each.name, each.verdict, each.points, each.max_points) for each in judgement.groups] == [
        ("a", AC, 10, 10),
        ("b", WA, 0, 10),
        ("c", AC, 10, 10),
    ]
    assert (judgement.points, judgement.max_points, judgement.verdict) == (20, 30, WA)


def test_stop_at_failure() -> None:
    """Behind the first failure nothing is needed; in another group everything is."""
    stop = TestGroup("a", stop_at_failure=True)
    whole = problem("a/1 a/2 a/3 b/1 b/2", stop, TestGroup("b"))
    results = came_to(whole, "AC WA AC WA AC")
    assert unneeded(whole, results) == {"a/3"}
    judgement = grade(whole, results)
    assert judgement.skipped == ("a/3",)
    assert [case.name for case in judgement.cases] == ["a/1", "a/2", "b/1", "b/2"]
    assert judgement.points == 20


def test_a_stop_in_a_parent_ends_the_groups_behind() -> None:
    whole = problem("a/1 a/2 b/1", TestGroup("a"), TestGroup("b"), root=root(stop_at_failure=True))
    assert unneeded(whole, came_to(whole, "WA - -")) == {"b/1"}  # a itself goes on
    assert unneeded(whole, came_to(whole, "AC AC -")) == frozenset()


def test_a_later_failure_makes_nothing_before_it_unneeded() -> None:
    """However many run at once, the verdict is that of the first failure in order."""
    whole = problem("1 2 3 4", root=root(stop_at_failure=True))
    assert unneeded(whole, came_to(whole, "- - TLE -")) == {"4"}
    everything = came_to(whole, "AC WA TLE RTE")
    for some in permutations(everything):
        assert grade(whole, some).verdict is WA
    assert grade(whole, everything[:2]) == grade(whole, everything)


def test_requires() -> None:
    """A group whose required group has failed is not run, and has no points."""
    sample = TestGroup("sample", counts=False)
    first = TestGroup("a", aggregation=Aggregation.MIN, requires=("sample",))
    second = TestGroup("b", aggregation=Aggregation.MIN, requires=("a",))
    whole = problem("sample/1 a/1 b/1", sample, first, second)
    assert unneeded(whole, []) == frozenset()
    assert unneeded(whole, came_to(whole, "WA - -")) == {"a/1", "b/1"}
    assert unneeded(whole, came_to(whole, "AC WA -")) == {"b/1"}
    assert unneeded(whole, came_to(whole, "AC AC -")) == frozenset()
    judgement = grade(whole, came_to(whole, "WA AC AC"))
    assert (judgement.verdict, judgement.points, judgement.reason) == (WA, 0, "sample/1 WA")
    assert [each.verdict for each in judgement.groups] == [WA, None, None]
    assert judgement.skipped == ("a/1", "b/1")


def test_what_does_not_count() -> None:
    """Samples are shown, and change neither verdict nor points."""
    whole = problem("s/1 1", TestGroup("s", counts=False))
    judgement = grade(whole, came_to(whole, "WA AC"))
    assert (judgement.verdict, judgement.points, judgement.max_points) == (AC, 10, 10)
    assert [case.verdict for case in judgement.cases] == [WA, AC]
    assert grade(whole, came_to(whole, "JE AC")).verdict is JE


def test_nested_groups() -> None:
    """(10 + min(10, 0)) and 10: the inner group brings nothing."""
    inner = TestGroup("a/b", parent="a", aggregation=Aggregation.MIN)
    whole = problem("a/1 a/b/1 a/b/2 2", TestGroup("a"), inner)
    judgement = grade(whole, came_to(whole, "AC AC WA AC"))
    assert judgement.points == 20
    assert judgement.decided_by == "a/b/2"
    assert [(each.name, each.points) for each in judgement.groups] == [("a", 10), ("a/b", 0)]


def test_cases_that_were_not_run_are_no_success() -> None:
    whole = problem("1 2")
    judgement = grade(whole, came_to(whole, "AC -"))
    assert (judgement.verdict, judgement.points, judgement.skipped) == (JE, 10, ("2",))
    assert judgement.reason == "not every case was run"


def test_no_cases() -> None:
    """A problem without cases is accepted, as an empty group is in the Kattis format."""
    judgement = grade(problem(""), [])
    assert (judgement.verdict, judgement.points, judgement.max_points) == (AC, 0, 0)


def test_not_compiled() -> None:
    whole = problem("1 2")
    judgement = not_compiled(whole, "the compiler ended with exit code 1", "main.c:1: error")
    assert (judgement.verdict, judgement.points, judgement.max_points) == (CE, 0, 20)
    assert judgement.compile_output == "main.c:1: error"
    assert judgement.skipped == ("1", "2")


def test_points_of_a_problem_that_is_not_scored() -> None:
    whole = replace(problem("1"), scored=False)
    assert grade(whole, came_to(whole, "AC")).points is None
    assert grade(whole, came_to(whole, "AC")).max_points is None
    assert not_compiled(whole, "", "").points is None


def test_max_points() -> None:
    assert max_points(problem("1 2 3")) == 30
    assert max_points(problem("1 2", root=root(aggregation=Aggregation.MIN))) == 10
    assert max_points(problem("1", root=root(points=7))) == 7
    unbounded = problem("1 2")
    cases = (unbounded.cases[0], replace(unbounded.cases[1], points=None))
    assert max_points(replace(unbounded, cases=cases)) is None


def test_strangers_and_doubles_are_refused() -> None:
    whole = problem("1")
    (result,) = came_to(whole, "AC")
    with pytest.raises(ValueError, match="'2'"):
        grade(whole, [replace(result, name="2")])
    with pytest.raises(ValueError, match="'1'"):
        grade(whole, [result, result])


def test_run_everything() -> None:
    stop = TestGroup("a", stop_at_failure=True)
    whole = problem("a/1 a/2 3", stop, root=root(stop_at_failure=True))
    results = came_to(whole, "WA TLE RTE")
    assert grade(whole, results).skipped == ("a/2", "3")
    assert grade(run_everything(whole), results).skipped == ()


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (CheckResult(AC), 10),
        (CheckResult(AC, multiplier=0.25), 2.5),
        (CheckResult(AC, points=3), 3),
        (CheckResult(WA), 0),
        (CheckResult(WA, points=3), 0),
    ],
)
def test_points_for(check: CheckResult, expected: float) -> None:
    assert points_for(TestCase("1", b"", b"", 10), check) == expected


@pytest.mark.parametrize(
    ("points", "check", "message"),
    [
        (10, CheckResult(AC, points=-1), "1: the checker gave -1 points"),
        (10, CheckResult(AC, points=float("nan")), "1: the checker gave nan points"),
        (10, CheckResult(AC, multiplier=1.5), "1: the checker gave 1.5 as a share of the points"),
        (None, CheckResult(AC), "1: the checker gave no points, and the case does not define any"),
    ],
)
def test_points_that_no_checker_may_give(points: float | None, check: CheckResult, message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        points_for(TestCase("1", b"", b"", points), check)
    assert str(caught.value) == message


VERDICTS = st.sampled_from(["AC", "AC", "WA", "TLE", "JE"])
RULES = st.sampled_from(list(VerdictRule))


@given(
    st.lists(VERDICTS, min_size=8, max_size=8),
    st.lists(st.booleans(), min_size=9, max_size=9),
    RULES,
    st.permutations(range(8)),
)
def test_what_is_run_at_the_same_time_makes_no_difference(
    verdicts: list[str], flags: list[bool], rule: VerdictRule, order: list[int]
) -> None:
    """Run in any order as long as something is needed: the answer is the same as with everything at hand."""
    stop_p, any_p, stop_a, any_a, stop_b, b_requires_a, c_requires_p, any_c, stop_root = flags
    groups = (
        TestGroup("p", stop_at_failure=stop_p, accept_if_any=any_p, verdict_rule=rule),
        TestGroup("p/a", parent="p", stop_at_failure=stop_a, accept_if_any=any_a),
        TestGroup("p/b", parent="p", stop_at_failure=stop_b, requires=("p/a",) if b_requires_a else ()),
        TestGroup("c", requires=("p",) if c_requires_p else (), accept_if_any=any_c),
    )
    cases = "p/1 p/a/1 p/a/2 p/b/1 p/b/2 p/2 c/1 c/2"
    whole = problem(cases, *groups, root=root(stop_at_failure=stop_root))
    everything = came_to(whole, " ".join(verdicts))
    left_out = Unneeded(whole)
    results: list[CaseResult] = []
    for i in order:
        if everything[i].name not in left_out:
            results.append(everything[i])
            left_out.record(everything[i])
        else:
            assert everything[i].name in unneeded(whole, results)
    assert grade(whole, results) == grade(whole, everything)


def test_a_group_that_may_still_be_accepted_stops_nothing() -> None:
    """One of its cases has failed and the other is being run: what comes behind it is needed until that is known."""
    whole = problem("a/1 a/2 3", TestGroup("a", accept_if_any=True), root=root(stop_at_failure=True))
    assert unneeded(whole, came_to(whole, "WA - -")) == frozenset()
    assert unneeded(whole, came_to(whole, "WA AC -")) == frozenset()
    assert unneeded(whole, came_to(whole, "WA WA -")) == {"3"}


def test_what_is_kept_up_to_date_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is graded when a group first fails, and not for each of thousands of cases."""
    graded: list[Problem] = []

    def unneeded(problem: Problem, _: object) -> frozenset[str]:
        graded.append(problem)
        return frozenset()

    monkeypatch.setattr(grading, "unneeded", unneeded)
    groups = tuple(TestGroup(f"group{number}", stop_at_failure=True) for number in range(10))
    whole = problem(" ".join(f"group{number % 10}/{number}" for number in range(2000)), *groups)
    left_out = Unneeded(whole)
    for result in came_to(whole, "AC " * 1000 + "WA " * 500 + "JE " * 500):
        left_out.record(result)
    assert len(graded) == 1 + 10 * 2


@pytest.mark.parametrize(
    ("verdict", "points", "signed", "expected"),
    [
        (Verdict.AC, None, False, 10.0),
        (Verdict.WA, None, False, -2.0),
        (Verdict.TLE, None, True, -2.0),
        (Verdict.JE, 5.0, True, 0.0),
        (Verdict.AC, -4.0, True, -4.0),
        (Verdict.WA, 3.0, True, 3.0),
        (Verdict.WA, 3.0, False, -2.0),
    ],
)
def test_points_of_the_legacy_format(verdict: Verdict, points: float | None, signed: bool, expected: float) -> None:
    """A rejected case has its own points, and there a checker may give points to any output, also negative ones."""
    whole = replace(problem("1"), signed=signed)
    case = replace(whole.cases[0], rejected_points=-2.0)
    check = None if verdict is Verdict.TLE else CheckResult(verdict, points=points)
    assert points_of(whole, case, check, verdict) == expected


def test_negative_points_elsewhere() -> None:
    with pytest.raises(ProblemError, match=r"the checker gave -4\.0 points"):
        points_of(problem("1"), TestCase("1", b"", b"", 10), CheckResult(Verdict.AC, points=-4.0), Verdict.AC)


def test_points_of_rejected_cases_count_in_an_accepted_group() -> None:
    whole = problem("g/1 g/2", TestGroup("g", verdict_rule=VerdictRule.ALWAYS_ACCEPT, partial=False))
    whole = replace(whole, cases=tuple(replace(case, rejected_points=4.0) for case in whole.cases))
    results = [replace(each, points=4.0 if each.verdict is Verdict.WA else 10.0) for each in came_to(whole, "AC WA")]
    assert grade(whole, results).points == 14
