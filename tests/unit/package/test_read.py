"""Problem packages: what is read of them."""

from pathlib import Path
from typing import Final

import pytest

from tests import PROBLEMS
from tests.unit.package.packages import GROUPED, LEGACY, MODERN, SCORING, read
from zuko.errors import ProblemError
from zuko.judge.grading import grade, max_points
from zuko.languages.codes import NAMES
from zuko.package import read_package
from zuko.package.expectations import Expectation
from zuko.package.metadata import Timing
from zuko.problem import (
    Aggregation,
    BuiltinChecker,
    CaseResult,
    CheckerKind,
    CheckerLimits,
    CompilerLimits,
    CustomChecker,
    ProblemLimits,
    Verdict,
    VerdictRule,
)

MIB: Final = 1 << 20
FOLDED: Final = BuiltinChecker(case_sensitive=False)
AC, WA, TLE, RTE, MLE, CE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.RTE, Verdict.MLE, Verdict.CE


# --- the packages under tests/corpus/problems ---------------------------------------------------------------------


def test_different() -> None:
    package = read_package(PROBLEMS / "different")
    problem = package.problem
    assert (package.version, package.title, problem.name) == ("legacy", "How Different", "different")
    assert [case.name for case in problem.cases] == [
        "sample/1",
        "secret/01-equal",
        "secret/02-falling",
        "secret/03-empty",
    ]
    assert problem.cases[1].input == b"5 5\n0 0\n"
    assert problem.cases[1].answer == b"0\n0\n"
    # .timelimit says 2; twice that and a second of wall time; memory is in MiB; 8 MiB of output is the default.
    assert problem.limits == ProblemLimits(2000, 5000, 256 * MIB, 8 * MIB)
    assert problem.checker == FOLDED
    assert not problem.scored
    assert package.notes == ()
    languages = {each.path: each.program.language for each in package.submissions if each.program}
    assert languages["accepted/java"] == "java"
    assert languages["accepted/absolute.cpp"] == "cpp"
    assert len(languages) == len(package.submissions) == 13
    (java,) = [each.program for each in package.submissions if each.path == "accepted/java"]
    assert java is not None
    assert [file.name for file in java.files] == ["Main.java", "Distance.java"]
    assert {each.path.partition("/")[0] for each in package.submissions if not each.expectations} == set()


def test_halves() -> None:
    """A time limit that is not set follows from the submissions and the package's multiplier, in whole seconds."""
    package = read_package(PROBLEMS / "halves")
    assert package.problem.checker == BuiltinChecker(CheckerKind.FLOATS, False, False, 1e-6, 1e-6)
    assert package.problem.limits.output_bytes == 1 * MIB
    assert package.timing == Timing(None, 3.0, 2.0)
    assert package.problem.limits.cpu_time_ms == 10_000
    assert package.with_time_limit(700).limits == ProblemLimits(700, 2400, 1024 * MIB, 1 * MIB)


def test_steps() -> None:
    """Legacy scoring: 40 and 60 by the minimum, added up, accepted if one of the groups is."""
    problem = read_package(PROBLEMS / "steps").problem
    assert problem.scored
    assert [case.points for case in problem.cases] == [1, 40, 40, 40, 60, 60, 60]
    groups = {group.name: group for group in problem.groups}
    assert list(groups) == ["sample", "secret", "secret/group1", "secret/group2"]
    assert not groups["sample"].counts
    assert groups["secret"].accept_if_any
    assert groups["secret"].verdict_rule is VerdictRule.FIRST_ERROR
    assert groups["secret/group1"].aggregation is Aggregation.MIN
    assert groups["secret/group1"].stop_at_failure
    assert not groups["secret"].stop_at_failure
    assert max_points(problem) == 100
    verdicts = dict.fromkeys((case.name for case in problem.cases), AC) | {"secret/group2/2": TLE}
    results = [
        CaseResult(case.name, case.group, verdicts[case.name], "", 1, 1, 1, case.points or 0) for case in problem.cases
    ]
    judgement = grade(problem, results)
    assert (judgement.verdict, judgement.points) == (AC, 40)


