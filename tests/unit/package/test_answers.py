"""Submissions of submit-answer problems: which file is the answer to which case."""

from pathlib import Path

import pytest

from tests import PROBLEMS
from tests.unit.package.packages import MODERN, build, read
from zuko.errors import ProblemError
from zuko.package import Package, read_package
from zuko.package.answers import answered, read_answers
from zuko.package.files import PackageFiles
from zuko.package.solutions import refused, solution_of
from zuko.settings import Settings
from zuko.submissions.packing import read_checked

ANSWERED = {
    **MODERN,
    "problem.yaml": MODERN["problem.yaml"] + "type: submit-answer\nlimits: {time_limit: 1}\n",
    "data/secret/easy/2.in": "",
    "data/secret/easy/2.ans": "two\n",
    "data/secret/hard/2.in": "",
    "data/secret/hard/2.ans": "2\n",
}


def outputs(package: Package, path: str) -> dict[str, bytes]:
    """Return what each case has as the output of a submission."""
    (own,) = [each for each in package.submissions if each.path == path]
    assert own.program is not None
    problem = solution_of(path, own.program).problem(package.problem)
    return {case.name: case.files[0].content for case in problem.cases}


def test_the_package_of_the_corpus() -> None:
    package = read_package(PROBLEMS / "numbers")
    assert package.submits_answers
    assert outputs(package, "accepted/all") == {
        "sample/0": b"2\n",
        "secret/large/1": b"2432902008176640000\n",
        "secret/small/1": b"6\n",
    }
    assert set(outputs(package, "wrong_answer/seven.txt").values()) == {b"7\n"}
    assert outputs(package, "partially_accepted/small") == {
        "sample/0": b"",
        "secret/large/1": b"",
        "secret/small/1": b"6\n",
    }


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("1.out", "secret/1"),
        ("1", "secret/1"),
        ("1.txt", "secret/1"),
        ("secret/1.ans", "secret/1"),
        ("easy/2.out", "secret/easy/2"),
        ("secret/hard/2", "secret/hard/2"),
        ("2.out", None),  # of two cases
        ("3.out", None),
    ],
)
def test_names_of_files(name: str, case: str | None, tmp_path: Path) -> None:
    package = read(tmp_path, {**ANSWERED, f"submissions/accepted/s/{name}": "x"})
    given = {name for name, output in outputs(package, "accepted/s").items() if output}
    assert given == ({case} if case else set())


def test_bounds(tmp_path: Path) -> None:
    """An answer may be larger than a program, up to the limit of the output."""
    large = "1" * (200 << 10)
    package = read(tmp_path, {**ANSWERED, "submissions/accepted/a.py": None, "submissions/accepted/1": large})
    (own,) = package.submissions
    assert own.program is not None
    assert not refused(package, solution_of(own.path, own.program))
    with pytest.raises(ProblemError, match="is larger than 1000 bytes"):
        read_answers(PackageFiles(tmp_path / "package"), "submissions/accepted/1", 1000)


def test_an_empty_directory(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with pytest.raises(ProblemError, match="has no answers"):
        read_answers(PackageFiles(tmp_path), "s", 10)


def test_a_case_keeps_its_answer(tmp_path: Path) -> None:
    package = read(tmp_path, ANSWERED)
    assert answered(package.problem, ()).cases[0].answer == b"1\n"


def test_a_service_does_not_store_them_yet(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="cannot be submit-answer yet"):
        read_checked(build(tmp_path, ANSWERED), Settings())
