"""Problem packages: what is read, and what is said of those that are wrong."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from zuko.errors import ProblemError
from zuko.judge.grading import grade, max_points
from zuko.judge.model import (
    Aggregation,
    BuiltinChecker,
    CaseResult,
    CheckerKind,
    CheckerLimits,
    CustomChecker,
    Judgement,
    ProblemLimits,
    Verdict,
    VerdictRule,
)
from zuko.judge.package import Package, expectations, files, read_package, testdata
from zuko.judge.package.expectations import Expectation, expand, matches, unmet
from zuko.judge.package.metadata import Timing

PROBLEMS: Final = Path(__file__).parent.parent / "problems"
MIB: Final = 1 << 20
FOLDED: Final = BuiltinChecker(case_sensitive=False)
AC, WA, TLE, RTE, MLE, CE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.RTE, Verdict.MLE, Verdict.CE

LEGACY: Final = {
    "problem.yaml": "name: Legacy\n",
    "data/secret/1.in": "1\n",
    "data/secret/1.ans": "1\n",
    "submissions/accepted/a.py": "print(input())\n",
}
MODERN: Final = {**LEGACY, "problem.yaml": "problem_format_version: 2025-09\nname: Modern\nuuid: u\n"}
SCORING: Final = {
    **MODERN,
    "problem.yaml": "problem_format_version: 2025-09\ntype: scoring\nname: Scoring\nuuid: u\n",
}
GROUPED: Final = {
    "problem.yaml": SCORING["problem.yaml"],
    **{f"data/secret/{group}/{case}": "1\n" for group in "ab" for case in ("1.in", "1.ans", "2.in", "2.ans")},
    "data/secret/a/test_group.yaml": "max_score: 40\n",
    "data/secret/b/test_group.yaml": "max_score: 60\nscore_aggregation: sum\n",
    "submissions/accepted/a.py": "print(input())\n",
}


def build(root: Path, contents: Mapping[str, str | bytes | None]) -> Path:
    """A package of these files; None: it is not there."""
    package = root / "package"
    for path, content in contents.items():
        if content is not None:
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return package


def read(root: Path, contents: Mapping[str, str | bytes | None]) -> Package:
    return read_package(build(root, contents))


# --- the packages under tests/problems ----------------------------------------------------------------------------


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
    """No time limit: it follows from the submissions by the package's multiplier, to whole seconds."""
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
    assert (package.code_bytes, package.compilation_time_ms, package.compilation_memory_bytes) == (
        10 * 1024,
        5000,
        300 * MIB,
    )


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
    """100 points in equal parts; `min` gives each of them all; directories are no groups without their file."""
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


def test_names_that_the_format_does_not_know_are_not_there(tmp_path: Path) -> None:
    contents = {**LEGACY, "data/secret/.2.in": "", "data/secret/-3.in": "", "data/secret/4 .in": "", ".git/config": ""}
    package = read(tmp_path, contents)
    assert len(package.problem.cases) == 1
    assert package.notes == ()


def test_notes(tmp_path: Path) -> None:
    contents = {
        **LEGACY,
        "submissions/accepted/a.py": None,
        "data/secret/notes.txt": "",
        "data/other/1.in": "",
        "output_validators/v.py": "",
        "submissions/stray.py": "",
        "submissions/curious/b.py": "",
        "submissions/submissions.yaml": "a: b",
    }
    assert sorted(read(tmp_path, contents).notes) == [
        "data/other: is neither sample nor secret and is ignored",
        "data/secret/notes.txt: belongs to no test case and is ignored",
        "output_validators/: is ignored, for validation is default",
        "submissions/accepted: the format wants at least one accepted submission",
        "submissions/curious: nothing is known of what is in such a folder",
        "submissions/stray.py: stands in no folder and is ignored",
        "submissions/submissions.yaml: is no part of the legacy format and is ignored",
    ]


