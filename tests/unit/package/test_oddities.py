"""Oddities of published packages, which no verdict depends on, are read with a note that names the place."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.unit.package.packages import LEGACY, MODERN, SCORING, build, read
from zuko.errors import ProblemError
from zuko.package import read_package
from zuko.package.solutions import solution_of
from zuko.problem import CustomChecker
from zuko.submissions.packing import jury_languages

YAML: Final = MODERN["problem.yaml"]
CUSTOM: Final = {**LEGACY, "problem.yaml": "validation: custom\n", "output_validators/v.py": ""}


@pytest.mark.parametrize(
    ("base", "changes", "note"),
    [
        (LEGACY, {"problem.yaml": "name: x\ntitle: y\n"}, "problem.yaml, line 2: title: unknown key, ignored"),
        (MODERN, {"problem.yaml": YAML + "source_url: y"}, "problem.yaml, line 4: source_url: unknown key, ignored"),
        (
            LEGACY,
            {"problem.yaml": "limits:\n  memory: 64\n  wall_time_safety: 2"},
            "problem.yaml, line 3: limits.wall_time_safety: unknown key, ignored",
        ),
        (
            LEGACY,
            {"problem.yaml": "limits:\n  time_multipliers: 1"},
            "problem.yaml, line 2: limits.time_multipliers: unknown key, ignored",
        ),
        (LEGACY, {"problem.yaml": "name: a\nname: b"}, "problem.yaml, line 2: name is given twice, this one counts"),
        (
            LEGACY,
            {"data/secret/testdata.yaml": "input_validator_flags: a\ninput_validator_flags: b"},
            "data/secret/testdata.yaml, line 2: input_validator_flags is given twice, this one counts",
        ),
        (
            LEGACY,
            {"problem.yaml": "\ufeffname: x"},
            "problem.yaml: begins with a byte-order mark, which the format does not allow",
        ),
        (MODERN, {"problem.yaml": "problem_format_version: 2025-09\nname: x\n"}, "problem.yaml: uuid: is missing"),
        (
            MODERN,
            {"problem.yaml": YAML + "type: pass-fail interactive", "output_validator/v.py": ""},
            "problem.yaml, line 4: type: several types are a list: [pass-fail, interactive]",
        ),
        (MODERN, {"data/secret/1.yaml": "points: 3"}, "data/secret/1.yaml, line 1: points: unknown key, ignored"),
        (
            MODERN,
            {"data/secret/2.yaml": "hint: x"},
            "data/secret/2.yaml: does not belong to a test case and is ignored",
        ),
        (
            LEGACY,
            {f"data/secret/{number}.txt": "" for number in range(5)},
            "data/secret: 5 files do not belong to a test case and are ignored: 0.txt, 1.txt, 2.txt, …",
        ),
        (
            LEGACY,
            {"data/testdata.yaml": "range: 0 1"},
            "data/testdata.yaml: range: is ignored, it is for problems of type scoring",
        ),
        (
            LEGACY,
            {"data/secret/1.in": "1\r\n", "data/secret/2.in": "1\n2\r\n", "data/secret/2.ans": "x\r\n"},
            "data/secret/1.in, line 1, byte 1: has a line that ends with 0d 0a (CR LF), and 2 more files",
        ),
        (LEGACY, {"data/secret/1.ans": "1\r2\n"}, "data/secret/1.ans, line 1, byte 1: has a CR (0d) in a line"),
        (LEGACY, {"data/secret/1.ans": "1"}, "data/secret/1.ans, byte 0 (31): does not end with a line feed"),
        (
            LEGACY,
            {"data/secret/1.in": b"\xff\xfe1\0"},
            "data/secret/1.in: begins with ff fe, so it is UTF-16, not UTF-8",
        ),
        (LEGACY, {"data/secret/1.in": "\ufeff1\n"}, "data/secret/1.in: begins with ef bb bf, a byte-order mark"),
        (
            LEGACY,
            {"data/secret/my notes.txt": ""},
            "data/secret/my notes.txt: is ignored: names in a package consist of letters, digits, _, . and -, "
            "and do not begin with . or -",
        ),
        (
            LEGACY,
            {"data/secret/1.in": None, "data/secret/1.ans": None, "data/sample/1.in": "", "data/sample/1.ans": "1\n"},
            "data/secret: has no test cases: the samples alone are judged",
        ),
        (
            MODERN,
            {"submissions/submissions.yaml": "accepted:\n  comment: x"},
            "submissions/submissions.yaml, line 2: accepted.comment: unknown key, ignored",
        ),
        (
            {**CUSTOM, "output_validators/v.py": None},
            {"output_validator/v.py": ""},
            "output_validator/: is the validator, although version legacy has them in output_validators/",
        ),
        (
            CUSTOM,
            {"output_validators/answer.ctd": "", "output_validators/answer.viva": None},
            "output_validators/answer.ctd: is ignored: it describes answers, and does not check outputs",
        ),
        (
            LEGACY,
            {"output_validators/v.py": "", "output_validators/w.viva": ""},
            "output_validators/: is ignored, because validation is default",
        ),
        (
            LEGACY,
            {"problem.yaml": "limits:\n  memory: 256\n  output: 256\n"},
            "problem.yaml, line 3: limits.output: is 64 MiB here, the most that a sandbox sends",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_noted(
    base: Mapping[str, str | None], changes: Mapping[str, str | bytes | None], note: str, tmp_path: Path
) -> None:
    assert read(tmp_path, {**base, **changes}).notes == (note,)


@pytest.mark.parametrize("script", ["build", "run"])
def test_a_script_beside_a_validator_makes_the_directory_one_program(script: str, tmp_path: Path) -> None:
    """A package that DOMjudge has exported has its validator so; each file would be a validator elsewhere."""
    contents = {**CUSTOM, "output_validators/v.py": None, "output_validators/check.c": ""}
    package = read(tmp_path, {**contents, f"output_validators/{script}": "#!/bin/sh\n"})
    checker = package.problem.checker
    assert isinstance(checker, CustomChecker)
    assert (checker.program.has_scripts, checker.others) == (True, ())
    assert {file.name for file in checker.program.files} == {"check.c", script}


def test_all_validators_of_the_legacy_format_decide(tmp_path: Path) -> None:
    contents = {**CUSTOM, "output_validators/w/a.py": "# w", "data/secret/testdata.yaml": "output_validator_flags: x 1"}
    package = read(tmp_path, contents)
    checker = package.problem.checker
    assert isinstance(checker, CustomChecker)
    assert [each.files[0].content for each in checker.programs] == [b"", b"# w"]
    assert package.problem.cases[0].checker == replace(checker, arguments=("x", "1"))
    assert jury_languages(package.problem) == ("python",)


def test_outputs_larger_than_any_that_can_be_sent_are_refused_when_they_are_needed(tmp_path: Path) -> None:
    contents = {**LEGACY, "problem.yaml": "limits:\n  output: 65\n", "data/secret/2.in": ""}
    with pytest.raises(ProblemError, match=r"^data/secret/2\.ans: is larger than the 64 MiB that an output can have"):
        read(tmp_path, {**contents, "data/secret/2.ans": b"\n" * ((64 << 20) + 1)})


def test_the_last_of_two_keys_counts(tmp_path: Path) -> None:
    package = read(tmp_path, {**LEGACY, "problem.yaml": "limits:\n  memory: 64\n  memory: 128"})
    assert package.problem.limits.memory_bytes == 128 << 20


def test_files_to_be_shown_or_downloaded_need_no_input(tmp_path: Path) -> None:
    shown = {
        f"data/sample/{name}": "" for name in ("1.in.download", "1.ans.download", "1.interaction", "2.png", "3.out")
    }
    for base in (LEGACY, MODERN):
        package = read(tmp_path / base["problem.yaml"][:8], {**base, **shown})
        assert package.notes == ()
        assert len(package.problem.cases) == 1


def test_an_ending_that_the_format_lists(tmp_path: Path) -> None:
    """`.c++` is an ending of C++, although names consist of letters, digits and a few marks."""
    package = read(tmp_path, {**LEGACY, "submissions/accepted/x.c++": "int main() {}"})
    assert package.notes == ()
    assert [each.path for each in package.submissions] == ["accepted/a.py", "accepted/x.c++"]


@pytest.mark.parametrize("directory", ["output_validator", "output_validator/mine"])
@pytest.mark.parametrize("extra", [{}, {"README.md": ""}], ids=["alone", "with a text"])
def test_a_validator_of_several_files(tmp_path: Path, directory: str, extra: Mapping[str, str]) -> None:
    """In 2025-09 output_validator/ is the program, or contains its directory."""
    contents = {
        **MODERN,
        f"{directory}/validate.cc": "",
        f"{directory}/validate.h": "",
        f"{directory}/__pycache__/x.pyc": "",
        **{f"output_validator/{name}": content for name, content in extra.items()},
    }
    checker = read(tmp_path, contents).problem.checker
    assert isinstance(checker, CustomChecker)
    assert {"validate.cc", "validate.h"} <= {file.name for file in checker.program.files}


@pytest.mark.parametrize(
    ("flags", "arguments"),
    [
        ("output_validator_flags: a b", ("a", "b")),
        ("output_validator_flags: {name: v, flags: a b}", ("a", "b")),
        ("output_validator_flags: {name: v.py, flags: a}", ("a",)),
        ("output_validator_flags: {name: v}", ()),
    ],
)
def test_flags_of_one_validator(tmp_path: Path, flags: str, arguments: tuple[str, ...]) -> None:
    (case,) = read(tmp_path, {**CUSTOM, "data/testdata.yaml": flags}).problem.cases
    assert isinstance(case.checker, CustomChecker) or not arguments
    assert (case.checker.arguments if isinstance(case.checker, CustomChecker) else ()) == arguments


def test_flags_of_another_validator_would_be_lost(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"^data/testdata\.yaml: output_validator_flags: there is no validator 'w'"):
        read(tmp_path, {**CUSTOM, "data/testdata.yaml": "output_validator_flags: {name: w, flags: a}"})


def test_flags_of_one_input_validator(tmp_path: Path) -> None:
    contents = {
        **LEGACY,
        "input_validators/v.py": "",
        "input_validators/w.py": "",
        "data/testdata.yaml": "input_validator_flags: {name: v, flags: a b}",
    }
    package = read(tmp_path, contents)
    given = package.input_arguments["secret/1"]
    assert [each.arguments(given) for each in package.input_validators] == [("a", "b"), ()]


@pytest.mark.parametrize(
    ("names", "entrypoint", "entry"),
    [
        (("__main__.py", "main.py"), "", "__main__.py"),
        (("solve.py", "main.py"), "", "main.py"),
        (("solve.py", "main.py"), "solve.py", "solve.py"),
        (("main.js", "a.js"), "", "main.js"),
        (("main.js", "a.js"), "a.js", "a.js"),
    ],
)
def test_entry_points(tmp_path: Path, names: tuple[str, ...], entrypoint: str, entry: str) -> None:
    """The file that is run keeps its name, because others may import it, or be called main.py."""
    yaml = f"accepted/s: {{entrypoint: {entrypoint}}}" if entrypoint else ""
    files = {f"submissions/accepted/s/{name}": "" for name in names}
    submission = read(tmp_path, {**MODERN, **files, "submissions/submissions.yaml": yaml}).submissions[-1]
    assert submission.program is not None
    solution = solution_of(submission.path, submission.program)
    assert solution.language.source_name == solution.language.run_argv[-1] == entry
    assert solution.files[0].name == entry
    assert sorted(file.name for file in solution.files) == sorted(names)


def test_the_entry_point_of_java_is_a_class(tmp_path: Path) -> None:
    contents = {
        **MODERN,
        "submissions/accepted/s/First.java": "class First { public static void main(String[] a) {} }",
        "submissions/accepted/s/Second.java": "class Second { public static void main(String[] a) {} }",
        "submissions/submissions.yaml": "accepted/s: {entrypoint: Second}",
    }
    submission = read(tmp_path, contents).submissions[-1]
    assert submission.program is not None
    solution = solution_of(submission.path, submission.program)
    assert solution.language.prepare is not None
    assert solution.language.prepare(solution.files)[0] == "Second"


def test_a_package_without_cases_can_be_read_but_not_judged(tmp_path: Path) -> None:
    contents = {**SCORING, "data/secret/1.in": None, "data/secret/1.ans": None, "generators/generators.yaml": ""}
    with pytest.raises(ProblemError, match=r"^data: has no test cases in data/secret or data/sample: generators makes"):
        read(tmp_path, contents)
    package = read_package(build(tmp_path, contents), needs_cases=False)
    assert package.problem.cases == ()


def test_settings_of_the_draft_under_their_old_name(tmp_path: Path) -> None:
    """The format's own examples of 2025-09 have them."""
    groups = {f"data/secret/{name}/{case}": "1\n" for name in "ab" for case in ("1.in", "1.ans", "2.in", "2.ans")}
    settings = {
        "data/secret/testdata.yaml": "scoring:\n  aggregation: sum\n",
        "data/secret/a/testdata.yaml": "scoring:\n  score: 30\n  aggregation: min\n",
        "data/secret/b/testdata.yaml": "scoring:\n  score: 70\n  aggregation: min\n",
    }
    package = read(tmp_path, {"problem.yaml": SCORING["problem.yaml"], **groups, **settings})
    points = {group.name: group.points for group in package.problem.groups}
    assert points["secret/a"] == 30
    assert points["secret/b"] == 70
    assert "data/secret/a/testdata.yaml: is called test_group.yaml in version 2025-09" in package.notes


def test_a_package_without_data_may_lack_its_validator(tmp_path: Path) -> None:
    """It cannot be judged anyway: the format's examples of interactive problems are such."""
    yaml = MODERN["problem.yaml"] + "type: interactive\n"
    root = build(tmp_path, {"problem.yaml": yaml, "submissions/accepted/a.py": ""})
    assert read_package(root, needs_cases=False).problem.interactor is None
