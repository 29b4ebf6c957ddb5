"""Additions of a package to its programs: included files, constants, arguments and files of cases."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.unit.package.packages import LEGACY, MODERN, read
from zuko.errors import ProblemError
from zuko.execution.program import prepared
from zuko.package import Package, read_package
from zuko.package.constants import parse_constants
from zuko.package.solutions import Solution, refused, solution_of
from zuko.problem import BuiltinChecker, CustomChecker

YAML: Final = MODERN["problem.yaml"]
JAVA_MAIN: Final = "public class grader { public static void main(String... args) { solve.go(); } }"


def solutions(package: Package) -> dict[str, Solution]:
    return {
        each.path: solution_of(each.path, each.program, package.includes)
        for each in package.submissions
        if each.program is not None
    }


def test_the_package_of_the_corpus() -> None:
    package = read_package(ROOT / "tests/corpus/problems/driver")
    found = solutions(package)
    python = found["accepted/solution.py"]
    assert [file.name for file in python.files] == ["main.py", "solution.py"]
    assert python.language.run_argv[-1] == "main.py"
    assert b"number <= 4\n" in python.files[1].content
    assert [file.name for file in found["accepted/sorted.cpp"].files] == ["main.cpp", "sorted.cpp", "choose.h"]
    cases = {case.name: case for case in package.problem.cases}
    assert cases["secret/2-down"].arguments == ("down",)
    assert [file.name for file in cases["secret/2-down"].files] == ["words.txt"]
    assert package.input_arguments["secret/2-down"] == ("strict",)


@pytest.mark.parametrize(
    ("own", "included", "names", "entry"),
    [
        ({"solve.py": ""}, {"python3/grader.py": "import solve"}, ["grader.py", "solve.py"], "grader.py"),
        ({"solve.py": ""}, {"python3/help.py": ""}, ["solve.py", "help.py"], "solve.py"),
        (
            {"solve.py": ""},
            {"python3/__main__.py": "", "python3/a.py": ""},
            ["__main__.py", "solve.py", "a.py"],
            "__main__.py",
        ),
        ({"s/main.py": "", "s/a.py": ""}, {"python3/a.py": "new"}, ["main.py", "a.py"], "main.py"),
        ({"solve.js": ""}, {"javascript/main.js": ""}, ["main.js", "solve.js"], "main.js"),
        ({"solve.java": ""}, {"java/grader.java": JAVA_MAIN}, ["grader.java", "solve.java"], ""),
        ({"solve.cpp": ""}, {"cpp/solve.h": "", "cpp/grader.cpp": ""}, ["solve.cpp", "grader.cpp", "solve.h"], ""),
        ({"solve.cpp": ""}, {"python3/main.py": ""}, ["solve.cpp"], ""),
        ({"solve.cpp": ""}, {"default/data.txt": ""}, ["solve.cpp", "data.txt"], ""),
        ({"solve.cpp": ""}, {"default/a.h": "old", "cpp/a.h": "new"}, ["solve.cpp", "a.h"], ""),
    ],
)
def test_included_files(
    own: dict[str, str], included: dict[str, str], names: list[str], entry: str, tmp_path: Path
) -> None:
    """They replace files of the same name, and a driver begins the program: by its name, or as it calls the rest."""
    contents = {
        **{path: content for path, content in MODERN.items() if not path.startswith("submissions")},
        **{f"submissions/accepted/{path}": content for path, content in own.items()},
        **{f"include/{path}": content for path, content in included.items()},
    }
    package = read(tmp_path, contents)
    (solution,) = solutions(package).values()
    usual = {"solve.cpp": "main.cpp", "grader.java": "Main.java"}
    assert [file.name for file in solution.files] == [usual.get(names[0], names[0]), *names[1:]]
    if entry:
        assert solution.language.run_argv[-1] == entry
    assert all(file.content != b"old" for file in solution.files)


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("main :- halt.", True),
        (":- initialization(main).\nmain :- halt.", False),
        (":-  initialization(main, main).\nmain.", False),
        (":- main.", False),
    ],
)
def test_prolog_is_called_as_judges_call_it(source: str, calls: bool, tmp_path: Path) -> None:
    """`swipl -g main`, unless it begins by itself."""
    solution = solutions(read(tmp_path, {**LEGACY, "submissions/accepted/a.pl": source}))["accepted/a.pl"]
    names = [file.name for file in solution.files]
    assert names == (["zuko_goal.pl", "a.pl"] if calls else ["main.pl"])
    assert solution.language.run_argv[-1] == names[0]


def test_included_files_do_not_count_as_code(tmp_path: Path) -> None:
    contents = {**LEGACY, "problem.yaml": "limits: {code: 1}", "include/python3/lib.py": "#" * 2000}
    package = read(tmp_path, contents)
    assert refused(package, solutions(package)["accepted/a.py"]) == ""


def test_files_that_cannot_be_added_are_no_error_of_the_package(tmp_path: Path) -> None:
    """Submissions in other languages are run."""
    contents = {
        **LEGACY,
        f"include/java/{'d' * 150}/{'e' * 150}/A.java": "",
        "include/README": "",
        "include/cobol/x.cob": "",
    }
    package = read(tmp_path, contents)
    assert package.notes == ("include/README: is not in the directory of a language and is ignored",)
    assert list(package.includes.refusals) == ["java"]
    assert list(solutions(package)) == ["accepted/a.py"]


def test_constants(tmp_path: Path) -> None:
    contents = {
        **MODERN,
        "problem.yaml": YAML + "constants: {n: 5, m: {value: 1000, tex: '1\\,000'}}",
        "submissions/accepted/a.py": "{{n}} {{m}} {{m.tex}} {{m.value}} {{m.x}} {{x}} {n} {{ n }}",
        "output_validator/v.py": "{{m}}",
        "data/secret/test_group.yaml": "output_validator_args: ['{{n}}']",
        "data/secret/1.ans": "{{n}}",
        "data/secret/1.yaml": "description: '{{n}}'",
    }
    package = read(tmp_path, contents)
    program = package.submissions[0].program
    assert program is not None
    assert program.files[0].content == rb"5 1000 1\,000 1000 {{m.x}} {{x}} {n} {{ n }}"
    (case,) = package.problem.cases
    assert case.answer == b"{{n}}"
    assert isinstance(case.checker, CustomChecker)
    assert case.checker.arguments == ("5",)
    assert case.checker.program.files[0].content == b"1000"


def test_constants_are_replaced_once() -> None:
    constants = parse_constants({"a": "{{b}}", "b": "1"})
    assert constants.replaced(b"{{a}}{{b}}") == b"{{b}}1"


def test_the_draft_as_problemtools_reads_it(tmp_path: Path) -> None:
    """Groups have the settings of the legacy format, in testdata.yaml."""
    group = "on_reject: break\naccept_score: {}\nrange: 0 {}\ngrader_flags: min\n"
    contents = {
        "problem.yaml": "problem_format_version: 2023-07-draft\nname: x\nuuid: u\ntype: scoring\n",
        "data/testdata.yaml": "on_reject: continue\nrange: 0 100\ngrader_flags: ignore_sample\n",
        "data/secret/testdata.yaml": "on_reject: continue\ngrader_flags: first_error accept_if_any_accepted\n",
        "data/secret/one/testdata.yaml": group.format(40, 40),
        "data/secret/two/testdata.yaml": group.format(60, 60),
        **{f"data/{each}/1.{end}": "1" for each in ("sample", "secret/one", "secret/two") for end in ("in", "ans")},
        "submissions/accepted/a.py": "",
        "submissions/partially_accepted/b.py": "",
    }
    package = read(tmp_path, contents)
    assert [(group.name, group.points) for group in package.problem.groups] == [
        ("sample", None),
        ("secret", None),
        ("secret/one", 40),
        ("secret/two", 60),
    ]
    assert [case.points for case in package.problem.cases] == [1, 40, 60]
    assert [each.expectations[0].partial for each in package.submissions] == [False, True]


def test_settings_of_all_test_data(tmp_path: Path) -> None:
    """BAPCtools has arguments in data/test_group.yaml: without them a right answer would be wrong."""
    contents = {
        **MODERN,
        "data/test_group.yaml": "output_validator_args: [float_tolerance, 1e-6]\nargs: [a]\n",
        "data/sample/1.in": "",
        "data/sample/1.ans": "",
        "data/secret/test_group.yaml": "args: [b]",
    }
    cases = read(tmp_path, contents).problem.cases
    assert [case.arguments for case in cases] == [("a",), ("b",)]
    assert all(isinstance(case.checker, BuiltinChecker) and case.checker.absolute_tolerance == 1e-6 for case in cases)
    with pytest.raises(
        ProblemError, match=r"^data/test_group\.yaml: max_score: belongs in test_group\.yaml of data/secret"
    ):
        read(tmp_path, {**MODERN, "data/test_group.yaml": "max_score: 1"})
    with pytest.raises(ProblemError, match=r"^data/testdata\.yaml: is called test_group\.yaml in version 2025-09"):
        read(tmp_path, {**MODERN, "data/test_group.yaml": None, "data/testdata.yaml": "output_validator_flags: x"})


def test_an_empty_file_of_settings_is_ignored(tmp_path: Path) -> None:
    """The format's own examples of 2025-09 have one, with comments only."""
    package = read(tmp_path, {**MODERN, "data/secret/testdata.yaml": "# max_score: 3\n"})
    assert package.notes == ()