def test_submissions_that_cannot_be_run_say_why(tmp_path: Path) -> None:
    """A language that is not supported is no error of the package."""
    contents = {
        **LEGACY,
        "submissions/accepted/a.kt": "",
        "submissions/accepted/two/a.py": "",
        "submissions/accepted/two/b.c": "",
        "submissions/accepted/old.py": "#!/usr/bin/env python2\n",
        "submissions/accepted/README": "",
        "submissions/accepted/deep/src/main.py": "",
    }
    problems = {each.path: each.problem for each in read(tmp_path, contents).submissions if each.program is None}
    supported = "c, cpp, go, java, javascript, python3, rust"
    assert problems == {
        "accepted/README": "submissions/accepted/README: is in no language that its file names tell",
        "accepted/a.kt": f"submissions/accepted/a.kt: is in kotlin, which is not supported; supported: {supported}",
        "accepted/deep": "submissions/accepted/deep/src: directories in a program are not supported",
        "accepted/old.py": f"submissions/accepted/old.py: is in python2, which is not supported; supported: {supported}",  # noqa: E501
        "accepted/two": "submissions/accepted/two: is in more than one language: c, python3",
    }


# --- what is wrong ------------------------------------------------------------------------------------------------

YAML: Final = MODERN["problem.yaml"]


