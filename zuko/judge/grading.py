"""Grading: from the results of cases to those of groups and of the whole submission. Pure.

A group's children, its cases and groups, are taken in the order of the problem's cases. Two rules make the result
independent of how many cases ran at once: a case counts only if it would also be run one after another, and a case that
was not run counts as a failure without points.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from zuko.errors import ProblemError
from zuko.problem import (
    Aggregation,
    CaseResult,
    CheckResult,
    CustomGrader,
    GroupResult,
    Judgement,
    Problem,
    TestCase,
    TestGroup,
    Verdict,
    VerdictRule,
)

_AGGREGATES: Final[Mapping[Aggregation, Callable[[Sequence[float]], float]]] = {
    Aggregation.SUM: sum,
    Aggregation.MIN: min,
    Aggregation.MAX: max,
    Aggregation.AVG: lambda points: sum(points) / len(points),
}


@dataclass(slots=True)
class _Node:
    """A group with its children in order; they are added while the tree is built."""

    group: TestGroup
    children: list["_Node | TestCase"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Grade:
    """The result of a case or a group."""

    verdict: Verdict | None  # None: undecided, as not all of it was run and nothing failed for good
    points: float
    decided_by: CaseResult | None  # None: nothing in it failed
    is_open: bool = False  # something in it is needed and has no result yet


def unneeded(problem: Problem, results: Iterable[CaseResult]) -> frozenset[str]:
    """Return the names of the cases that need not be run, or did not need to be, according to `results`.

    They come after a failure in a group with `stop_at_failure`, or are in a group that requires a failed group. A case
    is never unneeded because of a later one. So running all needed cases gives the same result as running one after
    another.
    """
    grader = _Grader(problem, {result.name: result for result in results})
    grader.grade()
    return frozenset(grader.unneeded)


class Unneeded:
    """The names of `unneeded`, kept up to date while results arrive. One thread at a time.

    With hundreds of cases, computing them takes longer than running a case. So they are computed only when a result may
    add to them: on the first failure of a group, because the cases after a second failure have been run already or come
    after the first one as well. A name that is missing nevertheless costs a run but changes nothing: `grade` ignores
    unneeded cases.
    """

    def __init__(self, problem: Problem) -> None:
        groups = (problem.root, *problem.groups)
        self._problem = problem
        self._results: dict[str, CaseResult] = {}
        self._failures: set[tuple[str | None, bool]] = set()
        self._can_stop = any(group.requires or group.stop_at_failure for group in groups)
        self._can_recover = any(group.accept_if_any for group in groups)  # a failure in it may not be final
        self._names: frozenset[str] = unneeded(problem, ()) if self._can_stop else frozenset()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def record(self, result: CaseResult) -> None:
        """Add a result."""
        self._results[result.name] = result
        if not self._can_stop:
            return
        failure = (result.group, result.verdict is Verdict.JE)
        adds_names = result.verdict is not Verdict.AC and failure not in self._failures
        if adds_names:
            self._failures.add(failure)
        if adds_names or (self._can_recover and self._failures):
            self._names = unneeded(self._problem, self._results.values())


def run_everything(problem: Problem) -> Problem:
    """Return the problem without `stop_at_failure`, to see the verdict on every case."""
    return replace(
        problem,
        root=replace(problem.root, stop_at_failure=False),
        groups=tuple(replace(group, stop_at_failure=False) for group in problem.groups),
    )


def stop_everywhere(problem: Problem) -> Problem:
    """Return the problem with `stop_at_failure` in every group: nothing is run after the first failure."""
    return replace(
        problem,
        root=replace(problem.root, stop_at_failure=True),
        groups=tuple(replace(group, stop_at_failure=True) for group in problem.groups),
    )


RunGrader = Callable[[CustomGrader, Sequence[tuple[Verdict, float]]], tuple[Verdict, float]]


def grade(
    problem: Problem,
    results: Iterable[CaseResult],
    *,
    compile_output: str = "",
    run_grader: RunGrader | None = None,
) -> Judgement:
    """Return the judgement of a submission, from the results of its cases.

    The verdict is that of the root by its rule, and JE if any case is JE. Without cases it is AC.

    Args:
        problem: the problem.
        results: at most one per case, in any order; those of `unneeded` cases are ignored.
        compile_output: the compiler's output, which is passed on.
        run_grader: runs a grader of the problem, if there is one.

    Raises:
        ProblemError: a grader fails.
        ValueError: a result has no case in the problem, or a case has two results.
    """
    by_name: dict[str, CaseResult] = {}
    names = {case.name for case in problem.cases}
    for result in results:
        if result.name not in names or result.name in by_name:
            raise ValueError(f"unknown or duplicate case {result.name!r}")
        by_name[result.name] = result
    grader = _Grader(problem, by_name, run_grader)
    whole = grader.grade()
    counted = tuple(
        by_name[case.name] for case in problem.cases if case.name in by_name and case.name not in grader.unneeded
    )
    skipped = tuple(case.name for case in problem.cases if case.name not in by_name or case.name in grader.unneeded)
    decided_by = next((result for result in counted if result.verdict is Verdict.JE), whole.decided_by)
    if whole.verdict is None:
        # Not all that counts was run, and nothing that counts failed: a required group that does not count has failed.
        decided_by = decided_by or next((result for result in counted if result.verdict is not Verdict.AC), None)
        verdict = decided_by.verdict if decided_by else Verdict.JE
    else:
        verdict = decided_by.verdict if decided_by else whole.verdict
    return Judgement(
        verdict=verdict,
        reason=decided_by.reason if decided_by else _reason(verdict, whole),
        points=whole.points if problem.scored else None,
        max_points=max_points(problem) if problem.scored else None,
        cases=counted,
        groups=tuple(
            GroupResult(group.name, graded.verdict, graded.points, _most(grader.nodes[group.name]))
            for group in problem.groups
            for graded in (grader.grades[group.name],)
        ),
        skipped=skipped,
        decided_by=decided_by.name if decided_by else None,
        compile_output=compile_output,
    )


def _reason(verdict: Verdict, whole: _Grade) -> str:
    """Return the reason of a verdict that no case decided."""
    if verdict is Verdict.AC:
        return ""
    return "not every case was run" if whole.verdict is None else "the grader decided so"


def points_of(problem: Problem, case: TestCase, check: CheckResult | None, verdict: Verdict) -> float:
    """Return the points of a case with a verdict; see `points_for`. A judge error has none."""
    if not problem.scored or verdict is Verdict.JE:
        return 0.0
    if verdict is Verdict.AC:
        return points_for(case, check, signed=problem.signed) if check else 0.0
    # In the legacy format a checker may give points to a wrong output, too: they are those of its group's grader.
    if problem.signed and check is not None and check.points is not None:
        return points_for(case, replace(check, verdict=Verdict.AC), signed=True)
    return case.rejected_points


def points_for(case: TestCase, check: CheckResult, *, signed: bool = False) -> float:
    """Return the points of an output: none if it is wrong; the checker's points override the case's.

    Raises:
        ProblemError: the checker's points are not finite, or negative without `signed`, its multiplier is not from 0
            to 1, or neither the case nor the checker has points.
    """
    if not check.accepted:
        return 0.0
    if check.points is not None:
        if not (-math.inf if signed else 0) <= check.points < math.inf or math.isinf(check.points):
            raise ProblemError(case.name, f"the checker gave {check.points} points")
        return check.points
    if case.points is None:
        raise ProblemError(case.name, "the checker gave no points, and the case does not define any")
    multiplier = 1.0 if check.multiplier is None else check.multiplier
    if not 0 <= multiplier <= 1:
        raise ProblemError(case.name, f"the checker gave {multiplier} as a share of the points")
    return case.points * multiplier


def not_compiled(problem: Problem, reason: str, compile_output: str) -> Judgement:
    """Return the judgement of a submission that does not compile: CE, no points, nothing run."""
    return Judgement(
        verdict=Verdict.CE,
        reason=reason,
        points=0.0 if problem.scored else None,
        max_points=max_points(problem) if problem.scored else None,
        skipped=tuple(case.name for case in problem.cases),
        compile_output=compile_output,
    )


def max_points(problem: Problem) -> float | None:
    """Return the maximum of points, unless a checker gives points of its own; None: unbounded."""
    return _most(_tree(problem)[""])


class _Grader:
    """One pass over the tree, in order, that grades groups and collects unneeded cases."""

    def __init__(
        self, problem: Problem, results: Mapping[str, CaseResult], run_grader: RunGrader | None = None
    ) -> None:
        self.nodes = _tree(problem)
        self.run_grader = run_grader
        self.signed = problem.signed
        self.results = results
        self.grades: dict[str, _Grade] = {}
        self.unneeded: set[str] = set()

    def grade(self) -> _Grade:
        return self._grade(self.nodes[""], needed=True)

    def _grade(self, node: _Node, *, needed: bool) -> _Grade:
        group = node.group
        # A required group without a grade comes after this one, or contains it: it cannot have been passed.
        needed = needed and all(self._may_be_passed(name) for name in group.requires)
        graded: list[tuple[_Grade, bool]] = []
        for child in node.children:
            one = self._grade(child, needed=needed) if isinstance(child, _Node) else self._case(child, needed)
            graded.append((one, not isinstance(child, _Node) or child.group.counts))
            if group.stop_at_failure and one.verdict not in (None, Verdict.AC):
                needed = False
        children = [one for one, counts in graded if counts]
        own = _aggregate(group, children) if group.grader is None else self._graded(group.grader, children)
        self.grades[group.name] = own
        return own

    def _graded(self, grader: CustomGrader, children: Sequence[_Grade]) -> _Grade:
        """Return the grade of a group by its grader; undecided as long as it cannot be run."""
        is_open = any(child.is_open for child in children)
        judged = [(child.verdict, child.points) for child in children if child.verdict is not None]
        broken = next((child for child in children if child.verdict is Verdict.JE), None)
        if broken:
            return broken
        if self.run_grader is None or is_open:
            return _Grade(None, 0.0, None, is_open=True)
        if not judged:
            return _Grade(Verdict.AC, 0.0, None)
        verdict, points = self.run_grader(grader, judged)
        # The last part of the same verdict explains it best: judging stops there.
        decided_by = next((child.decided_by for child in reversed(children) if child.verdict is verdict), None)
        return _Grade(verdict, points if verdict is Verdict.AC else 0.0, decided_by)

    def _case(self, case: TestCase, needed: bool) -> _Grade:
        if not needed:
            self.unneeded.add(case.name)
        result = self.results.get(case.name)
        if result is None or not needed:
            return _Grade(None, 0.0, None, is_open=needed)
        accepted = result.verdict is Verdict.AC
        has_points = accepted or self.signed or case.rejected_points
        return _Grade(result.verdict, result.points if has_points else 0.0, None if accepted else result)

    def _may_be_passed(self, name: str) -> bool:
        """Return whether a required group has been passed, or may still be passed."""
        grade = self.grades.get(name)
        return grade is not None and (grade.verdict is Verdict.AC or (grade.verdict is None and grade.is_open))


def _aggregate(group: TestGroup, children: Sequence[_Grade]) -> _Grade:
    if not children:
        return _Grade(Verdict.AC, group.points or 0.0 if group.aggregation is Aggregation.PASS_FAIL else 0.0, None)
    verdict, decided_by = _decide(group, children)
    accepted = verdict is Verdict.AC
    if group.aggregation is Aggregation.PASS_FAIL:
        points = (group.points or 0.0) if accepted else 0.0
    elif accepted or group.partial:
        points = _AGGREGATES[group.aggregation]([child.points for child in children])
    else:
        points = 0.0
    return _Grade(verdict, points, decided_by, is_open=any(child.is_open for child in children))


def _decide(group: TestGroup, children: Sequence[_Grade]) -> tuple[Verdict | None, CaseResult | None]:
    decided = [(child.verdict, child.decided_by) for child in children if child.verdict is not None]
    failures = [(verdict, by) for verdict, by in decided if verdict is not Verdict.AC]
    is_open = any(child.is_open for child in children)
    always = group.verdict_rule is VerdictRule.ALWAYS_ACCEPT
    broken = next((failure for failure in failures if failure[0] is Verdict.JE), None)
    # In a group that accepts despite failures, an open case may still fail before this one and make it unneeded.
    if broken and not (is_open and (always or group.accept_if_any)):
        return broken
    if always or (group.accept_if_any and len(failures) < len(decided)):
        return Verdict.AC, None
    if is_open and group.accept_if_any:
        return None, None
    if not failures:
        return (Verdict.AC if len(decided) == len(children) else None), None
    if group.verdict_rule is VerdictRule.WORST_ERROR:
        return min(failures, key=lambda failure: failure[0].severity)  # the first of equals
    return failures[0]


def _tree(problem: Problem) -> dict[str, _Node]:
    """Return the nodes of all groups by name; the root is "". Groups without cases come last among their siblings."""
    nodes = {"": _Node(problem.root)} | {group.name: _Node(group) for group in problem.groups}
    placed = {""}

    def place(name: str) -> None:
        if name not in placed:
            placed.add(name)
            parent = nodes[name].group.parent or ""
            place(parent)
            nodes[parent].children.append(nodes[name])

    for case in problem.cases:
        place(case.group or "")
        nodes[case.group or ""].children.append(case)
    for name in nodes:
        place(name)
    return nodes


def _most(node: _Node) -> float | None:
    group = node.group
    if group.points is not None or group.aggregation is Aggregation.PASS_FAIL:
        return group.points or 0.0
    counted = [child for child in node.children if not isinstance(child, _Node) or child.group.counts]
    each = [_most(child) if isinstance(child, _Node) else child.points for child in counted]
    known = [points for points in each if points is not None]
    if len(known) < len(each):
        return None
    return _AGGREGATES[group.aggregation](known) if known else 0.0