@pytest.mark.parametrize(
    ("files", "language", "command", "artifacts"),
    [
        ({"run": "exec python3 v.py", "v.py": ""}, "python", "/usr/local/bin/python3.12", ("zuko-run.py", "**/*")),
        ({"build": "cc -o run v.c", "v.c": ""}, "cpp", "zuko-run", ("zuko-run", "**/*")),
        ({"build": "", "a.cpp": "", "b.py": ""}, "cpp", "zuko-run", ("zuko-run", "**/*")),
    ],
)
def test_scripts(
    files: Mapping[str, str], language: str, command: str, artifacts: tuple[str, ...], tmp_path: Path
) -> None:
    """The program keeps the names of its files, and its scripts make it and start it."""
    package = read(tmp_path, {**LEGACY, **{f"submissions/accepted/s/{name}": text for name, text in files.items()}})
    solution = solutions(package)["accepted/s"]
    assert {file.name for file in solution.files} == set(files)
    row, ready = prepared(solution.language, solution.files)
    assert (row.name, row.run_argv[0], row.warm) == (language, command, None)
    assert row.compiler is not None
    assert row.compiler.artifacts == artifacts
    assert {file.name for file in ready} > {*files, "zuko-build"}


def test_scripts_of_a_validator(tmp_path: Path) -> None:
    package = read(tmp_path, {**LEGACY, "problem.yaml": "validation: custom", "output_validators/v/run": "exit 42"})
    assert isinstance(package.problem.checker, CustomChecker)
    assert package.problem.checker.program.has_scripts