def test_summands() -> None:
    package = read_package(PROBLEMS / "summands")
    checker = package.problem.checker
    assert isinstance(checker, CustomChecker)
    assert (checker.program.language, checker.program.files[0].name) == ("python", "validator.py")
    assert package.title == "Summands"
    assert package.languages == ("python3", "cpp")
    assert package.problem.interactor is None
    assert [case.name for case in package.problem.cases] == ["sample/1", "secret/1-small", "secret/2-large/1"]
    assert {case.group for case in package.problem.cases} == {"sample", "secret"}


def test_climb() -> None:
    """2025-09 scoring: 30 as a whole, then 70 by the minimum for those who have passed the first group."""
    package = read_package(PROBLEMS / "climb")
    problem = package.problem
    groups = {group.name: group for group in problem.groups}
    assert (groups["secret/group1"].aggregation, groups["secret/group1"].points) == (Aggregation.PASS_FAIL, 30)
    assert groups["secret/group2"].requires == ("sample", "secret/group1")
    assert [case.points for case in problem.cases] == [0, 0, 0, 70, 70]
    assert max_points(problem) == 100
    # Arguments of a group, and of a case before those.
    assert problem.cases[3].checker == BuiltinChecker()
    assert problem.cases[4].checker == FOLDED
    assert package.timing == Timing(None, 3.0, 1.5, 500)
    (recursive,) = [each for each in package.submissions if each.path == "time_limit_exceeded/recursive.py"]
    assert recursive.expectations == (
        Expectation("time_limit_exceeded", frozenset({AC, TLE}), frozenset({TLE}), time_limit="upper"),
        Expectation("time_limit_exceeded/recursive.py", score=(30, 30)),
        Expectation(
            "time_limit_exceeded/recursive.py: secret/group1",
            permitted=frozenset({AC}),
            cases="secret/group1",
            time_limit="lower",
        ),
        Expectation(
            "time_limit_exceeded/recursive.py: secret/group2",
            required=frozenset({TLE}),
            cases="secret/group2",
            time_limit="upper",
        ),
    )


def test_again_and_shares() -> None:
    assert read_package(PROBLEMS / "again").problem.passes == 3
    groups = {group.name: group for group in read_package(PROBLEMS / "shares").problem.groups}
    grader = groups["secret"].grader
    assert grader is not None
    assert (grader.arguments, [file.name for file in grader.program.files]) == (("best",), ["best.py"])
    assert groups["secret/one"].grader is None


def test_guess() -> None:
    package = read_package(PROBLEMS / "guess")
    assert package.problem.interactor is package.problem.checker
    assert package.notes == ()  # an interaction without input and answer is a sample for people


# --- the format ---------------------------------------------------------------------------------------------------


def test_smallest_packages(tmp_path: Path) -> None:
    for name, contents in (("legacy", LEGACY), ("modern", MODERN)):
        package = read(tmp_path / name, contents)
        assert [case.name for case in package.problem.cases] == ["secret/1"]
        assert package.problem.checker_limits == CheckerLimits(60_000, 1024 * MIB, 8 * MIB)
        assert package.code_bytes == 128 * 1024
        assert package.notes == ()


def test_scalars_are_what_the_model_says(tmp_path: Path) -> None:
    """A title of digits or `No` is text, a limit of digits is a number: nothing is guessed."""
    yaml = "name: No\nuuid: 1e5\nauthor: 2024-01-01\nlimits: {memory: 0512, time_limit: 1e-1}\nvalidator_flags:\n"
    package = read(tmp_path, {**LEGACY, "problem.yaml": yaml})
    assert package.title == "No"
    assert package.problem.limits.memory_bytes == 512 * MIB
    assert package.problem.limits.cpu_time_ms == 100


def test_limits(tmp_path: Path) -> None:
    yaml = """name: x
limits: {time_limit: 2.5, memory: 64, output: 2, code: 10, compilation_time: 5, compilation_memory: 300,
         validation_time: 7, validation_memory: 100, validation_output: 3}
"""
    package = read(tmp_path, {**LEGACY, "problem.yaml": yaml, ".timelimit": None})
    assert package.problem.limits == ProblemLimits(2500, 6000, 64 * MIB, 2 * MIB)
    assert package.problem.checker_limits == CheckerLimits(7000, 100 * MIB, 3 * MIB)
    assert package.problem.compiler_limits == CompilerLimits(5000, 300 * MIB)
    assert package.code_bytes == 10 * 1024