@pytest.mark.parametrize(
    ("base", "changes", "message"),
    [
        # problem.yaml
        (LEGACY, {"problem.yaml": None}, "problem.yaml: is missing"),
        (
            LEGACY,
            {"problem.yaml": "a: [1"},
            "problem.yaml, line 1: is no YAML: expected ',' or ']', but got '<stream end>'",
        ),
        (LEGACY, {"problem.yaml": b"a: \xff"}, "problem.yaml: is no UTF-8 at byte 3"),
        (
            LEGACY,
            {"problem.yaml": b"a: \x07"},
            "problem.yaml: is no YAML: unacceptable character #x0007: special characters are not allowed",
        ),
        (
            LEGACY,
            {"problem.yaml": "\ufeffname: x"},
            "problem.yaml: begins with a byte-order mark, which the format does not allow",
        ),
        (
            LEGACY,
            {"problem.yaml": "- a"},
            "problem.yaml, line 1: input should be a valid dictionary or instance of _Legacy",
        ),
        (LEGACY, {"problem.yaml": "name: a\nname: b"}, "problem.yaml, line 2: name is given twice"),
        (LEGACY, {"problem.yaml": "[a, b]: c"}, "problem.yaml, line 1: a key is a word"),
        (
            LEGACY,
            {"problem.yaml": "a: &x [1]\nb: *x"},
            "problem.yaml, line 1: is no YAML: anchors and aliases are not supported",
        ),
        (LEGACY, {"problem.yaml": "a: " + "[" * 30 + "]" * 30}, "problem.yaml, line 1: is no YAML: nested too deep"),
        (LEGACY, {"problem.yaml": "#" * 300_000}, "problem.yaml: is larger than 262144 bytes"),
        (LEGACY, {"problem.yaml": "name: x\ntitle: y\n"}, "problem.yaml, line 2: title: is no key of the format here"),
        (
            LEGACY,
            {"problem.yaml": "name: x\nlimits:\n  memory: lots\n"},
            "problem.yaml, line 3: limits.memory: input should be a valid integer, unable to parse string as an integer, not 'lots'",  # noqa: E501
        ),
        (
            LEGACY,
            {"problem.yaml": "limits: {memory: 0, output: -1}"},
            "problem.yaml, line 1: limits.memory: input should be greater than 0, not '0' (and 1 more)",
        ),
        (
            LEGACY,
            {"problem.yaml": "limits: {time_multiplier: nan}"},
            "problem.yaml, line 1: limits.time_multiplier: input should be a finite number, not 'nan'",
        ),
        (
            LEGACY,
            {"problem.yaml": "type: partial"},
            "problem.yaml, line 1: type: input should be 'pass-fail' or 'scoring', not 'partial'",
        ),
        (
            LEGACY,
            {"problem.yaml": "problem_format_version: 2030-01"},
            "problem.yaml: problem_format_version: '2030-01' is no version that is supported: legacy, legacy-icpc, 2023-07, 2023-07-draft, 2025-09",  # noqa: E501
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: strict"},
            "problem.yaml, line 1: validation: 'strict' is neither default nor custom [interactive] [score]",
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom multipass"},
            "problem.yaml, line 1: validation: 'custom multipass' is neither default nor custom [interactive] [score]",
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom score"},
            "problem.yaml: validation: score is for problems of type scoring",
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom"},
            "output_validators/: has no validator, and the problem needs one of its own",
        ),
        (
            LEGACY,
            {"problem.yaml": "type: scoring\ngrading: {objective: min}"},
            "problem.yaml: grading.objective: min is not supported: more points are better",
        ),
        (
            LEGACY,
            {"problem.yaml": "validator_flags: float_tolerance"},
            "problem.yaml: validator_flags: float_tolerance takes a number that is not negative, not ''",
        ),
        (LEGACY, {".timelimit": "two"}, ".timelimit: is a number of seconds up to 3600, not 'two'"),
        (
            MODERN,
            {"problem.yaml": "problem_format_version: 2025-09\nname: x\n"},
            "problem.yaml, line 1: uuid: is missing",
        ),
        (MODERN, {"problem.yaml": YAML + "type: multi-pass"}, "problem.yaml: type: multi-pass is not supported"),
        (MODERN, {"problem.yaml": YAML + "type: submit-answer"}, "problem.yaml: type: submit-answer is not supported"),
        (
            MODERN,
            {"problem.yaml": YAML + "type: [scoring, pass-fail]"},
            "problem.yaml, line 4: type: a problem is pass-fail or scoring, not both",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "validation: custom"},
            "problem.yaml, line 4: validation: is no key of the format here",
        ),
        (MODERN, {"problem.yaml": YAML + "constants: {n: 5}"}, "problem.yaml: constants: are not supported"),
        (
            MODERN,
            {"problem.yaml": YAML + "limits: {validation_passes: 3}"},
            "problem.yaml: limits.validation_passes: is for problems of type multi-pass",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "limits: {time_limit: 1.5}"},
            "problem.yaml: limits.time_limit: is no multiple of time_resolution, 1 s",
        ),
        (
            MODERN,
            {"problem.yaml": YAML + "type: interactive"},
            "output_validator/: has no validator, and the problem needs one of its own",
        ),
        # data
        (LEGACY, {"data/secret/1.ans": None}, "data/secret/1.ans: is missing, for there is an input of that name"),
        (LEGACY, {"data/secret/2.ans": ""}, "data/secret/2.ans: has no input: 2.in is missing"),
        (LEGACY, {"data/secret/2.hint": ""}, "data/secret/2.hint: has no input: 2.in is missing"),
        (
            LEGACY,
            {"data/secret/1/2.in": "", "data/secret/1/2.ans": ""},
            "data/secret/1: is a directory with the name of a test case",
        ),
        (LEGACY, {"data/secret/1.in": None, "data/secret/1.ans": None}, "data/secret: has no test cases"),
        (
            LEGACY,
            {"data/testdata.yaml": "on_reject: grade"},
            "data/testdata.yaml, line 1: on_reject: input should be 'break' or 'continue', not 'grade'",
        ),
        (
            LEGACY,
            {"data/secret/testdata.yaml": "accept_score: 5"},
            "data/secret/testdata.yaml: accept_score: is for problems of type scoring",
        ),
        (
            LEGACY,
            {"data/testdata.yaml": "grading: custom"},
            "data/testdata.yaml: grading: custom graders are not supported",
        ),
        (
            LEGACY,
            {"data/testdata.yaml": "grader_flags: best"},
            "data: grader_flags: 'best' is no flag of the default grader",
        ),
        (
            LEGACY,
            {"data/secret/testdata.yaml": "grader_flags: ignore_sample"},
            "data/secret/testdata.yaml: grader_flags: ignore_sample is for data/testdata.yaml only",
        ),
        (
            LEGACY,
            {"data/secret/testdata.yaml": "output_validator_flags: x"},
            "data/secret/testdata.yaml: 'x' is no flag of the default validator; it knows case_sensitive, space_change_sensitive, float_tolerance, float_absolute_tolerance, float_relative_tolerance",  # noqa: E501
        ),
        (
            LEGACY,
            {"problem.yaml": "type: scoring", "data/testdata.yaml": "reject_score: 1"},
            "data/testdata.yaml: reject_score: points for what is rejected are not supported",
        ),
        (
            LEGACY,
            {"problem.yaml": "type: scoring", "data/testdata.yaml": "range: 5 1"},
            "data/testdata.yaml, line 1: range: two numbers, the lower first",
        ),
        (
            MODERN,
            {"data/secret/1.out": "", "data/secret/2.out": ""},
            "data/secret/2.out: has no input: 2.in is missing",
        ),
        (
            MODERN,
            {"data/secret/1.files/a.txt": ""},
            "data/secret/1.files: files for a submission to read are not supported",
        ),
        (
            MODERN,
            {"data/secret/1.yaml": "args: [a]"},
            "data/secret/1.yaml: args: command-line arguments of a submission are not supported",
        ),
        (
            MODERN,
            {"data/secret/1.yaml": "points: 3"},
            "data/secret/1.yaml, line 1: points: is no key of the format here",
        ),
        (
            MODERN,
            {"data/secret/test_group.yaml": "max_score: 3"},
            "data/secret/test_group.yaml: max_score: is no key of pass-fail problems",
        ),
        (
            MODERN,
            {"data/sample/test_group.yaml": "require_pass: x", "data/sample/1.in": "", "data/sample/1.ans": ""},
            "data/sample/test_group.yaml: require_pass: is no key of sample",
        ),
        (
            MODERN,
            {"data/secret/test_group.yaml": "static_validation_score: 3"},
            "data/secret/test_group.yaml: static_validation_score: static validators are not supported",
        ),
        (
            SCORING,
            {"data/secret/g/test_group.yaml": ""},
            "data/secret/1: stands beside test data groups: secret has either groups or cases",
        ),
        (
            SCORING,
            {"data/secret/test_group.yaml": "scoring: {score: 3}"},
            "data/secret/test_group.yaml: scoring: 2025-09 has max_score and score_aggregation instead",
        ),
        (
            GROUPED,
            {"data/secret/b/test_group.yaml": "score_aggregation: sum"},
            "data/secret/b/test_group.yaml: max_score: is missing, for that of secret is bounded",
        ),
        (
            GROUPED,
            {"data/secret/a/test_group.yaml": ""},
            "data/secret/a/test_group.yaml: max_score: is missing, for a group that is pass-fail brings all of it or nothing",  # noqa: E501
        ),
        (
            GROUPED,
            {"data/secret/a/test_group.yaml": "max_score: 1\nrequire_pass: secret/b"},
            "data/secret/a/test_group.yaml: require_pass: 'secret/b' is no group that comes before secret/a",
        ),
        (
            GROUPED,
            {
                "data/secret/a/test_group.yaml": "max_score: 1\nscore_aggregation: min",
                "data/secret/b/test_group.yaml": "max_score: 1\nrequire_pass: secret/a",
            },
            "data/secret/b/test_group.yaml: require_pass: secret/a is not pass-fail",
        ),
        (
            GROUPED,
            {"data/secret/a/in/test_group.yaml": ""},
            "data/secret/a/in/test_group.yaml: a group in a group is no part of the format",
        ),
        (
            GROUPED,
            {"data/secret/test_group.yaml": "score_aggregation: pass-fail"},
            "data/secret/b/test_group.yaml: score_aggregation: is pass-fail, as that of secret is",
        ),
        # programs
        (
            LEGACY,
            {"output_validator/v.py": ""},
            "output_validator/: is not where a package of legacy has its validator",
        ),
        (
            MODERN,
            {"output_validators/v.py": ""},
            "output_validators/: is not where a package of 2025-09 has its validator",
        ),
        (
            MODERN,
            {"output_validator/run": "", "output_validator/v.py": ""},
            "output_validator/run: programs with build or run scripts are not supported",
        ),
        (
            MODERN,
            {"output_validator/v.hs": ""},
            "output_validator: is in haskell, which is not supported; supported: c, cpp, go, java, javascript, python3, rust",  # noqa: E501
        ),
        (
            LEGACY,
            {"problem.yaml": "validation: custom", "output_validators/a.py": "", "output_validators/b.py": ""},
            "output_validators/: more than one validator is not supported: a.py, b.py",
        ),
        (LEGACY, {"include/python3/lib.py": ""}, "include/: code that is added to submissions is not supported"),
        (MODERN, {"static_validator/v.py": ""}, "static_validator/: static validators are not supported"),
        # submissions.yaml
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted:\n  permitted: [CE]"},
            "submissions/submissions.yaml, line 2: accepted.permitted.0: input should be 'AC', 'WA', 'TLE' or 'RTE', not 'CE'",  # noqa: E501
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted:\n  expected: [AC]"},
            "submissions/submissions.yaml, line 2: accepted.expected: is no key of the format here",
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted:\n  secret:\n    language: c"},
            "submissions/submissions.yaml, line 3: accepted.secret.language: is no key of the format here",
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "'a{b':\n  message: x"},
            "submissions/submissions.yaml, line 1: braces do not match in 'a{b'",
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted: yes"},
            "submissions/submissions.yaml, line 1: accepted: is a mapping",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_packages(
    base: Mapping[str, str], changes: Mapping[str, str | bytes | None], message: str, tmp_path: Path
) -> None:
    """The message names the file, the line and the key."""
    with pytest.raises(ProblemError) as caught:
        read(tmp_path, {**base, **changes})
    assert str(caught.value) == message


