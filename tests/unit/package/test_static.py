"""Static validators: which cases they make, and how their programs are read."""

import io
import zipfile
from pathlib import Path
from typing import Final

import pytest

from tests import PROBLEMS
from tests.unit.package.packages import GROUPED, MODERN, SCORING, read
from zuko.errors import ProblemError
from zuko.judge import custom
from zuko.languages.entry import with_entry
from zuko.languages.table import LANGUAGES
from zuko.package import read_package
from zuko.problem import CustomChecker, Program
from zuko.types import SourceFile

VALIDATOR: Final = {"static_validator/v.py": "import sys\nsys.exit(42)\n"}


def test_the_package_of_the_corpus() -> None:
    problem = read_package(PROBLEMS / "short").problem
    cases = {case.name: case for case in problem.cases}
    assert list(cases) == ["secret/any/1", "secret/sh/static_validation", "secret/sh/1"]
    static = cases["secret/sh/static_validation"]
    assert (static.is_static, static.group, static.points, cases["secret/sh/1"].points) == (True, "secret/sh", 30, 20)
    assert isinstance(static.checker, CustomChecker)
    assert static.checker.arguments == ("60",)


def test_python_is_packed() -> None:
    """Its modules are in one file: those of a submission are not on the interpreter's path."""
    package = read_package(PROBLEMS / "short")
    (static,) = [case for case in package.problem.cases if case.is_static]
    assert isinstance(static.checker, CustomChecker)
    (file,) = static.checker.program.files
    assert static.checker.program.entry == file.name == "zuko-static-validator.zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.namelist() == ["__main__.py"]


@pytest.mark.parametrize("files", [{"v.cpp": "int main() {}"}, {"v/a.cpp": "", "v/b.h": ""}])
def test_c_is_compiled(files: dict[str, str], tmp_path: Path) -> None:
    settings = {"data/secret/test_group.yaml": "static_validation_score: pass-fail"}
    package = read(
        tmp_path, {**MODERN, **settings, **{f"static_validator/{name}": text for name, text in files.items()}}
    )
    first, second = package.problem.cases
    assert (first.name, first.is_static, second.is_static) == ("secret/static_validation", True, False)
    assert isinstance(first.checker, CustomChecker)
    assert first.checker.program.language == "cpp"


def test_a_group_of_it_alone(tmp_path: Path) -> None:
    group = {"data/secret/c/test_group.yaml": "max_score: 5\nscore_aggregation: min\nstatic_validation_score: 5"}
    problem = read(tmp_path, {**GROUPED, **VALIDATOR, **group}).problem
    assert [case.name for case in problem.cases if case.group == "secret/c"] == ["secret/c/static_validation"]


def test_a_validator_without_cases_is_a_note(tmp_path: Path) -> None:
    assert "static_validator/: is not used" in " ".join(read(tmp_path, {**MODERN, **VALIDATOR}).notes)


@pytest.mark.parametrize(
    ("base", "changes", "message"),
    [
        (
            MODERN,
            {"data/secret/test_group.yaml": "static_validation_score: pass-fail"},
            "data/secret/test_group.yaml: static_validation_score: there is no static_validator/",
        ),
        (
            MODERN,
            {**VALIDATOR, "data/secret/test_group.yaml": "static_validator_args: [a]"},
            "data/secret/test_group.yaml: static_validator_args: static_validation_score is missing",
        ),
        (
            MODERN,
            {**VALIDATOR, "data/secret/test_group.yaml": "static_validation_score: 3"},
            "static_validation_score: must be pass-fail, because its group has no points",
        ),
        (
            SCORING,
            {**VALIDATOR, "data/secret/test_group.yaml": "static_validation_score: pass-fail"},
            "static_validation_score: must be a number, because its group has points",
        ),
        (
            SCORING,
            {**VALIDATOR, "data/secret/test_group.yaml": "static_validation_score: 101"},
            "static_validation_score: is more than max_score, 100",
        ),
        (
            MODERN,
            {"problem.yaml": MODERN["problem.yaml"] + "type: submit-answer\n", **VALIDATOR},
            "static_validator/: a submit-answer problem cannot have a static validator",
        ),
        (MODERN, {"static_validator/v.java": "class V {}"}, "a static validator has to be in Python, C or C++"),
        (
            MODERN,
            {
                **VALIDATOR,
                "data/secret/test_group.yaml": "static_validation_score: pass-fail",
                "data/secret/static_validation.in": "",
                "data/secret/static_validation.ans": "",
            },
            "data/secret/static_validation.in: has the name of the group's static validation test case",
        ),
    ],
)
def test_faults(base: dict[str, str], changes: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        read(tmp_path, {**base, **changes})
    assert message in str(caught.value)


def test_files_of_a_submission_that_would_speak_for_it() -> None:
    checker = CustomChecker(Program("python", (SourceFile("v.zip", b""),), "v.zip"))
    names = ("main.py", "score.txt", "judgemessage.txt", "v.zip", "json.py")
    given = custom.static_files(checker, tuple(SourceFile(name, b"") for name in names))
    assert [file.name for file in given] == ["main.py", "json.py"]


@pytest.mark.parametrize(
    ("language", "entry", "expected"),
    [
        ("python", "", ("python3", "main.py")),
        ("pypy", "solve.py", ("python3", "solve.py")),
        ("cpp23", "", ("cpp", "main.cpp")),
        ("java", "", ("java", "Main")),
    ],
)
def test_arguments(language: str, entry: str, expected: tuple[str, str]) -> None:
    checker = CustomChecker(Program("python", ()), ("more",))
    row = with_entry(LANGUAGES[language], entry)
    assert custom.static_arguments(row, checker) == (*expected, "/workspace/", "more")