def test_timelimit_goes_before_problem_yaml(tmp_path: Path) -> None:
    contents = {**LEGACY, "problem.yaml": "name: x\nlimits: {time_limit: 3}\n", ".timelimit": " 0.5\n"}
    assert read(tmp_path, contents).problem.limits.cpu_time_ms == 500


@pytest.mark.parametrize(
    ("timing", "slowest_ms", "limit_ms"),
    [
        (Timing(None, 5, 2), 0, 1000),  # never less than one step
        (Timing(None, 5, 2), 200, 1000),  # 1.0 s is 1 s
        (Timing(None, 5, 2), 200.1, 2000),
        (Timing(None, 2, 1.5, 500), 620, 1500),  # 1.24 s
        (Timing(None, 3, 1.5, 300), 100, 300),
        (Timing(None, 1.1, 1.5, 100), 1000, 1100),  # 1.1 * 1000 is a hair more in binary
    ],
)
def test_inferred_time_limit(timing: Timing, slowest_ms: float, limit_ms: int) -> None:
    """The smallest multiple of the resolution that is at least the multiplier times the slowest."""
    assert timing.infer(slowest_ms) == limit_ms


def test_legacy_validator_and_flags(tmp_path: Path) -> None:
    """Flags of the problem come before those of a group, which the groups in it have, too."""
    contents = {
        **LEGACY,
        "problem.yaml": "name: x\nvalidation: custom\nvalidator_flags: one two\n",
        "output_validators/check/main.py": "",
        "output_validators/check/helper.py": "",
        "data/secret/testdata.yaml": "output_validator_flags: three\n",
        "data/secret/g/2.in": "",
        "data/secret/g/2.ans": "",
        "data/sample/0.in": "",
        "data/sample/0.ans": "",
    }
    problem = read(tmp_path, contents).problem
    assert isinstance(problem.checker, CustomChecker)
    assert problem.checker.arguments == ("one", "two")
    assert [file.name for file in problem.checker.program.files] == ["main.py", "helper.py"]
    given = {case.name: problem.checker_for(case) for case in problem.cases}
    arguments = {name: each.arguments for name, each in given.items() if isinstance(each, CustomChecker)}
    assert arguments == {
        "sample/0": ("one", "two"),
        "secret/1": ("one", "two", "three"),
        "secret/g/2": ("one", "two", "three"),
    }


def test_interactive_case_with_arguments(tmp_path: Path) -> None:
    contents = {
        **MODERN,
        "problem.yaml": MODERN["problem.yaml"] + "type: interactive\n",
        "output_validator/talk.cc": "",
        "data/secret/1.yaml": "output_validator_args: [deep]\n",
    }
    problem = read(tmp_path, contents).problem
    interactor = problem.interactor_for(problem.cases[0])
    assert interactor is not None
    assert (interactor.program.language, interactor.arguments) == ("cpp", ("deep",))


def test_order_is_by_base_name(tmp_path: Path) -> None:
    """Cases and groups among each other, each by its name without ending."""
    names = ("10", "2", "a/1", "b", "Z")
    contents = {**LEGACY, "data/secret/1.in": None, "data/secret/1.ans": None}
    contents |= {f"data/secret/{name}.{suffix}": "" for name in names for suffix in ("in", "ans")}
    assert [case.name.removeprefix("secret/") for case in read(tmp_path, contents).problem.cases] == [
        "10",
        "2",
        "Z",
        "a/1",
        "b",
    ]


def test_groups_of_2025_09(tmp_path: Path) -> None:
    """40 as a whole; 60 in equal parts of 30: with a failure in each it is 0 + 30."""
    problem = read(tmp_path, GROUPED).problem
    assert [case.points for case in problem.cases] == [0, 0, 30, 30]
    results = [
        CaseResult(case.name, case.group, WA if case.name.endswith("1") else AC, "", 1, 1, 1, case.points or 0)
        for case in problem.cases
    ]
    judgement = grade(problem, results)
    assert (judgement.points, judgement.max_points) == (30, 100)
    assert judgement.skipped == ("secret/a/2",)  # nothing to win behind a failure


