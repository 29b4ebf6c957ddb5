"""Some submissions and cases of a package."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.unit.package.packages import LEGACY, MODERN, build, read
from zuko.errors import ProblemError
from zuko.judge.grading import grade
from zuko.package import Package, read_package
from zuko.package.expectations import ANY
from zuko.package.selection import Selection, located, select
from zuko.package.solutions import Solution
from zuko.package.verify import TimeLimit, Verified, verify
from zuko.problem import CaseResult, Judgement, Problem, Verdict

CONTENTS = {
    **LEGACY,
    ".timelimit": "1",
    **{
        f"data/{name}.{end}": "1"
        for name in ("sample/1", "secret/a/1", "secret/a/2", "secret/b/1")
        for end in ("in", "ans")
    },
    "data/secret/1.in": None,
    "data/secret/1.ans": None,
    "submissions/wrong_answer/a.py": "",
    "submissions/wrong_answer/two/main.py": "",
}


def chosen(package: Package) -> tuple[list[str], list[str]]:
    return [each.path for each in package.submissions], [each.name for each in package.problem.cases]


@pytest.mark.parametrize(
    ("submissions", "cases", "paths", "expected"),
    [
        ([], [], [], (["accepted/a.py", "wrong_answer/a.py", "wrong_answer/two"], 4)),
        (["wrong"], [], [], (["wrong_answer/a.py", "wrong_answer/two"], 4)),
        (["^accepted", "two$"], [], [], (["accepted/a.py", "wrong_answer/two"], 4)),
        ([], ["secret/a"], [], (["accepted/a.py", "wrong_answer/a.py", "wrong_answer/two"], 2)),
        ([], [], ["submissions/wrong_answer/two"], (["wrong_answer/two"], 4)),
        ([], [], ["submissions/wrong_answer"], (["wrong_answer/a.py", "wrong_answer/two"], 4)),
        (["accepted"], [], ["data/secret/a/1.in", "data/secret/b"], (["accepted/a.py"], 2)),
        ([], [], ["data"], (["accepted/a.py", "wrong_answer/a.py", "wrong_answer/two"], 4)),
    ],
)
def test_selection(
    submissions: Sequence[str],
    cases: Sequence[str],
    paths: Sequence[str],
    expected: tuple[list[str], int],
    tmp_path: Path,
) -> None:
    patterns = Selection(tuple(map(re.compile, submissions)), tuple(map(re.compile, cases)), tuple(paths))
    names, found = chosen(select(read(tmp_path, CONTENTS), patterns))
    assert (names, len(found)) == expected


def test_nothing_matches(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"^submissions: nothing matches qq, zz$"):
        select(read(tmp_path, CONTENTS), Selection((re.compile("qq"), re.compile("zz"))))


def test_claims_about_left_out_cases(tmp_path: Path) -> None:
    """That some case is WA can be due to one that is left out; that none is anything else is checked."""
    package = select(read(tmp_path, CONTENTS), Selection(cases=(re.compile("sample"),)))
    (claim,) = package.submissions[1].expectations
    assert claim.permitted == {Verdict.AC, Verdict.WA}
    assert claim.required == ANY


def test_paths_within_packages(tmp_path: Path) -> None:
    package = build(tmp_path, CONTENTS)
    one, two = package / "submissions/accepted/a.py", package / "data/secret/a/1.in"
    missing, outside = package / "submissions/no.py", tmp_path
    assert located([one, two]) == {package: ("submissions/accepted/a.py", "data/secret/a/1.in")}
    assert located([package, outside, missing]) == {package: (), outside: (), missing: ()}


def test_judging_ends_where_the_claim_is_settled(tmp_path: Path) -> None:
    """After the first case that is not accepted, if each should be; other claims need all cases."""
    asked: dict[str, Problem] = {}

    def judge(solution: Solution, problem: Problem) -> Judgement:
        asked[solution.path] = problem
        return Judgement(Verdict.AC, "", None, None)

    package = read_package(build(tmp_path, CONTENTS))
    assert len([each for each in verify(package, judge, lambda _: None) if isinstance(each, Verified)]) == 3
    assert {path: problem.root.stop_at_failure for path, problem in asked.items()} == {
        "accepted/a.py": True,
        "wrong_answer/a.py": False,
        "wrong_answer/two": False,
    }
    scored = replace(package, problem=replace(package.problem, scored=True))
    list(verify(scored, judge, lambda _: None))
    assert not asked["accepted/a.py"].root.stop_at_failure


@pytest.mark.parametrize(("kind", "limit_ms"), [("interactive", 1000), ("pass-fail", 21_000)])
def test_an_interactor_s_no_is_not_a_time_to_infer_from(kind: str, limit_ms: int, tmp_path: Path) -> None:
    """What a submission does once it was found wrong says nothing: it may spin until it is stopped."""
    yaml = MODERN["problem.yaml"] + f"type: {kind}\n"
    contents = {"output_validator/v.py": "", "submissions/wrong_answer/spins.py": ""}
    package = read(tmp_path, {**MODERN, "problem.yaml": yaml, **contents})

    def judge(solution: Solution, problem: Problem) -> Judgement:
        verdict, cpu_ns = (Verdict.WA, 10_500_000_000) if "wrong" in solution.path else (Verdict.AC, 100_000_000)
        return grade(problem, [CaseResult("secret/1", None, verdict, "", cpu_ns, 1, 1)])

    (limit,) = [each for each in verify(package, judge, lambda _: None) if isinstance(each, TimeLimit)]
    assert limit.cpu_time_ms == limit_ms


@pytest.mark.parametrize(
    ("folder", "more", "unmet", "warnings"),
    [
        ("run_time_error", "RTE", 0, 1),  # a slower machine, as problemtools has it
        ("memory_limit_exceeded", "MLE", 0, 1),
        ("run_time_error", "TLE", 1, 0),
        ("run_time_error", "AC", 1, 0),
        ("accepted", "AC", 1, 0),  # which has to keep the limit
    ],
)
def test_a_crash_soon_after_the_time_limit(folder: str, more: str, unmet: int, warnings: int, tmp_path: Path) -> None:
    package = read(
        tmp_path,
        {
            **LEGACY,
            ".timelimit": "1\n",
            "submissions/accepted/a.py": None,
            f"submissions/{folder}/s.py": "",
            "data/secret/2.in": "",
            "data/secret/2.ans": "",
        },
    )

    def judge(_: Solution, problem: Problem) -> Judgement:
        has_more = problem.limits.cpu_time_ms > 1000
        words = {"secret/1": "AC", "secret/2": more if has_more else "TLE"}
        cpu_ns = 1_200_000_000
        return grade(
            problem,
            [CaseResult(case.name, case.group, Verdict(words[case.name]), "", cpu_ns, 1, 1) for case in problem.cases],
        )

    (one,) = [each for each in verify(package, judge, lambda _: None) if isinstance(each, Verified)]
    assert (len(one.unmet), len(one.warnings)) == (unmet, warnings)
    if warnings:
        assert one.warnings == ("it is as claimed with 2 times the time limit only",)


SLOW: Final[dict[str, str | None]] = {
    **MODERN,
    "problem.yaml": MODERN["problem.yaml"] + "limits: {time_limit: 1}\n",
    **{f"data/secret/{name}": "1\n" for name in ("2.in", "2.ans", "3.in", "3.ans")},
    "submissions/time_limit_exceeded/s.py": "",
    "submissions/accepted/a.py": None,
}


@pytest.mark.parametrize(
    ("claims", "verdicts", "shown", "unmet"),
    [
        ("", "AC TLE WA", 2, 0),  # the last one is not run
        ("", "AC WA TLE", 2, 1),  # settled: no case may be WA
        ("", "RTE TLE TLE", 1, 1),
        ("", "AC AC AC", 3, 1),
        ("time_limit_exceeded:\n  permitted: [AC, WA, TLE]", "AC WA TLE", 3, 0),  # everything again
        ("time_limit_exceeded/s.py:\n  secret/1:\n    permitted: [AC]", "AC TLE TLE", 3, 0),
    ],
)
def test_too_slow_once_is_enough(claims: str, verdicts: str, shown: int, unmet: int, tmp_path: Path) -> None:
    """A contest would end there, too, and each further case takes the whole limit."""
    package = read(tmp_path, {**SLOW, "submissions/submissions.yaml": claims})

    def judge(_: Solution, problem: Problem) -> Judgement:
        results = []
        for case, word in zip(problem.cases, verdicts.split(), strict=True):
            results.append(CaseResult(case.name, case.group, Verdict(word), "", 1, 1, 1))
            if word != "AC" and problem.root.stop_at_failure:
                break
        return grade(problem, results)

    for everything in (False, True):
        (one,) = [
            each for each in verify(package, judge, lambda _: None, everything=everything) if isinstance(each, Verified)
        ]
        assert one.judgement is not None
        assert len(one.judgement.cases) == (3 if everything else shown)
        assert len(one.unmet) == unmet or everything
