"""Only what has changed is judged again."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from zuko.cli import remembered
from zuko.cli.remembered import Remembered
from zuko.execution.conclude import MAYBE_STARVED, STARVED
from zuko.judge import grading
from zuko.languages.table import LANGUAGES
from zuko.package.solutions import Solution
from zuko.problem import CaseResult, Judgement, Problem, ProblemLimits, TestCase, TestGroup, Verdict
from zuko.types import SourceFile

AC, WA, TLE, CE, JE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.CE, Verdict.JE
PROBLEM: Final = Problem(
    "p",
    tuple(TestCase(f"secret/{n}", b"%d" % n, b"", 1.0, "secret") for n in range(3)),
    ProblemLimits(1000, 3000, 1 << 28),
    groups=(TestGroup("secret"),),
    scored=True,
)
SOLUTION: Final = Solution("accepted/a.py", LANGUAGES["python"], (SourceFile("main.py", b"1"),), 1)


class Judge:
    """A judge that notes the cases that it is asked for."""

    def __init__(self, verdicts: Mapping[str, Verdict] | None = None, reason: str = "why") -> None:
        self.verdicts = verdicts or {}
        self.reason = reason
        self.asked: list[list[str]] = []

    def __call__(self, solution: Solution, problem: Problem) -> Judgement:
        self.asked.append([case.name for case in problem.cases])
        if self.verdicts.get("") is CE:
            return Judgement(CE, "", None, None)
        results = [
            CaseResult(case.name, case.group, verdict, self.reason, 5, 6, 7, float(verdict is AC), message="said")
            for case in problem.cases
            for verdict in [self.verdicts.get(case.name, AC)]
        ]
        return grading.grade(problem, results)


def judged(
    root: Path, judge: Judge, problem: Problem = PROBLEM, solution: Solution = SOLUTION, *, reads: bool = True
) -> Judgement:
    return Remembered(root, judge, reads=reads).judge(solution, problem)


def test_nothing_runs_twice(tmp_path: Path) -> None:
    judge = Judge({"secret/1": WA})
    first = judged(tmp_path, judge)
    again = judged(tmp_path, judge)
    assert len(judge.asked) == 1
    assert (again.verdict, again.points, again.groups) == (first.verdict, first.points, first.groups)
    assert [replace(case, attempts=()) for case in first.cases] == list(again.cases)


def test_a_changed_case_runs_again(tmp_path: Path) -> None:
    judge = Judge()
    judged(tmp_path, judge)
    changed = replace(PROBLEM, cases=(*PROBLEM.cases[:2], replace(PROBLEM.cases[2], answer=b"new")))
    judgement = judged(tmp_path, judge, changed)
    assert judge.asked[1:] == [["secret/2"]]
    assert [case.name for case in judgement.cases] == ["secret/0", "secret/1", "secret/2"]


@pytest.mark.parametrize(
    ("problem", "solution"),
    [
        (replace(PROBLEM, limits=ProblemLimits(2000, 5000, 1 << 28)), SOLUTION),
        (PROBLEM, replace(SOLUTION, files=(SourceFile("main.py", b"2"),))),
        (PROBLEM, replace(SOLUTION, language=LANGUAGES["pypy"])),
        (replace(PROBLEM, passes=2), SOLUTION),
    ],
    ids=["limit", "source", "language", "passes"],
)
def test_everything_runs_again_after_other_changes(problem: Problem, solution: Solution, tmp_path: Path) -> None:
    judge = Judge()
    judged(tmp_path, judge)
    judged(tmp_path, judge, problem, solution)
    assert len(judge.asked[1]) == 3


def test_judge_errors_and_compile_errors_are_not_kept(tmp_path: Path) -> None:
    judge = Judge({"secret/1": JE})
    judged(tmp_path, judge)
    judged(tmp_path, judge)
    assert judge.asked[1] == ["secret/1"]
    judge = Judge({"": CE})
    assert judged(tmp_path / "c", judge).verdict is CE
    assert judged(tmp_path / "c", judge).verdict is CE
    assert len(judge.asked) == 2


@pytest.mark.parametrize(("reason", "asked"), [(STARVED, 2), (MAYBE_STARVED, 2), ("it waited for input", 1)])
def test_what_the_host_was_too_slow_for_is_not_kept(tmp_path: Path, reason: str, asked: int) -> None:
    judge = Judge({case.name: TLE for case in PROBLEM.cases}, f"wall time limit of 3 s exceeded: {reason} 2 s")
    judged(tmp_path, judge)
    judged(tmp_path, judge)
    assert len(judge.asked) == asked


def test_without_resume_results_are_only_written(tmp_path: Path) -> None:
    judge = Judge()
    judged(tmp_path, judge, reads=False)
    judged(tmp_path, judge, reads=False)
    assert len(judge.asked) == 2
    judged(tmp_path, judge)
    assert len(judge.asked) == 2


def test_cases_after_a_remembered_failure_are_unneeded(tmp_path: Path) -> None:
    judge = Judge({"secret/0": WA})
    judged(tmp_path, judge, replace(PROBLEM, cases=PROBLEM.cases[:1]))
    stopping = replace(PROBLEM, groups=(TestGroup("secret", stop_at_failure=True),))
    assert judged(tmp_path, judge, stopping).skipped == ("secret/1", "secret/2")
    assert len(judge.asked) == 1


def test_damaged_files_and_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    judge = Judge()
    judged(tmp_path / "d", judge)
    (file,) = (tmp_path / "d").iterdir()
    file.write_text("{")
    judged(tmp_path / "d", judge)
    (tmp_path / "file").write_text("")
    judged(tmp_path / "file" / "d", judge)
    assert len(judge.asked) == 3


def test_old_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_FILES_MAX", 2)
    kept = Remembered(tmp_path, Judge(), reads=True)
    for number in range(4):
        kept.judge(replace(SOLUTION, files=(SourceFile("main.py", b"%d" % number),)), PROBLEM)
    kept.forget()
    assert len(list(tmp_path.iterdir())) == 2


def test_what_was_recalled_was_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Judge()
    old, new = (replace(SOLUTION, files=(SourceFile("main.py", source),)) for source in (b"old", b"new"))
    judged(tmp_path, judge, solution=old)
    judged(tmp_path, judge, solution=new)
    for file in tmp_path.iterdir():
        os.utime(file, (0, 0))
    kept = Remembered(tmp_path, judge, reads=True)
    kept.judge(old, PROBLEM)
    monkeypatch.setattr(remembered, "_FILES_MAX", 1)
    kept.forget()
    judged(tmp_path, judge, solution=old)
    assert len(judge.asked) == 2