def test_cases_of_2025_09_without_groups(tmp_path: Path) -> None:
    """100 points are divided; with `min` each case has all of them; a directory without its file is not a group."""
    four = {f"data/secret/d/{n}.{suffix}": "" for n in (2, 3, 4) for suffix in ("in", "ans")}
    assert [case.points for case in read(tmp_path / "sum", {**SCORING, **four}).problem.cases] == [25] * 4
    least = {"data/secret/test_group.yaml": "score_aggregation: min\nmax_score: 7\n"}
    assert [case.points for case in read(tmp_path / "min", {**SCORING, **four, **least}).problem.cases] == [7] * 4
    unbounded = {"data/secret/test_group.yaml": "max_score: unbounded\n"}
    assert [case.points for case in read(tmp_path / "none", {**SCORING, **four, **unbounded}).problem.cases] == [
        None
    ] * 4


def test_draft_of_2023_07(tmp_path: Path) -> None:
    """Every directory in secret is a group, and `scoring` says what it brings."""
    contents = {
        **GROUPED,
        "problem.yaml": SCORING["problem.yaml"].replace("2025-09", "2023-07-draft"),
        "data/secret/a/test_group.yaml": "scoring: {score: 40, aggregation: min}\n",
        "data/secret/b/test_group.yaml": "scoring: {score: 30, aggregation: sum, require_pass: sample}\n",
    }
    problem = read(tmp_path, contents).problem
    assert [case.points for case in problem.cases] == [40, 40, 30, 30]
    assert [group.aggregation for group in problem.groups][1:] == [Aggregation.MIN, Aggregation.SUM]


def test_hidden_files_are_not_there(tmp_path: Path) -> None:
    package = read(tmp_path, {**LEGACY, "data/secret/.2.in": "", ".git/config": "", "submissions/accepted/.a.py": ""})
    assert len(package.problem.cases) == 1
    assert len(package.submissions) == 1
    assert package.notes == ()


@pytest.mark.parametrize("path", ["output_validators/my check.py", "input_validators/a b/main.py"])
def test_validators_of_names_that_the_format_does_not_know_are_refused(tmp_path: Path, path: str) -> None:
    """Ignoring such validators would accept more, so they are refused, and the message has the name, however long."""
    yaml = "name: x\nvalidation: custom\n"
    contents = {**LEGACY, "problem.yaml": yaml, "output_validators/v.py": "", path: ""}
    with pytest.raises(ProblemError, match=r"(my check\.py|a b): names in a package consist of letters"):
        read(tmp_path, contents)


def test_many_misnamed_files_are_counted(tmp_path: Path) -> None:
    long = "solution_by_an_author_with_a_long_name"
    contents = {**LEGACY, **{f"submissions/accepted/{long}/{number} .h": "" for number in range(25)}}
    notes = read(tmp_path, {**contents, f"submissions/accepted/{long}/a.cpp": ""}).notes
    assert len(notes) == 21
    assert len(set(notes)) == 21
    assert notes[-1] == "5 more files are ignored because of their names"


@pytest.mark.parametrize("name", ["-3.in", "4 .in", "a b/1.in", "ä.ans"])
def test_test_data_of_names_that_the_format_does_not_know_are_refused(tmp_path: Path, name: str) -> None:
    """Judged without it, a submission would be accepted by fewer cases than there are."""
    with pytest.raises(
        ProblemError, match=r"^data/secret/(-3\.in|4 \.in|a b|.*\.ans): names in a package consist of letters"
    ):
        read(tmp_path, {**LEGACY, f"data/secret/{name}": ""})


def test_submissions_with_unknown_names_are_reported(tmp_path: Path) -> None:
    contents = {**LEGACY, "submissions/accepted/my solution.py": "", "submissions/\N{BELL}\x07/a.py": ""}
    first, second = sorted(read(tmp_path, contents).notes)
    assert first.startswith("submissions/accepted/my solution.py: is ignored: names in a package consist of letters")
    assert "\x07" not in second