def test_directories(tmp_path: Path) -> None:
    """In submissions, validators, included files and the files of a case; the main file is one at the top."""
    files = {
        **MODERN,
        "submissions/accepted/s/main.py": "import lib.a",
        "submissions/accepted/s/lib/a.py": "",
        "submissions/accepted/s/lib/__pycache__/a.pyc": "",
        "submissions/accepted/j/B.java": "package q; import p.A; class B { public static void main(String[] a) {} }",
        "submissions/accepted/j/p/A.java": "package p; public class A {}",
        "output_validator/v/validate.cpp": "",
        "output_validator/v/lib/read.h": "",
        "include/python3/help/me.py": "",
        "data/secret/1.files/tables/1.txt": "x",
    }
    package = read(tmp_path, files)
    found = solutions(package)
    assert [file.name for file in found["accepted/s"].files] == ["main.py", "lib/a.py", "help/me.py"]
    row, ready = prepared(found["accepted/j"].language, found["accepted/j"].files)
    assert (row.run_argv[-1], {file.name for file in ready}) == ("q.B", {"Main.java", "p/A.java"})
    assert isinstance(package.problem.checker, CustomChecker)
    assert {file.name for file in package.problem.checker.program.files} == {"validate.cpp", "lib/read.h"}
    assert package.problem.cases[0].files[0].name == "tables/1.txt"