def test_an_archive_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "problem.zip").write_bytes(b"PK")
    with pytest.raises(ProblemError, match="unpack an archive first"):
        read_package(tmp_path / "problem.zip")


# --- paths are data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../outside", "../../../../../../etc/passwd"])
def test_links_out_of_the_package_are_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret of the host")
    package = build(tmp_path, LEGACY)
    (package / "data/secret/1.in").unlink()
    (package / "data/secret/1.in").symlink_to(target)
    with pytest.raises(ProblemError) as caught:
        read_package(package)
    assert str(caught.value) == "data/secret/1.in: is a link that leads out of the package"


def test_a_linked_directory_out_of_the_package_is_refused(tmp_path: Path) -> None:
    package = build(tmp_path, LEGACY)
    (tmp_path / "elsewhere").mkdir()
    (package / "data/sample").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProblemError, match=r"^data/sample: is a link that leads out of the package$"):
        read_package(package)


def test_links_in_the_package_are_followed(tmp_path: Path) -> None:
    package = build(tmp_path, LEGACY)
    (package / "data/secret/2.in").symlink_to("1.in")
    (package / "data/secret/2.ans").symlink_to("1.ans")
    assert [case.input for case in read_package(package).problem.cases] == [b"1\n", b"1\n"]


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    package = build(tmp_path, LEGACY)
    (package / "data/secret/again").symlink_to(".")
    with pytest.raises(ProblemError, match=f"nested more than {files.DEPTH_MAX} deep"):
        read_package(package)