def test_notes(tmp_path: Path) -> None:
    contents = {
        **LEGACY,
        "submissions/accepted/a.py": None,
        "data/secret/notes.txt": "",
        "data/other/1.in": "",
        "output_validators/v.py": "",
        "submissions/stray.py": "",
        "submissions/curious/b.py": "",
        "submissions/acepted/c.py": "",
        "submissions/submissions.yaml": "a: b",
    }
    assert sorted(read(tmp_path, contents).notes) == [
        "data/other: is neither sample nor secret and is ignored",
        "data/secret/notes.txt: does not belong to a test case and is ignored",
        "output_validators/: is ignored, because validation is default",
        "submissions/accepted: the format requires at least one accepted submission",
        "submissions/acepted: the folder's name does not say what is expected; did you mean accepted?",
        "submissions/curious: the folder's name does not say what is expected",
        "submissions/stray.py: is not in a folder and is ignored",
        "submissions/submissions.yaml: is not part of the legacy format and is ignored",
    ]


def test_submissions_that_cannot_be_run_say_why(tmp_path: Path) -> None:
    """A language that is not supported is not an error of the package."""
    contents = {
        **LEGACY,
        "submissions/accepted/a.sim": "",
        "submissions/accepted/two/a.py": "",
        "submissions/accepted/two/b.c": "",
        "submissions/accepted/old.py": "#!/usr/bin/env python2\n",
        "submissions/accepted/README": "",
        f"submissions/accepted/deep/{'s' * 150}/{'t' * 150}/main.py": "",
    }
    problems = {each.path: each.reason for each in read(tmp_path, contents).submissions if each.program is None}
    assert "/main.py: has too long a path in its program" in problems.pop("accepted/deep")
    unknown = problems.pop("accepted/README")
    assert unknown.startswith("submissions/accepted/README: has no known file extension (")
    assert {".C", ".cc", ".java", ".mjs", ".py3", ".rb"} <= set(unknown.rpartition("(")[2].rstrip(")").split(", "))
    assert ".sim" not in unknown  # the format's, and not one of ours
    supported = ", ".join(sorted(NAMES))
    assert problems == {
        "accepted/a.sim": f"submissions/accepted/a.sim: is in simula, which is not supported; supported: {supported}",
        "accepted/old.py": f"submissions/accepted/old.py: is in python2, which is not supported; supported: {supported}",  # noqa: E501
        "accepted/two": "submissions/accepted/two: is in more than one language: c, python3",
    }


def test_settings_of_the_default_grader(tmp_path: Path) -> None:
    """Also those that problem.yaml gives to every group, as older packages have them."""
    files = {
        **LEGACY,
        "problem.yaml": "type: scoring\ngrading: {objective: min, accept_score: 7, on_reject: grade, range: -5 9}\n",
        "data/testdata.yaml": "grader_flags: no_errors ignored\naccept_score: 2\nreject_score: -1\n",
        "submissions/partially_accepted/b.py": "",
    }
    package = read(tmp_path, files)
    (case,) = package.problem.cases
    assert (case.points, case.rejected_points, package.problem.signed) == (7, -1, True)
    assert (package.problem.root.stop_at_failure, package.problem.root.verdict_rule) == (False, VerdictRule.WORST_ERROR)
    assert "data: grader_flags: 'ignored' is not a flag of the default grader, and is ignored" in package.notes
    claims = {each.path: each.expectations[0].best_points for each in package.submissions}
    assert claims["partially_accepted/b.py"] == -5


@pytest.mark.parametrize(("kind", "most_mib"), [("pass-fail", 8), ("interactive", 64)])
def test_a_conversation_may_be_long(kind: str, most_mib: int, tmp_path: Path) -> None:
    """What an interactor says is output of a validator, for which the format leaves the default to the judge."""
    yaml = MODERN["problem.yaml"] + f"type: {kind}\n"
    package = read(tmp_path, {**MODERN, "problem.yaml": yaml, "output_validator/v.py": ""})
    assert package.problem.checker_limits.output_bytes == most_mib * MIB