def test_a_fifo_is_no_file(tmp_path: Path) -> None:
    """And opening it does not wait for a writer."""
    package = build(tmp_path, {**LEGACY, "data/secret/1.in": None})
    os.mkfifo(package / "data/secret/1.in")
    with pytest.raises(ProblemError, match=r"^data/secret/1\.in: is no regular file$"):
        read_package(package)


def test_sizes_and_counts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = build(tmp_path, {**LEGACY, "data/secret/2.in": "", "data/secret/2.ans": ""})
    for module, name, limit, message in (
        (files, "TOTAL_MAX_BYTES", 10, "files are larger than 10 bytes in all"),
        (files, "ENTRIES_MAX", 3, "more than 3 files and directories"),
        (testdata, "CASES_MAX", 1, "more than 1 test cases"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, limit)
            with pytest.raises(ProblemError, match=message):
                read_package(package)
    reader = files.PackageFiles(package)
    with pytest.raises(ProblemError, match=r"data/secret/1\.in: is larger than 1 bytes"):
        reader.read("data/secret/1.in", 1)


# --- claims -------------------------------------------------------------------------------------------------------


def judged(*verdicts: Verdict, points: float | None = None, messages: tuple[str, ...] = ()) -> Judgement:
    cases = tuple(
        CaseResult(f"secret/{n}", "secret", verdict, "", 1, 1, 1, message=messages[n] if messages else "")
        for n, verdict in enumerate(verdicts)
    )
    whole = next((verdict for verdict in verdicts if verdict is not AC), AC)
    return Judgement(whole, "", points, 100 if points is not None else None, cases)


@pytest.mark.parametrize(
    ("folder", "verdicts", "legacy", "modern"),
    [
        ("accepted", (AC, AC), True, True),
        ("accepted", (AC, WA), False, False),
        ("wrong_answer", (AC, WA), True, True),
        ("wrong_answer", (AC, AC), False, False),
        ("wrong_answer", (WA, TLE), False, False),
        ("wrong_answer", (WA, RTE), False, False),
        # "May also give wrong answer but not crash" is legacy's.
        ("time_limit_exceeded", (WA, TLE), True, False),
        ("time_limit_exceeded", (AC, TLE), True, True),
        ("time_limit_exceeded", (RTE, TLE), False, False),
        ("run_time_error", (AC, RTE), True, True),
        ("run_time_error", (AC, MLE), True, True),
        ("run_time_error", (WA, RTE), True, False),
        ("run_time_error", (AC, AC), False, False),
        ("rejected", (AC, TLE), True, True),
        ("rejected", (AC, AC), False, False),
        ("mixed", (AC, WA), True, True),
        ("memory_limit_exceeded", (AC, MLE), True, True),
        ("memory_limit_exceeded", (AC, RTE), False, False),
        ("compile_error", (AC,), False, False),
    ],
)
def test_what_folders_claim(folder: str, verdicts: tuple[Verdict, ...], legacy: bool, modern: bool) -> None:
    """The tables of the format, "Example submissions" and "Default directories"; the last four are ours."""
    for is_legacy, expected in ((True, legacy), (False, modern)):
        claim = expectations.folder_expectation(folder, legacy=is_legacy)
        assert claim is not None
        assert (unmet([claim], judged(*verdicts)) == ()) == expected


def test_brute_force_is_modern_only() -> None:
    claim = expectations.folder_expectation("brute_force", legacy=False)
    assert claim is not None
    assert unmet([claim], judged(AC, TLE)) == ()
    assert unmet([claim], judged(WA, TLE)) == ("brute_force: secret/0 is WA, expected AC or TLE or RTE",)
    assert expectations.folder_expectation("brute_force", legacy=True) is None


def test_compile_errors_are_claimed_or_told() -> None:
    failed = Judgement(CE, "the compiler ended with exit code 1", None, None)
    for folder, sentences in (
        ("compile_error", ()),
        ("accepted", ("accepted: compile error: the compiler ended with exit code 1",)),
        ("rejected", ("rejected: compile error: the compiler ended with exit code 1",)),
    ):
        claim = expectations.folder_expectation(folder, legacy=True)
        assert claim is not None
        assert unmet([claim], failed) == sentences


def test_sentences_of_claims() -> None:
    claim = Expectation("x", frozenset({AC}), frozenset({TLE}), score=(10, 20), message="too far", cases="secret/0")
    assert unmet([claim], replace(judged(WA, TLE, points=5))) == (
        "x: secret/0 is WA, expected AC",
        "x: no case of secret/0 is TLE, expected at least one",
        "x: no message of secret/0 has 'too far' in it",
        "x: has no points, expected 10 to 20",
    )
    assert unmet([Expectation("x", message="far")], judged(WA, AC, messages=("too far", ""))) == ()
    assert unmet([Expectation("x", score=(5, 5))], judged(WA, points=5)) == ()
    assert unmet([Expectation("x", score=(4, 4))], judged(WA, points=5)) == ("x: has 5 points, expected 4",)


def test_partially_accepted() -> None:
    """Legacy: accepted, and not with all the points."""
    claim = expectations.folder_expectation("partially_accepted", legacy=True)
    assert claim is not None
    assert unmet([claim], judged(AC, points=40)) == ()
    assert unmet([claim], judged(AC, points=100)) == ("partially_accepted: has all 100 points, expected fewer",)
    assert unmet([claim], judged(WA, points=40)) == (
        "partially_accepted: is WA, expected AC with fewer points than there are",
    )


def test_submissions_yaml_changes_a_folder(tmp_path: Path) -> None:
    """An entry of exactly the folder's name replaces the keys that it gives; a pattern adds."""
    contents = {
        **MODERN,
        "submissions/time_limit_exceeded/b.py": "",
        "submissions/submissions.yaml": """
time_limit_exceeded: {permitted: [AC, WA, TLE]}
time_limit_exceeded/*: {use_for_time_limit: false, required: [TLE]}
accepted: {use_for_time_limit: false}
nothing/*: {message: x}
""",
    }
    package = read(tmp_path, contents)
    claims = {each.path: each.expectations for each in package.submissions}
    assert claims["time_limit_exceeded/b.py"] == (
        Expectation("time_limit_exceeded", frozenset({AC, WA, TLE}), frozenset({TLE}), time_limit="upper"),
        Expectation("time_limit_exceeded/*", required=frozenset({TLE})),
    )
    assert [each.time_limit for each in claims["accepted/a.py"]] == [None]
    assert package.notes == ("submissions/submissions.yaml: nothing/*: is of no submission",)


def test_language_and_entry_point(tmp_path: Path) -> None:
    contents = {
        **MODERN,
        "submissions/accepted/b/lib.py": "",
        "submissions/accepted/b/start.py": "",
        "submissions/accepted/c.txt": "",
        "submissions/accepted/d.py": "",
        "submissions/submissions.yaml": "accepted/b: {entrypoint: start.py}\naccepted/c.txt: {language: cpp}\n"
        "accepted/d.py: {entrypoint: other.py, language: java}\n",
    }
    found = {each.path: each for each in read(tmp_path, contents).submissions}
    b, c, d = (found[f"accepted/{name}"] for name in ("b", "c.txt", "d.py"))
    assert b.program is not None
    assert [file.name for file in b.program.files] == ["start.py", "lib.py"]
    assert c.program is not None
    assert c.program.language == "cpp"
    assert d.problem == "submissions/accepted/d.py: has no file 'other.py'"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("", "secret/1", True),
        ("secret", "secret/group/1", True),
        ("secret/*", "secret/group/1", True),
        ("secret/*-easy", "secret/1-easy", True),
        ("secret/*-easy", "secret/1-hard", False),
        ("*", "secret/1", True),
        ("sec", "secret/1", False),
        ("secret/1/2", "secret/1", False),
        ("{a,b}/x", "b/x", True),
        ("{a,b}.{c,d}", "a.d", True),
        ("{a,{b,c}x}", "cx", True),
        ("{a,{b,c}x}", "c", False),
        ("a?", "ab", False),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("a.b", "aXb", False),
        ("*a" * 60 + "b", "a" * 200, False),  # in linear time
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) == expected


@pytest.mark.parametrize("pattern", ["{", "}", "a}b{c", "{a,b}}", "{a,b}" * 12])
def test_wrong_patterns(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"braces do not match|more than 1000 alternatives"):
        expand(pattern)
